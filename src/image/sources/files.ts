import { readSync } from 'node:fs';
import { ImageError, type LayerSpec, type ScannedLayer, type ScanOptions } from '../layer.ts';

/** The files of an image as a source keeps them: an archive's members, a layout's files. Names have `/` and no leading `./`. */
export interface ImageFiles {
  has(name: string): boolean;
  /** A JSON document's bytes; undefined where there is no such file. Throws an ImageError beyond `MAX_DOCUMENT`. */
  document(name: string): Promise<Buffer | undefined>;
  /** Reads layers. Throws an ImageError where one is missing or damaged. */
  layers(jobs: readonly LayerJob[]): Promise<readonly ScannedLayer[]>;
  close(): void;
}

/** A layer that is to be read; `label` stands in messages. */
export interface LayerJob {
  readonly spec: LayerSpec;
  readonly label: string;
}

/** Told of the bytes that were read, for a progress bar. */
export type Progress = (bytes: number) => void;

/** How a source is read. */
export interface ReadOptions extends Omit<ScanOptions, 'mode'> {
  readonly progress: Progress;
  /** Told how many bytes there are to read, as far as that is known. */
  readonly expect: Progress;
}

/** Bytes of a manifest, an index or a configuration; the distribution specification asks for at least 4 MiB. */
export const MAX_DOCUMENT = 16 * 1024 * 1024;

/** Bytes read at once: smaller pieces cost more time, larger ones gain nothing. */
export const CHUNK = 256 * 1024;

export function tooLarge(name: string, limit = MAX_DOCUMENT): ImageError {
  return new ImageError(`${name} is larger than the ${limit} bytes that such a document may have`);
}

/** Bytes of an open file. */
export interface Extent {
  readonly file: number;
  readonly offset: number;
  readonly size: number;
}

/** The bytes in pieces, each valid until the next. Throws an ImageError where the file is shorter. */
export function* readExtent({ file, offset, size }: Extent, progress: Progress): Generator<Buffer> {
  const buffer = Buffer.alloc(Math.min(CHUNK, size));
  for (let at = 0; at < size; ) {
    const length = readSync(file, buffer, 0, Math.min(buffer.length, size - at), offset + at);
    if (length === 0) throw new ImageError('the archive is cut off');
    progress(length);
    yield buffer.subarray(0, length);
    at += length;
  }
}

/** A document whole. Throws an ImageError beyond `MAX_DOCUMENT`; `name` stands in the message. */
export function readDocument(extent: Extent, name: string): Buffer {
  if (extent.size > MAX_DOCUMENT) throw tooLarge(name);
  return Buffer.concat(
    Array.from(
      readExtent(extent, () => {}),
      (part) => Buffer.from(part),
    ),
  );
}
