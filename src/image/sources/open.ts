import { existsSync, statSync } from 'node:fs';
import { Budget } from '../budget.ts';
import type { ImageConfig } from '../config.ts';
import { ImageError, type LayerSpec, messageOf, type ScannedLayer, verifyLayer } from '../layer.ts';
import { readArchiveFile, readArchiveStream } from './archive.ts';
import type { ImageFiles, LayerJob, ReadOptions } from './files.ts';
import { readLayout } from './layout.ts';
import { type ImageManifest, readDockerManifest, readOciIndex } from './manifests.ts';
import { fitting } from './platforms.ts';
import { readRootfs } from './rootfs.ts';

export type SourceKind = 'docker' | 'podman' | 'registry' | 'docker-archive' | 'oci' | 'oci-archive' | 'rootfs';

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

export interface OpenOptions extends ReadOptions {
  readonly platform: string | undefined;
  /** A reference or a digest, where a source holds several images. */
  readonly image: string | undefined;
  /** Registries may be asked without TLS, or with certificates that nobody vouches for. */
  readonly isInsecure: boolean;
  readonly stdin: () => AsyncIterable<Buffer>;
}

const PREFIX = /^(docker|podman|docker-archive|oci|oci-archive|rootfs|registry):(?:\/\/)?(.*)$/s;

/**
 * Opens an image wherever it is and reads its layers: `-` for an archive on standard input, a path (an archive, an OCI layout,
 * a root directory), the name of an image in a daemon, or after `registry:` in a registry; a prefix says which. Throws an
 * ImageError with one line for people.
 */
export async function openImage(given: string, asked: OpenOptions): Promise<Image> {
  const options = { budget: new Budget(), ...asked };
  const [, prefix, rest = given] = PREFIX.exec(given) ?? [];
  try {
    if (prefix === 'registry') return await fromRegistry(rest, options);
    if (prefix === 'docker' || prefix === 'podman') return await fromDaemon(prefix, rest, options);
    const { path, image = options.image } = splitPath(rest);
    const chosen = { ...options, image };
    if (rest === '-' && prefix !== 'rootfs')
      return await fromFiles(given, archiveKind(prefix), await readArchiveStream(options.stdin(), options), chosen);
    if (path === undefined) {
      if (prefix === undefined && !/^[./~]|\.tar(?:\.\w+)?$/.test(rest))
        return await fromDaemon(undefined, rest, options);
      throw new ImageError('no such file or directory');
    }
    const isDirectory = statSync(path).isDirectory();
    if (prefix === 'rootfs' && !isDirectory) throw new ImageError('not a directory');
    if (!isDirectory) return await fromFiles(given, archiveKind(prefix), await readArchiveFile(path, options), chosen);
    const isLayout = ['index.json', 'manifest.json'].some((name) => existsSync(`${path}/${name}`));
    if (prefix === 'rootfs' || (prefix === undefined && !isLayout)) return fromRootfs(given, path, options);
    const isDocker = prefix === 'docker-archive' || (prefix === undefined && existsSync(`${path}/manifest.json`));
    return await fromFiles(given, isDocker ? 'docker-archive' : 'oci', readLayout(path, options), chosen);
  } catch (error) {
    throw new ImageError(`${given}: ${messageOf(error)}`);
  }
}

/** What an archive is said to be; undefined where its content has to tell. */
function archiveKind(prefix: string | undefined): SourceKind | undefined {
  if (prefix === undefined) return undefined;
  return prefix === 'docker-archive' ? prefix : 'oci-archive';
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
  const files = await readArchiveStream(chunks, options);
  return { ...(await fromFiles(reference, 'docker-archive', files, options)), source: daemon };
}

async function fromRegistry(name: string, options: OpenOptions): Promise<Image> {
  const { openRegistry } = await import('./registry.ts');
  const { files, isChosen, notes } = await openRegistry(name, options);
  const rest = isChosen ? { ...options, platform: undefined } : options;
  const image = await fromFiles(name, 'registry', files, rest);
  return { ...image, notes: [...notes, ...image.notes] };
}

function fromRootfs(given: string, path: string, options: OpenOptions): Image {
  const scanned = readRootfs(path, options);
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
  kind: SourceKind | undefined,
  files: ImageFiles,
  options: OpenOptions,
): Promise<Image> {
  try {
    const source = kind ?? (files.has('manifest.json') ? 'docker-archive' : 'oci-archive');
    const isDocker = source === 'docker-archive';
    const { images, notes } = await manifestsOf(files, isDocker);
    const chosen = choose(images, notes, options);
    const layers = await readLayers(chosen, files);
    const isDefault = images.length > 1 && options.image === undefined && options.platform === undefined;
    return {
      reference: chosen.names[0] ?? given,
      source,
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
  const platforms = named.map(({ config }) => config.platform);
  const fits = fitting(platforms, platform).flatMap((at) => named[at] ?? []);
  if (platform !== undefined) {
    if (fits.length === 0)
      throw new ImageError(`nothing for ${platform} in it; it holds ${named.map(describe).join(', ')}`);
    if (fits.length === 1 && fits[0] !== undefined) return fits[0];
    throw new ImageError(`${fits.length} images fit; choose one with --image: ${fits.map(describe).join(', ')}`);
  }
  if (named.length === 1 && only !== undefined) return only;
  // Several of one platform are several images, not platforms of one.
  if (fits.length === 1 && fits[0] !== undefined) return fits[0];
  const how = new Set(platforms).size === 1 ? '--image' : '--image or --platform';
  throw new ImageError(`it holds ${named.length} images; choose one with ${how}: ${named.map(describe).join(', ')}`);
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

/** A blob that several layers name is read once. */
async function readLayers({ layers }: ImageManifest, files: ImageFiles): Promise<Image['layers']> {
  const jobs = new Map<string, LayerJob>();
  for (const [index, spec] of layers.entries())
    if (whyUnread(spec, files) === undefined && !jobs.has(spec.file))
      jobs.set(spec.file, { spec, label: `layer ${index}` });
  const read = await files.layers([...jobs.values()]);
  const scanned = new Map([...jobs.keys()].map((file, index) => [file, read[index]]));
  return layers.map((spec, index) => {
    const layer = scanned.get(spec.file);
    if (layer === undefined) return { spec, scanned: undefined, note: whyUnread(spec, files) ?? 'not read' };
    verifyLayer(layer, spec, `layer ${index}`);
    return { spec, scanned: layer };
  });
}

function whyUnread({ mediaType = '', file }: LayerSpec, files: ImageFiles): string | undefined {
  if (mediaType.endsWith('+encrypted')) return 'encrypted: not read';
  if (/nondistributable|foreign/.test(mediaType) && !files.has(file))
    return 'foreign: its bytes are elsewhere and were not fetched';
  return undefined;
}
