import { createHash, type Hash } from 'node:crypto';
import * as zlib from 'node:zlib';
import { type TarEntry, TarScanner } from './tar-scanner.ts';

/** An image that is damaged, or not what it says it is; the message names what and where. */
export class ImageError extends Error {}

/** An entry of a layer, as the tree needs it. Names are byte strings. */
export type LayerEntry = Pick<
  TarEntry,
  'name' | 'linkname' | 'type' | 'mode' | 'uid' | 'gid' | 'mtime' | 'attributes'
> & {
  /** Bytes of its body in the layer. */
  readonly size: number;
};

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
  readonly entries: readonly LayerEntry[];
  /** Legal, but worth knowing. */
  readonly notes: readonly string[];
}

/** Bounds that keep a bomb from taking the machine; named in the error. */
export interface LayerLimits {
  /** Bytes of the uncompressed archive. */
  readonly inflated: number;
}

const LIMITS: LayerLimits = { inflated: 64 * 1024 ** 3 };
const CHUNK = 1024 * 1024;

/**
 * Reads a layer once: inflates it, computes digest and diffID, lists its entries. Throws an ImageError where it is damaged
 * or exceeds a limit; `name` stands in the message.
 */
export async function scanLayer(
  chunks: AsyncIterable<Buffer>,
  name: string,
  limits: LayerLimits = LIMITS,
): Promise<ScannedLayer> {
  const reader = new LayerReader(name, limits);
  try {
    for await (const chunk of chunks) await reader.write(chunk);
    return await reader.end();
  } catch (error) {
    reader.destroy();
    throw error instanceof ImageError ? error : new ImageError(`${name}: ${messageOf(error)}`);
  }
}

/** Throws an ImageError where a layer is not the one that was promised. */
export function verifyLayer(layer: ScannedLayer, { digest, diffId, storedSize }: LayerSpec, name: string): void {
  if (storedSize !== undefined && storedSize !== layer.storedSize)
    throw new ImageError(`${name}: it has ${layer.storedSize} bytes, the manifest says ${storedSize}`);
  if (digest?.startsWith('sha256:') && digest !== layer.digest)
    throw new ImageError(`${name}: its bytes have the digest ${layer.digest}, not ${digest}`);
  if (diffId?.startsWith('sha256:') && diffId !== layer.diffId)
    throw new ImageError(`${name}: its content has the diffID ${layer.diffId}, the configuration says ${diffId}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Takes compressed bytes and hands the others to the function it was made with. */
export interface Inflater {
  write(chunk: Buffer): Promise<void> | undefined;
  end(): Promise<void>;
  destroy(): void;
}

/** Takes the bytes of one blob; tells by its first ones how it is compressed, whatever its media type says. */
export class LayerReader {
  readonly #name: string;
  readonly #limits: LayerLimits;
  readonly #stored = createHash('sha256');
  readonly #entries: LayerEntry[] = [];
  readonly #scanner: TarScanner;
  #inflatedHash: Hash | undefined;
  #storedSize = 0;
  #inflatedSize = 0;
  #compression: ScannedLayer['compression'] | undefined;
  #inflater: Inflater | undefined;
  #head: Buffer | undefined;

  constructor(name: string, limits: LayerLimits = LIMITS) {
    this.#name = name;
    this.#limits = limits;
    this.#scanner = new TarScanner({
      entry: (entry) => {
        const { name: path, linkname, type, mode, uid, gid, mtime, attributes, stored } = entry;
        this.#entries.push({ name: path, linkname, type, mode, uid, gid, mtime, attributes, size: stored });
        return 0;
      },
    });
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
    const digest = `sha256:${this.#stored.digest('hex')}`;
    return {
      digest,
      diffId: this.#inflatedHash === undefined ? digest : `sha256:${this.#inflatedHash.digest('hex')}`,
      storedSize: this.#storedSize,
      compression: this.#compression ?? 'none',
      entries: this.#entries,
      notes: this.#scanner.notes,
    };
  }

  destroy(): void {
    this.#inflater?.destroy();
  }

  #start(head: Buffer): void {
    this.#compression = compressionOf(head);
    if (this.#compression === 'none') return;
    this.#inflatedHash = createHash('sha256');
    this.#inflater = inflater(this.#compression, (data) => this.#inflated(data));
  }

  #pass(chunk: Buffer): Promise<void> | undefined {
    if (this.#inflater !== undefined) return this.#inflater.write(chunk);
    this.#inflated(chunk);
    return undefined;
  }

  #inflated(data: Buffer): void {
    this.#inflatedSize += data.length;
    if (this.#inflatedSize > this.#limits.inflated)
      throw new ImageError(`${this.#name}: more than ${this.#limits.inflated} bytes uncompressed`);
    this.#inflatedHash?.update(data);
    this.#scanner.write(data);
  }
}

/** How bytes are compressed, by the magic numbers of gzip (RFC 1952) and zstd (RFC 8878, skippable frames too). */
export function compressionOf(head: Buffer): 'none' | 'gzip' | 'zstd' {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const magic = head.length < 4 ? 0 : head.readUInt32LE(0);
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50 ? 'zstd' : 'none';
}

/** Node has zstd since 22.15; before, a JavaScript one stands in, which is about five times slower. */
export function inflater(compression: 'gzip' | 'zstd', take: (data: Buffer) => void): Inflater {
  if (compression === 'gzip') return streamInflater(zlib.createGunzip({ chunkSize: CHUNK }), take);
  const native = (zlib as { createZstdDecompress?: (options: { chunkSize: number }) => zlib.Gunzip })
    .createZstdDecompress;
  return native === undefined ? scriptInflater(take) : streamInflater(native({ chunkSize: CHUNK }), take);
}

function streamInflater(stream: zlib.Gunzip, take: (data: Buffer) => void): Inflater {
  let failure: Error | undefined;
  const done = new Promise<void>((resolve) => {
    stream.on('end', resolve);
    stream.on('close', resolve);
    stream.on('error', (error) => {
      failure ??= new Error(`damaged compressed data (${error.message})`);
      resolve();
    });
  });
  stream.on('data', (data: Buffer) => {
    try {
      take(data);
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error));
      stream.destroy();
    }
  });
  const check = (): void => {
    if (failure !== undefined) throw failure;
  };
  return {
    write: async (chunk) => {
      check();
      // The chunk is the caller's again once it is taken in.
      await new Promise<void>((resolve) => {
        if (stream.destroyed) resolve();
        else stream.write(chunk, () => resolve());
        void done.then(resolve);
      });
      check();
    },
    end: async () => {
      check();
      stream.end();
      await done;
      check();
    },
    destroy: () => {
      stream.destroy();
    },
  };
}

function scriptInflater(take: (data: Buffer) => void): Inflater {
  const loading = import('fzstd').then(
    ({ Decompress }) => new Decompress((data) => take(Buffer.from(data.buffer, data.byteOffset, data.byteLength))),
  );
  return {
    write: async (chunk) => (await loading).push(Buffer.from(chunk)),
    end: async () => (await loading).push(new Uint8Array(0), true),
    destroy: () => {},
  };
}
