import { readSync } from 'node:fs';
import { ImageError, type LayerSpec, type ScannedLayer } from '../layer.ts';

/** The files of an image as a source keeps them: an archive's members, a layout's files. Names have `/` and no leading `./`. */
export interface ImageFiles {
  has(name: string): boolean;
  /** A JSON document's bytes; undefined where there is no such file. Throws an ImageError beyond `MAX_DOCUMENT`. */
  document(name: string): Promise<Buffer | undefined>;
  /** Reads a layer. Throws an ImageError where it is missing or damaged; `label` stands in messages. */
  layer(spec: LayerSpec, label: string): Promise<ScannedLayer>;
  close(): void;
}

/** Told of the bytes that were read, for a progress bar. */
export type Progress = (bytes: number) => void;

/** Bytes of a manifest, an index or a configuration; the distribution specification asks for at least 4 MiB. */
export const MAX_DOCUMENT = 16 * 1024 * 1024;

/** Bytes read at once: smaller pieces cost up to twice the time, larger ones gain nothing. */
export const CHUNK = 1024 * 1024;

export function tooLarge(name: string): ImageError {
  return new ImageError(`${name} is larger than the ${MAX_DOCUMENT} bytes that a document may have`);
}

/** A member's name without leading `./` and `/` and without empty parts; `..` takes a part away and never leaves the root. */
export function normalName(name: string): string {
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** Bytes of an open file. */
export interface Extent {
  readonly offset: number;
  readonly size: number;
}

/** The bytes in pieces, each valid until the next. Throws an ImageError where the file is shorter. */
export async function* readExtent(file: number, { offset, size }: Extent, progress: Progress): AsyncGenerator<Buffer> {
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
export async function readDocument(file: number, extent: Extent, name: string): Promise<Buffer> {
  if (extent.size > MAX_DOCUMENT) throw tooLarge(name);
  const parts: Buffer[] = [];
  for await (const part of readExtent(file, extent, () => {})) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}
