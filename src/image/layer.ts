import { createHash, type Hash } from 'node:crypto';
import { type BodyWish, wantedBytes } from './bodies.ts';
import { Budget } from './budget.ts';
import { LayerEntries } from './entries.ts';
import { compressionOf, type Inflater, inflater } from './inflate.ts';
import { TarScanner } from './tar-scanner.ts';

/** An image that is damaged, or not what it says it is; the message names what and where. */
export class ImageError extends Error {}

/** A layer as an image names it, not yet read. */
export interface LayerSpec {
  /** The name its source keeps it under. */
  readonly file: string;
  /** Of the blob as stored; undefined where the source does not say. */
  readonly digest: string | undefined;
  /** Of the uncompressed archive. */
  readonly diffId: string | undefined;
  readonly mediaType: string | undefined;
  /** Bytes as stored; undefined where the source does not say. */
  readonly storedSize: number | undefined;
}

/** What was found in a layer. A plain directory read as a layer has no digests and no stored size. */
export interface ScannedLayer {
  readonly digest: string | undefined;
  readonly diffId: string | undefined;
  /** Bytes as stored, compressed or not. */
  readonly storedSize: number | undefined;
  readonly compression: 'none' | 'gzip' | 'zstd';
  readonly entries: LayerEntries;
  /** Legal, but worth knowing. */
  readonly notes: readonly string[];
}

/** Bounds that keep a bomb from taking the machine, all but the first for an image as a whole; named in the error. */
export interface LayerLimits {
  /** Bytes of the uncompressed archive of one layer. */
  readonly inflated: number;
  readonly entries: number;
  /** Bytes of all names, link names and attributes. */
  readonly text: number;
  /** Bytes of all bodies that are kept; what comes later is noted and not kept. */
  readonly bodies: number;
}

export const LIMITS: LayerLimits = {
  inflated: 64 * 1024 ** 3,
  entries: 800_000,
  text: 96 * 1024 ** 2,
  bodies: 64 * 1024 ** 2,
};

/** How a layer is read. */
export interface ScanOptions {
  /** Files whose content is kept. */
  readonly bodies: readonly BodyWish[];
  readonly limits?: LayerLimits;
  /** What layers of the same image have taken of the limits already; threads share it. */
  readonly budget?: Budget;
  /** `sync`: inflates gzip in this thread where Node lets it, in less time and memory; else in Node's thread pool, beside other layers. */
  readonly mode?: 'sync' | 'async';
}

/**
 * Reads a layer once: inflates it, computes digest and diffID, lists its entries. Throws an ImageError where it is damaged or
 * exceeds a limit; `label` stands in the message. `spec` tells by which algorithms the digests are made: `verifyLayer` compares.
 */
export async function scanLayer(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  label: string,
  options: ScanOptions,
  spec?: LayerSpec,
): Promise<ScannedLayer> {
  const reader = new LayerReader(label, options, spec);
  try {
    for await (const chunk of chunks) await reader.write(chunk);
    return await reader.end();
  } catch (error) {
    reader.destroy();
    throw error instanceof ImageError ? error : new ImageError(`${label}: ${messageOf(error)}`, { cause: error });
  }
}

/** Throws an ImageError where a layer is not the one that was promised. */
export function verifyLayer(layer: ScannedLayer, { digest, diffId, storedSize }: LayerSpec, name: string): void {
  if (storedSize !== undefined && storedSize !== layer.storedSize)
    throw new ImageError(`${name}: it has ${layer.storedSize} bytes, the manifest says ${storedSize}`);
  if (digest !== undefined && digest !== layer.digest)
    throw new ImageError(`${name}: its bytes have the digest ${layer.digest}, not ${digest}`);
  if (diffId?.startsWith('sha512:') === true && layer.diffId?.startsWith('sha256:') === true)
    throw new ImageError(`${name}: its diffID is sha512, which only a file can be checked for, not a stream`);
  if (diffId !== undefined && diffId !== layer.diffId)
    throw new ImageError(`${name}: its content has the diffID ${layer.diffId}, the configuration says ${diffId}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Takes the bytes of one blob; tells by its first ones how it is compressed, whatever its media type says. */
export class LayerReader {
  readonly #label: string;
  readonly #options: ScanOptions;
  readonly #limits: LayerLimits;
  readonly #entries = new LayerEntries();
  readonly #scanner: TarScanner;
  /** Names of the digests; an image may name its blobs by others than sha256. */
  readonly #storedAlgorithm: string;
  readonly #contentAlgorithm: string;
  readonly #stored: Hash;
  #content: Hash | undefined;
  #storedSize = 0;
  #inflatedSize = 0;
  #compression: ScannedLayer['compression'] | undefined;
  #inflater: Inflater | undefined;
  #head: Buffer | undefined;
  /** Wanted files that were not kept. */
  #refused = 0;
  readonly #budget: Budget;
  readonly #spent = { entries: 0, text: 0, bodies: 0 };

  constructor(label: string, options: ScanOptions, spec?: Pick<LayerSpec, 'digest' | 'diffId'>) {
    this.#label = label;
    this.#options = options;
    this.#limits = options.limits ?? LIMITS;
    this.#storedAlgorithm = algorithmOf(spec?.digest);
    this.#contentAlgorithm = algorithmOf(spec?.diffId);
    this.#stored = createHash(this.#storedAlgorithm);
    this.#budget = options.budget ?? new Budget();
    const wanted = wantedBytes(options.bodies);
    let row = 0;
    this.#scanner = new TarScanner(
      {
        entry: (entry) => {
          const { name, linkname, type, mode, uid, gid, mtime, attributes, stored: size } = entry;
          const before = this.#entries.textLength;
          row = this.#entries.push({ name, linkname, type, mode, uid, gid, mtime, attributes, size });
          this.#spend('entries', 1);
          this.#spend('text', this.#entries.textLength - before);
          return type === '0' ? this.#room(Math.min(wanted(name), size)) : 0;
        },
        body: (_, body) => this.#entries.keep(row, body),
      },
      { entries: this.#limits.entries },
    );
  }

  write(chunk: Buffer): Promise<void> | undefined {
    this.#stored.update(chunk);
    this.#storedSize += chunk.length;
    if (this.#compression === undefined) {
      // Four bytes tell; they nearly always come in the first chunk.
      const head = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk]);
      if (head.length < 4) {
        this.#head = Buffer.from(head);
        return undefined;
      }
      this.#start(head);
      return this.#pass(head);
    }
    return this.#pass(chunk);
  }

  async end(): Promise<ScannedLayer> {
    if (this.#compression === undefined) this.#start(this.#head ?? Buffer.alloc(0));
    await this.#inflater?.end();
    this.#scanner.end();
    const digest = `${this.#storedAlgorithm}:${this.#stored.digest('hex')}`;
    return {
      digest,
      diffId: this.#content === undefined ? digest : `${this.#contentAlgorithm}:${this.#content.digest('hex')}`,
      storedSize: this.#storedSize,
      compression: this.#compression ?? 'none',
      entries: this.#entries,
      notes: [
        ...this.#scanner.notes,
        ...(this.#refused === 0 ? [] : [tooMuchNote(this.#refused, this.#limits.bodies)]),
      ],
    };
  }

  /** Gives up: what was taken of the limits is there again for another try. */
  destroy(): void {
    this.#inflater?.destroy();
    for (const what of ['entries', 'text', 'bodies'] as const) {
      this.#budget.add(what, -this.#spent[what]);
      this.#spent[what] = 0;
    }
  }

  #start(head: Buffer): void {
    this.#compression = compressionOf(head);
    // One hash is enough where both are the same.
    if (this.#compression !== 'none' || this.#contentAlgorithm !== this.#storedAlgorithm)
      this.#content = createHash(this.#contentAlgorithm);
    if (this.#compression !== 'none')
      this.#inflater = inflater(this.#compression, this.#options.mode ?? 'async', (data) => this.#inflated(data));
  }

  #pass(chunk: Buffer): Promise<void> | undefined {
    if (this.#inflater !== undefined) return this.#inflater.write(chunk);
    this.#inflated(chunk);
    return undefined;
  }

  #inflated(data: Buffer): void {
    this.#inflatedSize += data.length;
    if (this.#inflatedSize > this.#limits.inflated)
      throw new ImageError(`${this.#label}: more than ${this.#limits.inflated} bytes uncompressed`);
    this.#content?.update(data);
    this.#scanner.write(data);
  }

  /** Takes from what an image may have of something. */
  #spend(what: 'entries' | 'text', amount: number): void {
    this.#spent[what] += amount;
    if (this.#budget.add(what, amount) <= this.#limits[what]) return;
    throw new Error(`more than ${this.#limits[what]} ${what === 'text' ? 'bytes of names' : 'entries'}`);
  }

  /** How many bytes of a body may still be kept. */
  #room(wanted: number): number {
    if (wanted === 0) return 0;
    this.#spent.bodies += wanted;
    if (this.#budget.add('bodies', wanted) <= this.#limits.bodies) return wanted;
    this.#spent.bodies -= wanted;
    this.#budget.add('bodies', -wanted);
    this.#refused++;
    return 0;
  }
}

/** The note for files that were wanted and did not fit. */
export function tooMuchNote(files: number, limit: number): string {
  return `${files} of the files that matter were not looked into: together they have more than ${limit} bytes`;
}

/** The algorithm of a digest; sha256 where there is none. */
export function algorithmOf(digest: string | undefined): 'sha256' | 'sha512' {
  return digest?.startsWith('sha512:') === true ? 'sha512' : 'sha256';
}
