import { BLOCK, isHeaderOnly, isZeroBlock, parseHeader, parsePax, TarError, type TarHeader } from './tar-header.ts';

/** An entry of an archive. `name` and `linkname` are byte strings. */
export interface TarEntry extends Readonly<TarHeader> {
  /** Offset of its body in the archive. */
  readonly bodyOffset: number;
  /** Extended attributes: byte strings by name. */
  readonly attributes: ReadonlyMap<string, string> | undefined;
}

/** Who is told of the entries, in the order of the archive. */
export interface TarSink {
  /** Returns how many bytes of the body are wanted at most, 0 for none, or `stream` for all of it in parts. */
  entry(entry: TarEntry): number | 'stream';
  /** The body that was wanted, whole or cut at that many bytes. */
  body?(entry: TarEntry, body: Buffer): void;
  /** A part of a streamed body, valid only during the call; `left` bytes follow. An empty body has no parts. */
  part?(entry: TarEntry, part: Buffer, left: number): void;
}

/** Bounds on what an archive may ask for; each is named in the error. */
export interface TarLimits {
  readonly entries: number;
  /** Bytes of a PAX or GNU extension header. */
  readonly meta: number;
  /** Bytes of a name or link name. */
  readonly name: number;
}

const LIMITS: TarLimits = { entries: 2_000_000, meta: 1024 * 1024, name: 64 * 1024 };

/** More regions than this are a bomb, not a file with holes (compare CVE-2025-58183). */
const MAX_SPARSE_BLOCKS = 4096;

type State = 'header' | 'meta' | 'sparse' | 'capture' | 'stream' | 'skip' | 'padding' | 'end';

/**
 * A push parser of tar archives: bytes in, entries out, nothing kept. Dialects are read as Docker reads them (Go's
 * archive/tar): ustar, PAX, GNU, v7; sparse files by their stored bytes. What cannot be read throws a TarError; nothing is
 * passed over in silence. The caller may skip what `skippable` says instead of writing it.
 */
export class TarScanner {
  /** What is legal but may hide something from other readers; for the report. */
  readonly notes: string[] = [];
  readonly #sink: TarSink;
  readonly #limits: TarLimits;
  /** Bytes of an unfinished block or of a body that is wanted. */
  #held: Buffer[] = [];
  #heldLength = 0;
  #offset = 0;
  #state: State = 'header';
  /** Bytes that the state still takes. */
  #left = BLOCK;
  #zeroBlocks = 0;
  #entries = 0;
  #header: TarHeader | undefined;
  #entry: TarEntry | undefined;
  #pax: Map<string, string> | undefined;
  #longName: string | undefined;
  #longLink: string | undefined;
  #sparseBlocks = 0;

  constructor(sink: TarSink, limits: Partial<TarLimits> = {}) {
    this.#sink = sink;
    this.#limits = { ...LIMITS, ...limits };
  }

  /** How many of the next bytes are of no interest: the caller may seek past them and say so with `skip`. */
  get skippable(): number {
    return this.#state === 'skip' || this.#state === 'padding' ? this.#left : 0;
  }

  /** Whether the end of the archive was seen; what follows is not looked at. */
  get isEnded(): boolean {
    return this.#state === 'end';
  }

  skip(length: number): void {
    if (length > this.skippable) throw new RangeError('more is skipped than is skippable');
    this.#offset += length;
    this.#left -= length;
    if (this.#left === 0) this.#finish(undefined);
  }

  write(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === 'end') {
        this.#offset += chunk.length - at;
        return;
      }
      const take = Math.min(this.#left, chunk.length - at);
      const isKept = this.#state !== 'skip' && this.#state !== 'padding' && this.#state !== 'stream';
      if (this.#state === 'stream' && this.#entry !== undefined)
        this.#sink.part?.(this.#entry, chunk.subarray(at, at + take), this.#left - take);
      if (isKept && take === this.#left && this.#heldLength === 0) {
        // The whole of it lies in this chunk: no copy.
        this.#left = 0;
        this.#offset += take;
        this.#finish(chunk.subarray(at, at + take));
      } else {
        if (isKept) this.#hold(chunk.subarray(at, at + take));
        this.#left -= take;
        this.#offset += take;
        if (this.#left === 0) this.#finish(isKept ? this.#release() : undefined);
      }
      at += take;
    }
  }

  /** Tells the scanner that nothing follows. Throws where the archive is cut off. */
  end(): void {
    if (this.#state === 'end') return;
    // One zero block, or none, at the end is accepted as Go does; anything begun is not.
    if (this.#state === 'header' && this.#heldLength === 0 && this.#pax === undefined && this.#longName === undefined)
      return;
    throw new TarError(
      this.#entry === undefined ? 'the archive is cut off' : `the archive is cut off inside "${this.#entry.name}"`,
      this.#offset,
    );
  }

  #hold(part: Buffer): void {
    // The caller may use its buffer again.
    this.#held.push(Buffer.from(part));
    this.#heldLength += part.length;
  }

  #release(): Buffer {
    const whole = this.#held.length === 1 && this.#held[0] !== undefined ? this.#held[0] : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldLength = 0;
    return whole;
  }

  #expect(state: State, length: number): void {
    this.#state = state;
    this.#left = length;
    if (length === 0) this.#finish(state === 'skip' || state === 'padding' ? undefined : Buffer.alloc(0));
  }

  #finish(data: Buffer | undefined): void {
    switch (this.#state) {
      case 'header':
        this.#readHeader(data ?? Buffer.alloc(0));
        return;
      case 'meta':
        this.#readMeta(data ?? Buffer.alloc(0));
        return;
      case 'sparse':
        this.#readSparse(data ?? Buffer.alloc(0));
        return;
      case 'capture':
        if (this.#entry !== undefined) this.#sink.body?.(this.#entry, data ?? Buffer.alloc(0));
        this.#skipRest(data?.length ?? 0);
        return;
      case 'skip':
      case 'stream':
        this.#pad();
        return;
      case 'padding':
        this.#entry = undefined;
        this.#expect('header', BLOCK);
        return;
      case 'end':
        return;
    }
  }

  #readHeader(block: Buffer): void {
    if (isZeroBlock(block, 0)) {
      this.#zeroBlocks++;
      if (this.#zeroBlocks === 2) this.#state = 'end';
      else this.#expect('header', BLOCK);
      return;
    }
    const offset = this.#offset - BLOCK;
    if (this.#zeroBlocks === 1) {
      // tar(1) stops here, Docker refuses: what follows is nobody's.
      this.notes.push(`data behind a single zero block at byte ${offset} of the archive is not read`);
      this.#state = 'end';
      return;
    }
    const header = parseHeader(block, 0, offset);
    this.#header = header;
    if (header.type === 'x' || header.type === 'g' || header.type === 'L' || header.type === 'K') {
      if (header.stored > this.#limits.meta)
        throw new TarError(`an extension header of more than ${this.#limits.meta} bytes`, offset);
      this.#expect('meta', header.stored);
    } else if (header.type === 'S') {
      // The map goes on in further blocks where byte 482 says so (GNU tar, sparse format 0).
      header.size = Number.parseInt(block.toString('latin1', 483, 495).replace(/[^0-7].*$/s, ''), 8) || header.size;
      this.#sparseBlocks = 0;
      if (block[482] === 1) this.#expect('sparse', BLOCK);
      else this.#announce();
    } else this.#announce();
  }

  #readSparse(block: Buffer): void {
    if (++this.#sparseBlocks > MAX_SPARSE_BLOCKS) throw new TarError('a sparse map without end', this.#offset);
    if (block[504] === 1) this.#expect('sparse', BLOCK);
    else this.#announce();
  }

  #readMeta(body: Buffer): void {
    const header = this.#header;
    const offset = this.#offset - body.length;
    switch (header?.type) {
      case 'x':
        this.#pax = parsePax(body, offset);
        break;
      case 'L':
        this.#longName = untilNul(body);
        break;
      case 'K':
        this.#longLink = untilNul(body);
        break;
      default:
        // Global headers are legal, and Docker's reader applies none of them.
        parsePax(body, offset);
    }
    this.#pad();
  }

  /** Settles what extension headers say of an entry, and tells of it. */
  #announce(): void {
    const header = this.#header;
    if (header === undefined) return;
    const pax = this.#pax;
    if (pax !== undefined) this.#merge(header, pax);
    // Where an archive gives both, tar(1) takes PAX's name and Go takes GNU's.
    if (this.#longName !== undefined) {
      if (pax?.get('path')) this.notes.push(`an entry with two names: "${header.name}" and "${this.#longName}"`);
      else header.name = this.#longName;
    }
    if (this.#longLink !== undefined && !pax?.get('linkpath')) header.linkname = this.#longLink;
    this.#pax = undefined;
    this.#longName = undefined;
    this.#longLink = undefined;
    if (header.name.length > this.#limits.name || header.linkname.length > this.#limits.name)
      throw new TarError(`a name of more than ${this.#limits.name} bytes`, this.#offset);
    if (header.type === '\0' || header.type === '7') header.type = header.name.endsWith('/') ? '5' : '0';
    if (isHeaderOnly(header.type)) {
      header.stored = 0;
      header.size = 0;
    }
    if (++this.#entries > this.#limits.entries)
      throw new TarError(`more than ${this.#limits.entries} entries`, this.#offset);
    const entry: TarEntry = { ...header, bodyOffset: this.#offset, attributes: attributesOf(pax) };
    this.#entry = entry;
    const wish = this.#sink.entry(entry);
    const wanted = wish === 'stream' ? 0 : Math.min(wish, entry.stored);
    if (wish === 'stream' && entry.stored > 0) this.#expect('stream', entry.stored);
    else if (wanted > 0) this.#expect('capture', wanted);
    else this.#skipRest(0);
  }

  #merge(header: TarHeader, pax: ReadonlyMap<string, string>): void {
    const decimal = (key: string): number | undefined => {
      const value = pax.get(key);
      if (value === undefined || value === '') return undefined;
      if (!/^-?\d+(?:\.\d*)?$/.test(value)) throw new TarError(`an unreadable PAX ${key}`, this.#offset);
      return Number(value);
    };
    header.name = pax.get('path') || header.name;
    header.linkname = pax.get('linkpath') || header.linkname;
    header.uid = decimal('uid') ?? header.uid;
    header.gid = decimal('gid') ?? header.gid;
    header.mtime = decimal('mtime') ?? header.mtime;
    const size = decimal('size');
    if (size !== undefined) {
      if (size < 0 || !Number.isSafeInteger(size)) throw new TarError('a PAX size that no file can have', this.#offset);
      header.stored = size;
      header.size = size;
    }
    // GNU's sparse files in PAX archives: the name and the size are the file's, the body is map and data.
    header.name = pax.get('GNU.sparse.name') || header.name;
    header.size = decimal('GNU.sparse.realsize') ?? decimal('GNU.sparse.size') ?? header.size;
  }

  #skipRest(taken: number): void {
    const stored = this.#entry?.stored ?? 0;
    if (stored > taken) this.#expect('skip', stored - taken);
    else this.#pad();
  }

  #pad(): void {
    // Of the header that was read last: an entry's own, or an extension's.
    const stored = this.#header?.stored ?? 0;
    this.#expect('padding', (BLOCK - (stored % BLOCK)) % BLOCK);
  }
}

function untilNul(body: Buffer): string {
  const end = body.indexOf(0);
  return body.toString('latin1', 0, end === -1 ? body.length : end);
}

const ATTRIBUTE = /^SCHILY\.xattr\.(.+)$/;

function attributesOf(pax: ReadonlyMap<string, string> | undefined): ReadonlyMap<string, string> | undefined {
  let attributes: Map<string, string> | undefined;
  for (const [key, value] of pax ?? []) {
    const name = ATTRIBUTE.exec(key)?.[1];
    if (name === undefined) continue;
    attributes ??= new Map();
    attributes.set(name, value);
  }
  return attributes;
}
