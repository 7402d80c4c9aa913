import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** Fields of a header as they are to be written; all but the name have a usual value. */
export interface Member {
  readonly name: string;
  readonly type?: string;
  readonly body?: string | Buffer;
  readonly linkname?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  /** What the size field says, where that is not the body's length. */
  readonly size?: number;
  /** Raw bytes by offset, written before the checksum is taken. */
  readonly raw?: readonly (readonly [offset: number, bytes: string | Buffer])[];
  readonly magic?: string;
  readonly checksum?: 'signed' | 'wrong';
}

const BLOCK = 512;

function bytesOf(text: string | Buffer): Buffer {
  return typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
}

/** One member: header, body, padding. Strings are bytes, one character each. */
export function member(given: Member): Buffer {
  const { name, type = '0', linkname = '', mode = 0o644, uid = 0, gid = 0, mtime = 0, magic = 'ustar\u000000' } = given;
  const body = bytesOf(given.body ?? '');
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100, 'latin1');
  const octal = (value: number, at: number, length: number): void => {
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  };
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(gid, 116, 8);
  octal(given.size ?? body.length, 124, 12);
  octal(mtime, 136, 12);
  header.write('        ', 148, 'latin1');
  header.write(type, 156, 'latin1');
  header.write(linkname, 157, 100, 'latin1');
  header.write(magic, 257, 'latin1');
  for (const [offset, bytes] of given.raw ?? []) bytesOf(bytes).copy(header, offset);
  let sum = 0;
  for (const byte of header) sum += given.checksum === 'signed' && byte > 127 ? byte - 256 : byte;
  octal(given.checksum === 'wrong' ? sum + 1 : sum, 148, 7);
  return Buffer.concat([header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)]);
}

/** A PAX header for the next member; lengths are counted in bytes. */
export function pax(records: Readonly<Record<string, string>>, type = 'x'): Buffer {
  const body = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = rest.length + 1;
    while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
    return `${length}${rest}`;
  });
  return member({ name: 'PaxHeaders/x', type, body: body.join('') });
}

export const END = Buffer.alloc(2 * BLOCK);

export function archive(...members: readonly (Member | Buffer)[]): Buffer {
  return Buffer.concat([...members.map((one) => (Buffer.isBuffer(one) ? one : member(one))), END]);
}

export function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** An image as files by path, in the shape of an OCI layout, and the same as `docker save` of several ages writes it. */
export interface SampleImage {
  readonly layers: readonly Buffer[];
  readonly history?: readonly object[];
  readonly config?: object;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

export function configOf({ layers, history, config = {}, platform }: SampleImage): string {
  return JSON.stringify({
    ...(platform ?? { os: 'linux', architecture: 'amd64' }),
    config,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
    ...(history === undefined ? {} : { history }),
  });
}

type Files = Record<string, string | Buffer>;

/** Blobs, index and mark of an OCI layout; layers as `pack` stores them. */
export function ociLayout(
  images: readonly { readonly name?: string; readonly image: SampleImage }[],
  pack: (layer: Buffer) => Buffer = (layer) => gzipSync(layer),
): Files {
  const files: Files = { 'oci-layout': '{"imageLayoutVersion":"1.0.0"}' };
  const blob = (bytes: string | Buffer, mediaType: string): object => {
    files[`blobs/sha256/${sha256(bytes)}`] = bytes;
    return { mediaType, digest: `sha256:${sha256(bytes)}`, size: Buffer.byteLength(bytes) };
  };
  const manifests = images.map(({ name, image }) => {
    const manifest = JSON.stringify({
      schemaVersion: 2,
      config: blob(configOf(image), 'application/vnd.oci.image.config.v1+json'),
      layers: image.layers.map((layer) => blob(pack(layer), 'application/vnd.oci.image.layer.v1.tar+gzip')),
    });
    return {
      ...blob(manifest, 'application/vnd.oci.image.manifest.v1+json'),
      platform: image.platform ?? { os: 'linux', architecture: 'amd64' },
      ...(name === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': name } }),
    };
  });
  files['index.json'] = JSON.stringify({ schemaVersion: 2, manifests });
  return files;
}

export function tarOf(files: Files): Buffer {
  return archive(...Object.entries(files).map(([name, body]) => ({ name, body })));
}

/** `docker save` up to 24: a directory a layer. */
export function dockerArchive(image: SampleImage, name = 'app:1'): Buffer {
  const config = configOf(image);
  const layers = image.layers.map((layer, index) => ({ name: `${'abcdef'[index]}0/layer.tar`, body: layer }));
  const manifest = [{ Config: `${sha256(config)}.json`, RepoTags: [name], Layers: layers.map((layer) => layer.name) }];
  return archive(
    ...layers,
    { name: `${sha256(config)}.json`, body: config },
    { name: 'manifest.json', body: JSON.stringify(manifest) },
  );
}

/** podman and skopeo: layers first, under their diffIDs, and symlinks in the old places. */
export function podmanArchive(image: SampleImage, name = 'localhost/app:1'): Buffer {
  const config = configOf(image);
  const names = image.layers.map((layer) => `${sha256(layer)}.tar`);
  const manifest = [
    { Config: `${sha256(config)}.json`, RepoTags: [name], Layers: names.map((_, at) => `id${at}/layer.tar`) },
  ];
  return archive(
    ...image.layers.map((body, at) => ({ name: names[at] ?? '', body })),
    { name: `${sha256(config)}.json`, body: config },
    ...names.map((target, at) => ({ name: `id${at}/layer.tar`, type: '2', linkname: `../${target}` })),
    { name: 'manifest.json', body: JSON.stringify(manifest) },
  );
}

/** A docker archive as other tools write them, told by the names that they give to layers and configuration. */
export function otherArchive(image: SampleImage, tool: 'kaniko' | 'jib' | 'hard links'): Buffer {
  const config = configOf(image);
  const packed = image.layers.map((layer) => gzipSync(layer));
  const id = `sha256:${sha256(config)}`;
  switch (tool) {
    // kaniko, crane and bazel stand on go-containerregistry.
    case 'kaniko': {
      const names = packed.map((layer) => `sha256:${sha256(layer)}.tar.gz`);
      const manifest = [{ Config: id, RepoTags: ['app:1'], Layers: names }];
      return archive({ name: id, body: config }, ...packed.map((body, at) => ({ name: names[at] ?? '', body })), {
        name: 'manifest.json',
        body: JSON.stringify(manifest),
      });
    }
    case 'jib': {
      const names = packed.map((layer) => `${sha256(layer)}.tar.gz`);
      const manifest = [{ Config: 'config.json', RepoTags: ['app:1'], Layers: names }];
      return archive(
        ...packed.map((body, at) => ({ name: names[at] ?? '', body })),
        { name: 'config.json', body: config },
        { name: 'manifest.json', body: JSON.stringify(manifest) },
      );
    }
    // tar makes a hard link of what stood in one directory twice.
    case 'hard links': {
      const names = image.layers.map((_, at) => `${at}/layer.tar`);
      const manifest = [{ Config: 'config.json', RepoTags: ['app:1'], Layers: names }];
      return archive(
        ...image.layers.map((body, at) => ({ name: `./store/${at}`, body })),
        ...names.map((name, at) => ({ name, type: '1', linkname: `./store/${at}` })),
        { name: 'config.json', body: config },
        { name: 'manifest.json', body: JSON.stringify(manifest) },
      );
    }
  }
}

/** `docker save` from 25 on: an OCI layout with manifest.json beside it, layers uncompressed, blobs before manifests. */
export function docker25Archive(image: SampleImage, name = 'app:1'): Buffer {
  const files = ociLayout([{ name, image }], (layer) => layer);
  const manifest = [
    {
      Config: `blobs/sha256/${sha256(configOf(image))}`,
      RepoTags: [name],
      Layers: image.layers.map((layer) => `blobs/sha256/${sha256(layer)}`),
    },
  ];
  return tarOf({ ...files, 'manifest.json': JSON.stringify(manifest) });
}

/** Bytes in pieces of a given length, each in a buffer that is overwritten by the next, as readers may do. */
export async function* pieces(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let at = 0; at < bytes.length; at += length) {
    const size = bytes.copy(buffer, 0, at, at + length);
    yield buffer.subarray(0, size);
    buffer.fill(0xaa);
  }
}
