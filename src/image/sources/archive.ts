import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { compressionOf, type Inflater, inflater } from '../inflate.ts';
import { ImageError, LayerReader, messageOf, type ScannedLayer } from '../layer.ts';
import { normalName } from '../names.ts';
import { BLOCK } from '../tar-header.ts';
import { type TarEntry, TarScanner } from '../tar-scanner.ts';
import {
  CHUNK,
  type Extent,
  type ImageFiles,
  MAX_DOCUMENT,
  type ReadOptions,
  readDocument,
  tooLarge,
} from './files.ts';
import { scanFiles } from './threads.ts';

/** More links than this from a member's name to its bytes are a cycle. */
const MAX_LINKS = 40;

/** Compressed bytes inflated at once; as much of what comes out as these can make may wait for its reader. */
const SLICE = 64 * 1024;

/** Bytes of all documents together; real archives have some hundred kilobytes. */
const MAX_DOCUMENTS = 4 * MAX_DOCUMENT;

/** An archive's members by name: bytes, or the name of another member. */
class Members<T> {
  readonly #members = new Map<string, T | { readonly link: string }>();

  /** Takes links of both kinds; returns whether the entry was one. */
  addLink({ type, name, linkname }: TarEntry): boolean {
    if (type !== '1' && type !== '2') return false;
    const own = normalName(name);
    // Symlinks start in their own directory, hard links at the archive's root.
    const base = type === '2' && !linkname.startsWith('/') ? own.slice(0, own.lastIndexOf('/') + 1) : '';
    this.#members.set(own, { link: normalName(base + linkname) });
    return true;
  }

  add(name: string, member: T): void {
    this.#members.set(normalName(name), member);
  }

  get(name: string): T | undefined {
    let at = normalName(name);
    for (let links = 0; links < MAX_LINKS; links++) {
      const member = this.#members.get(at);
      if (member === undefined || !isLink(member)) return member;
      at = member.link;
    }
    throw new ImageError(`${name}: the links in the archive go round in circles`);
  }
}

function isLink(member: unknown): member is { readonly link: string } {
  return typeof member === 'object' && member !== null && 'link' in member;
}

/**
 * The members of an archive on disk: a first pass over its headers says where they lie, layers are read when they are asked
 * for. An archive that is compressed as a whole, or is no regular file, is read as a stream.
 */
export async function readArchiveFile(path: string, options: ReadOptions): Promise<ImageFiles> {
  const file = openSync(path, 'r');
  let isKept = false;
  try {
    const head = Buffer.alloc(4);
    const stat = fstatSync(file);
    if (stat.isFile() && compressionOf(head.subarray(0, readSync(file, head, 0, 4, 0))) === 'none') {
      const members = fileMembers(file, index(file, stat.size), options);
      isKept = true;
      return members;
    }
    const start = stat.isFile() ? 0 : undefined;
    if (stat.isFile()) options.expect(stat.size);
    return await readArchiveStream(
      createReadStream('', { fd: file, autoClose: false, start, highWaterMark: CHUNK }),
      options,
    );
  } finally {
    if (!isKept) closeSync(file);
  }
}

/** Reads the headers and seeks over the bodies. */
function index(file: number, size: number): Members<Extent> {
  const members = new Members<Extent>();
  const scanner = new TarScanner({
    entry: (entry) => {
      if (!members.addLink(entry) && entry.type === '0')
        members.add(entry.name, { file, offset: entry.bodyOffset, size: entry.stored });
      return 0;
    },
  });
  const buffer = Buffer.alloc(BLOCK);
  for (let at = 0; !scanner.isEnded; ) {
    const skipped = Math.min(scanner.skippable, size - at);
    if (skipped > 0) {
      scanner.skip(skipped);
      at += skipped;
      continue;
    }
    const length = readSync(file, buffer, 0, BLOCK, at);
    if (length === 0) break;
    scanner.write(buffer.subarray(0, length));
    at += length;
  }
  scanner.end();
  return members;
}

function fileMembers(file: number, members: Members<Extent>, options: ReadOptions): ImageFiles {
  return {
    has: (name) => members.get(name) !== undefined,
    document: async (name) => {
      const extent = members.get(name);
      return extent === undefined ? undefined : readDocument(extent, name);
    },
    layers: async (jobs) =>
      scanFiles(
        jobs.map((job) => {
          const extent = members.get(job.spec.file);
          if (extent === undefined) throw new ImageError(`${job.label}: ${job.spec.file} is not in the archive`);
          return { ...job, extent };
        }),
        options,
      ),
    close: () => closeSync(file),
  };
}

/** What a stream's member turned out to be. */
type Streamed =
  | { readonly document: Buffer | undefined }
  | { readonly layer: ScannedLayer }
  | { readonly failure: string };

/**
 * The members of an archive that comes once and in any order (standard input, a daemon): documents are kept, everything else
 * is read as a layer at once, for the manifest that says which are layers may come last.
 */
export async function readArchiveStream(chunks: AsyncIterable<Buffer>, options: ReadOptions): Promise<ImageFiles> {
  const members = new Members<Streamed>();
  const documents = { size: 0 };
  let member: StreamedMember | undefined;
  /** What has to be over before more bytes are taken in. */
  let pending: Promise<void>[] = [];
  const scanner = new TarScanner({
    entry: (entry) => {
      if (members.addLink(entry) || entry.type !== '0') return 0;
      if (entry.stored === 0) members.add(entry.name, { document: Buffer.alloc(0) });
      else member = new StreamedMember(entry.name, entry.stored, options, documents);
      return 'stream';
    },
    part: (entry, part, left) => {
      const current = member;
      if (current === undefined) return;
      const written = current.write(part);
      if (written !== undefined) pending.push(written);
      if (left === 0) pending.push(current.end().then((result) => members.add(entry.name, result)));
    },
  });
  const drain = async (): Promise<void> => {
    const waiting = pending;
    pending = [];
    await Promise.all(waiting);
  };
  let outer: Inflater | undefined;
  let size = 0;
  try {
    for await (const chunk of withHead(chunks, options.progress)) {
      if (size === 0) {
        const compression = compressionOf(chunk);
        if (compression !== 'none') outer = inflater(compression, 'async', (data) => scanner.write(data));
      }
      size += chunk.length;
      if (outer === undefined) scanner.write(chunk);
      else
        for (let at = 0; at < chunk.length; at += SLICE) {
          await outer.write(chunk.subarray(at, at + SLICE));
          await drain();
        }
      await drain();
    }
    await outer?.end();
  } catch (error) {
    outer?.destroy();
    throw error;
  }
  await drain();
  if (size === 0) throw new ImageError('it is empty');
  scanner.end();
  return streamedMembers(members);
}

/** The same bytes, the first piece long enough to tell how they are compressed; a pipe may give one at a time. */
async function* withHead(chunks: AsyncIterable<Buffer>, progress: ReadOptions['progress']): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    progress(chunk.length);
    if (head === undefined) yield chunk;
    else {
      head = Buffer.concat([head, chunk]);
      if (head.length < 4) continue;
      yield head;
      head = undefined;
    }
  }
  if (head !== undefined && head.length > 0) yield head;
}

function streamedMembers(members: Members<Streamed>): ImageFiles {
  return {
    has: (name) => members.get(name) !== undefined,
    document: async (name) => {
      const member = members.get(name);
      if (member === undefined) return undefined;
      if (!('document' in member)) throw new ImageError(`${name} is not JSON`);
      if (member.document === undefined) throw tooLarge(name);
      return member.document;
    },
    layers: async (jobs) =>
      jobs.map(({ spec: { file }, label }) => {
        const member = members.get(file);
        if (member === undefined) throw new ImageError(`${label}: ${file} is not in the archive`);
        if ('failure' in member) throw new ImageError(`${label}: ${member.failure}`);
        if (!('layer' in member)) throw new ImageError(`${label}: no tar header (wrong checksum)`);
        return member.layer;
      }),
    close: () => {},
  };
}

/** A member that is read as it comes: JSON by its first character, or else a layer. */
class StreamedMember {
  readonly #name: string;
  readonly #size: number;
  readonly #options: ReadOptions;
  /** Bytes of all documents that are kept of this archive. */
  readonly #documents: { size: number };
  #kind: 'document' | 'layer' | undefined;
  #reader: LayerReader | undefined;
  #parts: Buffer[] = [];
  #length = 0;
  #isLost = false;
  #failure: string | undefined;

  constructor(name: string, size: number, options: ReadOptions, documents: { size: number }) {
    this.#name = name;
    this.#size = size;
    this.#options = options;
    this.#documents = documents;
  }

  write(part: Buffer): Promise<void> | undefined {
    if (this.#kind === undefined) {
      this.#keep(part);
      // A tar archive tells itself in its first block, where a file's name may begin like JSON does.
      if (this.#length < Math.min(BLOCK, this.#size)) return undefined;
      const head = Buffer.concat(this.#parts);
      const isTar = head.toString('latin1', 257, 262) === 'ustar';
      this.#kind = !isTar && /^\s*[{[]/.test(head.toString('latin1', 0, BLOCK)) ? 'document' : 'layer';
      if (this.#kind === 'document') return undefined;
      // The manifest, which says how the digests are made, may come last; the name of a blob says it too.
      const digest = /(?:^|\/)blobs\/sha512\//.test(this.#name) ? 'sha512:' : undefined;
      this.#reader = new LayerReader(this.#name, this.#options, { digest, diffId: undefined });
      this.#parts = [];
      return this.#read(head);
    }
    if (this.#kind === 'layer') return this.#read(part);
    this.#keep(part);
    return undefined;
  }

  async end(): Promise<Streamed> {
    if (this.#kind === 'document') return { document: this.#isLost ? undefined : Buffer.concat(this.#parts) };
    if (this.#failure === undefined && this.#reader !== undefined) {
      try {
        return { layer: await this.#reader.end() };
      } catch (error) {
        this.#fail(error);
      }
    }
    return { failure: this.#failure ?? 'it is empty' };
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    this.#documents.size += part.length;
    const isKept = this.#length <= MAX_DOCUMENT && this.#documents.size <= MAX_DOCUMENTS;
    if (isKept && !this.#isLost) this.#parts.push(Buffer.from(part));
    else {
      this.#parts = [];
      this.#isLost = true;
    }
  }

  /** A member that is no layer may be anything; that matters only if the manifest calls it one. */
  #read(data: Buffer): Promise<void> | undefined {
    if (this.#failure !== undefined) return undefined;
    try {
      return this.#reader?.write(data)?.catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= messageOf(error);
    this.#reader?.destroy();
    this.#reader = undefined;
  }
}
