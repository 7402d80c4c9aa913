import * as zlib from 'node:zlib';
import { ZstdFrames } from './zstd-frames.ts';

const CHUNK = 1024 * 1024;
const SYNC_CHUNK = 128 * 1024;

/** Takes compressed bytes and hands the others to the function it was made with. */
export interface Inflater {
  write(chunk: Buffer): Promise<void> | undefined;
  end(): Promise<void>;
  destroy(): void;
}

/** How bytes are compressed, by the magic numbers of gzip (RFC 1952) and zstd (RFC 8878, skippable frames too). */
export function compressionOf(head: Buffer): 'none' | 'gzip' | 'zstd' {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const magic = head.length < 4 ? 0 : head.readUInt32LE(0);
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50 ? 'zstd' : 'none';
}

/**
 * Hands what `compression` made to `take`, in pieces that are valid during the call. Where Node has no zstd that reads all
 * frames (before 22.15, and 22 itself, which stops behind the first), a JavaScript one stands in, about five times slower.
 */
export function inflater(compression: 'gzip' | 'zstd', mode: 'sync' | 'async', take: (data: Buffer) => void): Inflater {
  if (compression === 'gzip')
    return (
      (mode === 'sync' ? syncGunzip(take) : undefined) ?? streamInflater(zlib.createGunzip({ chunkSize: CHUNK }), take)
    );
  const { createZstdDecompress: native } = zlib as Zstd;
  const inner =
    native !== undefined && readsAllFrames()
      ? streamInflater(native({ chunkSize: CHUNK }), take)
      : scriptInflater(take);
  const frames = new ZstdFrames();
  return {
    write: (chunk) => {
      frames.write(chunk);
      return inner.write(chunk);
    },
    end: async () => {
      frames.end();
      await inner.end();
    },
    destroy: () => inner.destroy(),
  };
}

interface Zstd {
  readonly createZstdDecompress?: (options: { chunkSize: number }) => zlib.Gunzip;
  readonly zstdDecompressSync?: (data: Buffer) => Buffer;
}

/** A frame with one block of three bytes that are not compressed. */
const FRAME = Buffer.from('28b52ffd2003190000616263', 'hex');

function readsAllFrames(): boolean {
  const { zstdDecompressSync } = zlib as Zstd;
  return zstdDecompressSync?.(Buffer.concat([FRAME, FRAME])).toString('latin1') === 'abcabc';
}

/** What lies below zlib's streams. Not documented, and what every synchronous reader of gzip in pieces stands on. */
interface Gunzip extends zlib.Gunzip {
  readonly _handle?: {
    onerror: (message: string) => void;
    writeSync?(
      flush: number,
      input: Buffer,
      at: number,
      length: number,
      output: Buffer,
      to: number,
      room: number,
    ): void;
  };
  readonly _writeState?: Uint32Array;
}

/**
 * Inflates in this thread into one buffer: a third less time and memory than a stream, which allocates for every piece.
 * Undefined where Node is not made as it is needed here (nodejs/node issue 47709: there is no public way).
 */
function syncGunzip(take: (data: Buffer) => void): Inflater | undefined {
  const stream: Gunzip = zlib.createGunzip();
  const { _handle: handle, _writeState: state } = stream;
  if (typeof handle?.writeSync !== 'function' || !(state instanceof Uint32Array) || state.length < 2) {
    stream.destroy();
    return undefined;
  }
  const output = Buffer.alloc(SYNC_CHUNK);
  let failure: Error | undefined;
  handle.onerror = (message) => {
    failure = new Error(`damaged compressed data (${message})`);
  };
  const run = (flush: number, input: Buffer): void => {
    for (let left = input.length; ; ) {
      handle.writeSync?.(flush, input, input.length - left, left, output, 0, output.length);
      if (failure !== undefined) throw failure;
      const [room = 0, unread = 0] = state;
      if (room < output.length) take(output.subarray(0, output.length - room));
      left = unread;
      // Where room is left, all was read, or the data is over and zeros follow.
      if (room > 0) return;
    }
  };
  return {
    write: (chunk) => {
      run(zlib.constants.Z_NO_FLUSH, chunk);
      return undefined;
    },
    end: async () => {
      run(zlib.constants.Z_FINISH, Buffer.alloc(0));
      stream.destroy();
    },
    destroy: () => {
      stream.destroy();
    },
  };
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
