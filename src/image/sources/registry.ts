import { createHash } from 'node:crypto';
import { isObject, parseObject, platformOf } from '../config.ts';
import { ImageError, type ScannedLayer, scanLayer } from '../layer.ts';
import { type ImageFiles, type LayerJob, MAX_DOCUMENT, type ReadOptions, scanOptions } from './files.ts';
import { listOf } from './manifests.ts';
import { fitting } from './platforms.ts';
import { formatReference, parseReference, type Reference } from './reference.ts';
import { RegistryClient } from './registry-client.ts';

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
 * show it. `notes` may grow until the files are closed.
 */
export async function openRegistry(
  name: string,
  options: RegistryOptions,
): Promise<{ readonly files: ImageFiles; readonly notes: readonly string[] }> {
  const reference = parseReference(name);
  const notes: string[] = [];
  const client = new RegistryClient(reference, options.isInsecure, (text) => notes.push(text));
  try {
    const { body, digest } = await manifestOf(client, reference, reference.digest ?? reference.tag ?? 'latest');
    return { files: registryFiles(client, formatReference(reference), { body, digest }, options), notes };
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
  const promised = wanted.includes(':') ? wanted : found.digest;
  const algorithm = promised?.startsWith('sha512:') ? 'sha512' : 'sha256';
  const digest = `${algorithm}:${createHash(algorithm).update(found.body).digest('hex')}`;
  // The digest of schema 1 leaves signatures out; such a manifest is refused by name when it is read.
  const isSchema1 = /"schemaVersion"\s*:\s*1\b/.test(found.body.toString('latin1'));
  if (promised !== undefined && promised !== digest && !isSchema1)
    throw new ImageError(`the manifest that ${reference.registry} sent has the digest ${digest}, not ${promised}`);
  return { body: found.body, digest };
}

function registryFiles(
  client: RegistryClient,
  reference: string,
  top: { readonly body: Buffer; readonly digest: string },
  options: RegistryOptions,
): ImageFiles {
  /** Documents that are manifests and not blobs to a registry. */
  const manifests = new Set<string>();
  const learn = (body: Buffer, name: string): Buffer => {
    const { manifests: nested } = parseObject(body, name);
    if (nested !== undefined) for (const { digest } of listOf(nested, name)) manifests.add(String(digest));
    return body;
  };
  /** An index with only what fits in it; the layout's own index says no more than its name and digest. */
  const index = (): Buffer => {
    const document = parseObject(top.body, top.digest);
    const annotations = { 'org.opencontainers.image.ref.name': reference };
    const chosen: readonly Json[] =
      document.manifests === undefined
        ? [{ digest: top.digest }]
        : meant(listOf(document.manifests, top.digest), options.platform);
    return Buffer.from(
      JSON.stringify({ manifests: chosen.map((descriptor: Json) => ({ ...descriptor, annotations })) }),
    );
  };
  return {
    has: (name) => name === 'index.json',
    document: async (name) => {
      if (name === 'index.json') return learn(index(), name);
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

/** The manifests of an index that the platform means; where the index names no platforms, all of them. */
function meant(descriptors: readonly Json[], platform: string | undefined): readonly Json[] {
  const platforms = descriptors.map((descriptor) =>
    isObject(descriptor.platform) ? platformOf(descriptor.platform) : undefined,
  );
  if (platforms.every((known) => known === undefined)) return descriptors;
  const found = fitting(platforms, platform);
  if (found.length > 0) return descriptors.filter((_, at) => found.includes(at));
  const known = [...new Set(platforms)].filter((name) => name !== undefined && name !== 'unknown/unknown');
  throw new ImageError(
    `${platform === undefined ? 'choose one with --platform' : `nothing for ${platform} in it`}; it holds ${known.join(', ')}`,
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
      const layer = await client.blob(spec.digest ?? '', (chunks) =>
        scanLayer(counted(chunks, spec.storedSize, progress), label, scanOptions(options), spec),
      );
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

/** Stops at once where more comes than the manifest says. */
async function* counted(
  chunks: AsyncIterable<Buffer>,
  size: number | undefined,
  progress: ReadOptions['progress'],
): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of chunks) {
    read += chunk.length;
    progress(chunk.length);
    if (size !== undefined && read > size) throw new Error(`more comes than the ${size} bytes of the manifest`);
    yield chunk;
  }
}
