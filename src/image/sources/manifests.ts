import { createHash } from 'node:crypto';
import { type ImageConfig, isObject, parseConfig, parseJson, parseObject, platformOf, stringOf } from '../config.ts';
import { algorithmOf, ImageError, type LayerSpec } from '../layer.ts';
import type { ImageFiles } from './files.ts';

/** An image that a source holds, its layers not yet read. */
export interface ImageManifest {
  /** References that name it. */
  readonly names: readonly string[];
  /** Digest of the manifest; undefined where the source has none. */
  readonly digest: string | undefined;
  /** Digest of the configuration, which Docker calls the image ID. */
  readonly imageId: string;
  readonly config: ImageConfig;
  readonly layers: readonly LayerSpec[];
}

/** What a source holds, and what it names but is no image or is not there. */
export interface Manifests {
  readonly images: readonly ImageManifest[];
  readonly notes: readonly string[];
}

/** Nested indexes deeper than this are an attack; real ones have two levels. */
const MAX_DEPTH = 8;
const MAX_LAYERS = 1000;
const MAX_MANIFESTS = 1000;

const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

type Json = Readonly<Record<string, unknown>>;

/** Reads `index.json` and the manifests below it (OCI image layout). What is referred to but absent is noted, not an error. */
export async function readOciIndex(files: ImageFiles): Promise<Manifests> {
  const index = await files.document('index.json');
  if (index === undefined) throw new ImageError('it has no index.json');
  const images: ImageManifest[] = [];
  const notes: string[] = [];
  const seen = new Set<string>();
  const stack = [{ document: parseObject(index, 'index.json'), name: 'index.json', depth: 0, names: [] as string[] }];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const { document, name, depth } = at;
    if (depth > MAX_DEPTH) throw new ImageError(`${name}: indexes are nested more than ${MAX_DEPTH} deep`);
    for (const descriptor of listOf(document.manifests, name).toReversed()) {
      if (isAttestation(descriptor)) continue;
      const digest = digestOf(descriptor, name);
      const names = [...at.names, ...namesOf(descriptor)];
      if (seen.has(digest)) {
        const known = images.findIndex((image) => image.digest === digest);
        const image = images[known];
        if (image !== undefined) images[known] = { ...image, names: [...new Set([...image.names, ...names])] };
        continue;
      }
      seen.add(digest);
      if (seen.size > MAX_MANIFESTS) throw new ImageError(`index.json: it names more than ${MAX_MANIFESTS} manifests`);
      const body = await verifiedBlob(files, digest, descriptor.size);
      if (body === undefined) {
        const platform = describedPlatform(descriptor);
        notes.push(`${platform ?? names[0] ?? digest} is named but not there`);
        continue;
      }
      const nested = parseObject(body, digest);
      if (nested.manifests !== undefined && nested.layers !== undefined)
        throw new ImageError(`${digest}: it is a manifest and an index at once (CVE-2021-41190)`);
      if (nested.manifests !== undefined) stack.push({ document: nested, name: digest, depth: depth + 1, names });
      else {
        const image = await imageOf(files, nested, digest, names, notes);
        if (image !== undefined) images.push(image);
      }
    }
  }
  return { images: images.toReversed(), notes };
}

async function imageOf(
  files: ImageFiles,
  manifest: Json,
  digest: string,
  names: readonly string[],
  notes: string[],
): Promise<ImageManifest | undefined> {
  if (manifest.schemaVersion === 1 || manifest.fsLayers !== undefined) throw schema1(digest);
  const descriptor = manifest.config;
  if (!isObject(descriptor)) throw new ImageError(`${digest}: the manifest has no config`);
  const configType = stringOf(descriptor.mediaType) ?? '';
  const artifact = stringOf(manifest.artifactType) ?? configType;
  if (!/^application\/vnd\.(?:oci\.image\.config\.v1|docker\.container\.image\.v1)\+json$/.test(configType)) {
    notes.push(`${names[0] ?? digest} is an artifact (${artifact || 'of no type'}), not an image`);
    return undefined;
  }
  const layers = listOf(manifest.layers, digest);
  if (layers.length > 0 && layers.every((layer) => layer.mediaType === 'application/vnd.in-toto+json'))
    return undefined;
  const imageId = digestOf(descriptor, digest);
  const body = await verifiedBlob(files, imageId, descriptor.size);
  if (body === undefined) {
    notes.push(`${names[0] ?? digest}: its configuration is not there`);
    return undefined;
  }
  const config = parseConfig(body, imageId);
  // Docker 25.0.0 wrote manifests without their layers (moby issue 47065); manifest.json beside it has them.
  if (layers.length === 0 && config.diffIds.length > 0) return undefined;
  const specs = layers.map((layer, index) => ({
    file: blobPath(digestOf(layer, digest)),
    digest: digestOf(layer, digest),
    diffId: config.diffIds[index],
    mediaType: stringOf(layer.mediaType),
    storedSize: typeof layer.size === 'number' ? layer.size : undefined,
  }));
  return { names, digest, imageId, config, layers: checked(specs, config, digest) };
}

/** Reads `manifest.json` as `docker save` writes it. */
export async function readDockerManifest(files: ImageFiles): Promise<Manifests> {
  const body = await files.document('manifest.json');
  if (body === undefined) throw new ImageError('it has no manifest.json');
  const images: ImageManifest[] = [];
  const list = parseJson(body, 'manifest.json');
  for (const image of listOf(list, 'manifest.json')) {
    const configFile = stringOf(image.Config);
    if (configFile === undefined) throw new ImageError('manifest.json: an image without Config');
    const configBody = await files.document(configFile);
    if (configBody === undefined) throw new ImageError(`manifest.json names ${configFile}, which is not there`);
    const imageId = `sha256:${createHash('sha256').update(configBody).digest('hex')}`;
    const promised = /(?:^|\/|sha256:)([a-f0-9]{64})(?:\.json)?$/.exec(configFile)?.[1];
    if (promised !== undefined && imageId !== `sha256:${promised}`)
      throw new ImageError(`${configFile}: its content has the digest ${imageId}`);
    const config = parseConfig(configBody, configFile);
    const names = Array.isArray(image.RepoTags) ? image.RepoTags.filter((tag) => typeof tag === 'string') : [];
    const layers = Array.isArray(image.Layers) ? image.Layers : [];
    const specs = layers.map((file, index) => {
      if (typeof file !== 'string') throw new ImageError('manifest.json: Layers is not a list of strings');
      const hex = /(?:^|\/)blobs\/sha256\/([a-f0-9]{64})$/.exec(file)?.[1];
      return {
        file,
        digest: hex === undefined ? undefined : `sha256:${hex}`,
        diffId: config.diffIds[index],
        mediaType: undefined,
        storedSize: undefined,
      };
    });
    images.push({ names, digest: undefined, imageId, config, layers: checked(specs, config, 'manifest.json') });
  }
  return { images, notes: [] };
}

function checked(layers: LayerSpec[], config: ImageConfig, name: string): LayerSpec[] {
  if (layers.length > MAX_LAYERS) throw new ImageError(`${name}: more than ${MAX_LAYERS} layers`);
  if (layers.length !== config.diffIds.length)
    throw new ImageError(`${name}: ${layers.length} layers, but the configuration lists ${config.diffIds.length}`);
  return layers;
}

/** The error for a manifest of the first schema. */
export function schema1(name: string): ImageError {
  return new ImageError(`${name}: a manifest of schema 1, which Docker gave up in 2019; push or save the image again`);
}

/** The digest of a document, by the algorithm of the promised one. */
export function digestLike(promised: string | undefined, body: Buffer): string {
  const algorithm = algorithmOf(promised);
  return `${algorithm}:${createHash(algorithm).update(body).digest('hex')}`;
}

/** A blob that its name promises the digest of. */
async function verifiedBlob(files: ImageFiles, digest: string, size: unknown): Promise<Buffer | undefined> {
  const body = await files.document(blobPath(digest));
  if (body === undefined) return undefined;
  const actual = digestLike(digest, body);
  if (actual !== digest) throw new ImageError(`${blobPath(digest)}: its bytes have the digest ${actual}`);
  if (typeof size === 'number' && size !== body.length)
    throw new ImageError(`${blobPath(digest)}: it has ${body.length} bytes, its descriptor says ${size}`);
  return body;
}

/** Only a digest of the right form becomes a path (CVE-2024-3727). */
function digestOf(descriptor: Json, name: string): string {
  const digest = descriptor.digest;
  if (typeof digest === 'string' && DIGEST.test(digest)) return digest;
  throw new ImageError(
    `${name}: ${JSON.stringify(digest)?.slice(0, 100) ?? 'nothing'} is not a digest (sha256 or sha512)`,
  );
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** containerd writes the whole reference, others only a name or a tag. */
function namesOf(descriptor: Json): string[] {
  const annotations = isObject(descriptor.annotations) ? descriptor.annotations : {};
  const name =
    stringOf(annotations['io.containerd.image.name']) ?? stringOf(annotations['org.opencontainers.image.ref.name']);
  return name === undefined ? [] : [name];
}

/** The platform that an index gives a manifest. */
export function describedPlatform({ platform }: Json): string | undefined {
  return isObject(platform) ? platformOf(platform) : undefined;
}

/** What BuildKit puts beside images: who made them from what. */
export function isAttestation(descriptor: Json): boolean {
  const annotations = isObject(descriptor.annotations) ? descriptor.annotations : {};
  return (
    describedPlatform(descriptor) === 'unknown/unknown' ||
    annotations['vnd.docker.reference.type'] === 'attestation-manifest'
  );
}

/** A list of objects; throws an ImageError that names the document for anything else. */
export function listOf(value: unknown, name: string): Json[] {
  if (!Array.isArray(value) || !value.every(isObject)) throw new ImageError(`${name}: a list of objects is expected`);
  return value;
}
