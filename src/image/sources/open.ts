import { existsSync, statSync } from 'node:fs';
import { arch } from 'node:process';
import type { ImageConfig } from '../config.ts';
import { ImageError, type LayerSpec, messageOf, type ScannedLayer, verifyLayer } from '../layer.ts';
import { readArchiveFile, readArchiveStream } from './archive.ts';
import type { ImageFiles, Progress } from './files.ts';
import { readLayout } from './layout.ts';
import { type ImageManifest, readDockerManifest, readOciIndex } from './manifests.ts';
import { readRootfs } from './rootfs.ts';

export type SourceKind = 'docker' | 'podman' | 'docker-archive' | 'oci' | 'oci-archive' | 'rootfs';

/** An image with its layers read. */
export interface Image {
  readonly reference: string;
  readonly source: SourceKind;
  readonly platform: string | undefined;
  /** Of the manifest for OCI, of the configuration (the image ID) for Docker's archives and daemons. */
  readonly digest: string | undefined;
  /** Undefined for a plain directory. */
  readonly config: ImageConfig | undefined;
  readonly layers: readonly {
    readonly spec: LayerSpec | undefined;
    readonly scanned: ScannedLayer | undefined;
    readonly note?: string;
  }[];
  readonly notes: readonly string[];
}

export interface OpenOptions {
  readonly platform: string | undefined;
  /** A reference or a digest, where a source holds several images. */
  readonly image: string | undefined;
  readonly stdin: () => AsyncIterable<Buffer>;
  readonly progress: Progress;
}

const PREFIX = /^(docker|podman|docker-archive|oci|oci-archive|rootfs|registry):(?:\/\/)?(.*)$/s;

/** Layers read at the same time: inflating them runs in Node's thread pool, which has four. */
const AT_ONCE = 4;

/**
 * Opens an image wherever it is and reads its layers: `-` for an archive on standard input, a path (an archive, an OCI layout,
 * a root directory), the name of an image in a daemon; a prefix says which. Throws an ImageError with one line for people.
 */
export async function openImage(given: string, options: OpenOptions): Promise<Image> {
  const [, prefix, rest = given] = PREFIX.exec(given) ?? [];
  try {
    if (prefix === 'registry')
      throw new ImageError('images in registries are not read yet; pull it, or save it to an archive');
    if (prefix === 'docker' || prefix === 'podman') return await fromDaemon(prefix, rest, options);
    const { path, image = options.image } = splitPath(rest);
    const chosen = { ...options, image };
    if (rest === '-')
      return await fromFiles(given, prefix, await readArchiveStream(options.stdin(), options.progress), chosen);
    if (path === undefined) {
      if (prefix === undefined && !/^[./~]|\.tar(?:\.\w+)?$/.test(rest))
        return await fromDaemon(undefined, rest, options);
      throw new ImageError('no such file or directory');
    }
    const isDirectory = statSync(path).isDirectory();
    if (prefix === 'rootfs' && !isDirectory) throw new ImageError('not a directory');
    if (!isDirectory) return await fromFiles(given, prefix, await readArchiveFile(path, options.progress), chosen);
    const isLayout = ['index.json', 'manifest.json'].some((name) => existsSync(`${path}/${name}`));
    if (prefix === 'rootfs' || (prefix === undefined && !isLayout)) return fromRootfs(given, path);
    return await fromFiles(
      given,
      prefix ?? (existsSync(`${path}/manifest.json`) ? undefined : 'oci'),
      readLayout(path, options.progress),
      chosen,
    );
  } catch (error) {
    throw new ImageError(`${given}: ${messageOf(error)}`);
  }
}

/** `oci:layout:name` names an image in a layout, as skopeo does; a path that exists as it stands is a path. */
function splitPath(rest: string): { path: string | undefined; image?: string } {
  if (rest === '' || existsSync(rest)) return { path: rest || undefined };
  for (let at = rest.lastIndexOf(':'); at > 0; at = rest.lastIndexOf(':', at - 1))
    if (existsSync(rest.slice(0, at))) return { path: rest.slice(0, at), image: rest.slice(at + 1) };
  return { path: undefined };
}

async function fromDaemon(
  kind: 'docker' | 'podman' | undefined,
  reference: string,
  options: OpenOptions,
): Promise<Image> {
  const { openDaemon } = await import('./daemon.ts');
  const { daemon, chunks } = await openDaemon(kind, reference, options.platform);
  const files = await readArchiveStream(chunks, options.progress);
  return { ...(await fromFiles(reference, 'docker-archive', files, options)), source: daemon };
}

function fromRootfs(given: string, path: string): Image {
  const scanned = readRootfs(path);
  return {
    reference: given,
    source: 'rootfs',
    platform: undefined,
    digest: undefined,
    config: undefined,
    layers: [{ spec: undefined, scanned }],
    notes: scanned.notes,
  };
}

async function fromFiles(
  given: string,
  prefix: string | undefined,
  files: ImageFiles,
  options: OpenOptions,
): Promise<Image> {
  try {
    const isDocker = prefix?.startsWith('oci') ? false : prefix !== undefined || files.has('manifest.json');
    const { images, notes } = await manifestsOf(files, isDocker);
    const chosen = choose(images, notes, options);
    const layers = await readLayers(chosen, files);
    const isDefault = images.length > 1 && options.image === undefined && options.platform === undefined;
    return {
      reference: chosen.names[0] ?? given,
      source: isDocker ? 'docker-archive' : prefix === 'oci' ? 'oci' : 'oci-archive',
      platform: chosen.config.platform,
      digest: isDocker ? chosen.imageId : chosen.digest,
      config: chosen.config,
      layers,
      notes: isDefault ? [...notes, `it holds ${images.length} images; this is ${describe(chosen)}`] : notes,
    };
  } finally {
    files.close();
  }
}

/** manifest.json names one platform only where containerd saved several; the index beside it has the others. */
async function manifestsOf(
  files: ImageFiles,
  isDocker: boolean,
): Promise<{ images: readonly ImageManifest[]; notes: readonly string[] }> {
  if (!isDocker) {
    if (!files.has('index.json')) {
      throw new ImageError(
        files.has('repositories')
          ? 'an archive of Docker before 1.10; load it and save it again'
          : 'not an image: it has neither manifest.json nor index.json',
      );
    }
    return readOciIndex(files);
  }
  const docker = await readDockerManifest(files);
  if (!files.has('index.json') || !files.has('oci-layout')) return docker;
  const oci = await readOciIndex(files);
  const known = new Set(docker.images.map(({ imageId }) => imageId));
  return { images: [...docker.images, ...oci.images.filter(({ imageId }) => !known.has(imageId))], notes: oci.notes };
}

/** The one image that is meant; throws with a list where it is not clear which. */
function choose(
  images: readonly ImageManifest[],
  notes: readonly string[],
  { platform, image }: OpenOptions,
): ImageManifest {
  if (images.length === 0) throw new ImageError(notes[0] ?? 'it holds no image');
  const named = image === undefined ? images : images.filter((candidate) => isNamed(candidate, image));
  if (named.length === 0)
    throw new ImageError(`no image "${image}" in it; it holds ${images.map(describe).join(', ')}`);
  const [only] = named;
  if (platform !== undefined) {
    const fitting = named.filter(({ config }) => `${config.platform}/`.startsWith(`${platform}/`));
    if (fitting.length === 0)
      throw new ImageError(`nothing for ${platform} in it; it holds ${named.map(describe).join(', ')}`);
    if (fitting.length === 1 && fitting[0] !== undefined) return fitting[0];
    throw new ImageError(`${fitting.length} images fit; choose one with --image: ${fitting.map(describe).join(', ')}`);
  }
  if (named.length === 1 && only !== undefined) return only;
  for (const wanted of [`linux/${arch === 'x64' ? 'amd64' : arch}`, 'linux/amd64']) {
    const fitting = named.filter(({ config }) => `${config.platform}/`.startsWith(`${wanted}/`));
    // Several of one platform are several images, not platforms of one.
    if (fitting.length > 1) break;
    if (fitting[0] !== undefined) return fitting[0];
  }
  throw new ImageError(
    `it holds ${named.length} images; choose one with --image or --platform: ${named.map(describe).join(', ')}`,
  );
}

function isNamed({ names, digest, imageId }: ImageManifest, wanted: string): boolean {
  const isDigest = (value: string | undefined): boolean =>
    value !== undefined && (value === wanted || (wanted.length >= 6 && value.startsWith(`sha256:${wanted}`)));
  return (
    isDigest(digest) ||
    isDigest(imageId) ||
    names.some(
      (name) =>
        name === wanted ||
        name.endsWith(`/${wanted}`) ||
        name === `${wanted}:latest` ||
        name.endsWith(`/${wanted}:latest`),
    )
  );
}

function describe({ names, config, imageId }: ImageManifest): string {
  return `${names[0] ?? imageId.slice(0, 19)} (${config.platform ?? 'no platform'})`;
}

async function readLayers({ layers }: ImageManifest, files: ImageFiles): Promise<Image['layers']> {
  const results: Image['layers'][number][] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < layers.length; index = next++) {
      const spec = layers[index];
      if (spec !== undefined) results[index] = await readLayer(spec, index, files);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

async function readLayer(spec: LayerSpec, index: number, files: ImageFiles): Promise<Image['layers'][number]> {
  const label = `layer ${index}`;
  const type = spec.mediaType ?? '';
  if (type.endsWith('+encrypted')) return { spec, scanned: undefined, note: 'encrypted: not read' };
  if (/nondistributable|foreign/.test(type) && !files.has(spec.file))
    return { spec, scanned: undefined, note: 'foreign: its bytes are elsewhere and were not fetched' };
  const scanned = await files.layer(spec, label);
  verifyLayer(scanned, spec, label);
  return { spec, scanned };
}
