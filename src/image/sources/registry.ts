import { parseObject } from '../config.ts';
import { ImageError, type ScannedLayer, scanLayer } from '../layer.ts';
import { type ImageFiles, type LayerJob, MAX_DOCUMENT, type ReadOptions } from './files.ts';
import { describedPlatform, digestLike, isAttestation, listOf, schema1 } from './manifests.ts';
import { fitting } from './platforms.ts';
import { formatReference, parseReference, type Reference } from './reference.ts';
import { NetworkError, RegistryClient } from './registry-client.ts';

/** Of an index or a manifest, Docker's or OCI's. */
const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Layers that are fetched at the same time, as Docker does. */
const AT_ONCE = 3;

type Json = Readonly<Record<string, unknown>>;

/** What is asked of a registry, and how. */
interface RegistryOptions extends ReadOptions {
  readonly platform: string | undefined;
  readonly isInsecure: boolean;
}

/**
 * An image in a registry, as files of a layout that are fetched when they are asked for; nothing is written to disk. Of an
 * index only the manifests for the platform are fetched. Throws an ImageError where the registry does not have it or does not
 * show it. `isChosen`: the index said which is for the platform. `notes` may grow until the files are closed.
 */
export async function openRegistry(
  name: string,
  options: RegistryOptions,
): Promise<{ readonly files: ImageFiles; readonly isChosen: boolean; readonly notes: readonly string[] }> {
  const reference = parseReference(name);
  const notes: string[] = [];
  const client = new RegistryClient(reference, options.isInsecure, (text) => notes.push(text));
  try {
    const { body, digest } = await manifestOf(client, reference, reference.digest ?? reference.tag ?? 'latest');
    const { manifests } = parseObject(body, digest);
    const chosen: readonly Json[] =
      manifests === undefined ? [{ digest }] : meant(listOf(manifests, digest), options.platform);
    // A layout's index, with only what fits in it.
    const annotations = { 'org.opencontainers.image.ref.name': formatReference(reference) };
    const index = { manifests: chosen.map((descriptor: Json) => ({ ...descriptor, annotations })) };
    return {
      files: registryFiles(client, { body, digest }, Buffer.from(JSON.stringify(index)), options),
      isChosen: chosen.every(({ platform }) => platform !== undefined),
      notes,
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** The bytes of a manifest, which have the digest that was asked for or that the registry names. */
async function manifestOf(
  client: RegistryClient,
  reference: Reference,
  wanted: string,
): Promise<{ body: Buffer; digest: string }> {
  const found = await client.document(`manifests/${wanted}`, MANIFEST_TYPES, MAX_DOCUMENT);
  if (found === undefined)
    throw new ImageError(
      `${reference.registry} has no ${reference.repository}${wanted.includes(':') ? '@' : ':'}${wanted}`,
    );
  const { schemaVersion, fsLayers } = parseObject(found.body, `the manifest of ${wanted}`);
  if (schemaVersion === 1 || fsLayers !== undefined) throw schema1(wanted);
  const promised = wanted.includes(':') ? wanted : found.digest;
  const digest = digestLike(promised, found.body);
  if (promised !== undefined && promised !== digest)
    throw new ImageError(`the manifest that ${reference.registry} sent has the digest ${digest}, not ${promised}`);
  return { body: found.body, digest };
}

function registryFiles(
  client: RegistryClient,
  top: { readonly body: Buffer; readonly digest: string },
  index: Buffer,
  options: RegistryOptions,
): ImageFiles {
  /** Documents that are manifests and not blobs to a registry. */
  const manifests = new Set<string>();
  const learn = (body: Buffer, name: string): Buffer => {
    const { manifests: nested } = parseObject(body, name);
    if (nested !== undefined) for (const { digest } of listOf(nested, name)) manifests.add(String(digest));
    return body;
  };
  return {
    has: (name) => name === 'index.json',
    document: async (name) => {
      if (name === 'index.json') return learn(index, name);
      const digest = name.replace(/^blobs\//, '').replace('/', ':');
      if (digest === top.digest) return top.body;
      if (!manifests.has(digest)) return (await client.document(`blobs/${digest}`, '*/*', MAX_DOCUMENT))?.body;
      const found = await client.document(`manifests/${digest}`, MANIFEST_TYPES, MAX_DOCUMENT);
      return found === undefined ? undefined : learn(found.body, digest);
    },
    layers: (jobs) => fetchLayers(client, jobs, options),
    close: () => void client.close(),
  };
}

/** The manifests of an index that the platform means; one that names no platform is meant where no other is. */
function meant(descriptors: readonly Json[], platform: string | undefined): readonly Json[] {
  const images = descriptors.filter((descriptor) => !isAttestation(descriptor));
  const platforms = images.map(describedPlatform);
  const found = fitting(platforms, platform);
  if (found.length > 0) return images.filter((_, at) => found.includes(at));
  const unnamed = images.filter((_, at) => platforms[at] === undefined);
  if (unnamed.length > 0) return unnamed;
  const known = [...new Set(platforms)].join(', ') || 'no image';
  throw new ImageError(
    `${platform === undefined ? 'choose one with --platform' : `nothing for ${platform} in it`}; it holds ${known}`,
  );
}

/** A few at a time, the largest first. */
async function fetchLayers(
  client: RegistryClient,
  jobs: readonly LayerJob[],
  options: ReadOptions,
): Promise<ScannedLayer[]> {
  const { progress, expect } = options;
  const sizeOf = ({ spec }: LayerJob): number => spec.storedSize ?? 0;
  expect(jobs.reduce((sum, job) => sum + sizeOf(job), 0));
  const queue = jobs.toSorted((a, b) => sizeOf(a) - sizeOf(b));
  const results = new Map<LayerJob, ScannedLayer>();
  const work = async (): Promise<void> => {
    for (let job = queue.pop(); job !== undefined; job = queue.pop()) {
      const { spec, label } = job;
      const { digest, storedSize } = spec;
      if (digest === undefined || storedSize === undefined)
        throw new ImageError(`${label}: the manifest names no digest or no size`);
      const layer = await client.blob(digest, async (chunks) => {
        let read = 0;
        const count = (bytes: number): void => {
          read += bytes;
          progress(bytes);
        };
        try {
          return await scanLayer(counted(chunks, storedSize, count), label, options, spec);
        } catch (error) {
          // It may be read again from the beginning.
          progress(-read);
          throw error;
        }
      });
      results.set(job, layer);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    queue.length = 0;
  }
  return jobs.flatMap((job) => results.get(job) ?? []);
}

/** Stops at once where more comes than the manifest says; where less comes, the connection ended early. */
async function* counted(
  chunks: AsyncIterable<Buffer>,
  size: number,
  progress: ReadOptions['progress'],
): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of chunks) {
    read += chunk.length;
    progress(chunk.length);
    if (read > size) throw new Error(`more comes than the ${size} bytes of the manifest`);
    yield chunk;
  }
  if (read < size) throw new NetworkError(`only ${read} of ${size} bytes came`);
}
