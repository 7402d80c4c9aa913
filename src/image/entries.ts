import type { TarEntry } from './tar-scanner.ts';

/** An entry of a layer. Names are byte strings. */
export type LayerEntry = Pick<
  TarEntry,
  'name' | 'linkname' | 'type' | 'mode' | 'uid' | 'gid' | 'mtime' | 'attributes'
> & {
  /** Bytes of its body in the layer. */
  readonly size: number;
};

/** What is known of a row of numbers, in the order it is kept. */
const FIELDS = 6;
const SIZE = 0;
const MTIME = 1;
const UID = 2;
const GID = 3;
const MODE = 4;
const TYPE = 5;

const ROWS = 1024;

/** Up to `ROWS` entries: their numbers, where each name and link name ends, and the names. */
interface Page {
  readonly numbers: Float64Array;
  readonly ends: Uint32Array;
  readonly text: Buffer;
}

/** The same as plain data that a thread can hand to another. */
export interface EntryData {
  readonly length: number;
  readonly pages: readonly { numbers: Float64Array; ends: Uint32Array; text: Uint8Array }[];
  readonly attributes: ReadonlyMap<number, NonNullable<LayerEntry['attributes']>>;
  readonly bodies: ReadonlyMap<number, Uint8Array>;
}

/**
 * The entries of a layer, in order, kept as columns: an object for each would take five times the memory, and copying them
 * from thread to thread longer than reading them.
 */
export class LayerEntries implements Iterable<LayerEntry> {
  readonly #pages: Page[] = [];
  /** Entries that do not fill a page yet. */
  #open: LayerEntry[] = [];
  #length = 0;
  #size = 0;
  #textLength = 0;
  readonly #attributes = new Map<number, NonNullable<LayerEntry['attributes']>>();
  readonly #bodies = new Map<number, Buffer>();

  static of(entries: Iterable<LayerEntry>): LayerEntries {
    const made = new LayerEntries();
    for (const entry of entries) made.push(entry);
    return made;
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of all bodies. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of all names, link names and attributes that were pushed here: what an archive can make large at no cost. */
  get textLength(): number {
    return this.#textLength;
  }

  /** Returns the row of the entry. All are pushed before any is read. */
  push(entry: LayerEntry): number {
    const row = this.#length++;
    if (row !== this.#pages.length * ROWS + this.#open.length) throw new RangeError('an entry after entries were read');
    this.#size += entry.size;
    this.#textLength += entry.name.length + entry.linkname.length;
    if (entry.attributes !== undefined) {
      this.#attributes.set(row, entry.attributes);
      for (const [name, value] of entry.attributes) this.#textLength += name.length + value.length;
    }
    this.#open.push(entry);
    if (this.#open.length === ROWS) this.#pack();
    return row;
  }

  /** Keeps a copy of an entry's body, whole or its beginning. */
  keep(row: number, body: Buffer): void {
    // Not in Buffer's pool, which could not be handed to another thread.
    const copy = Buffer.alloc(body.length);
    body.copy(copy);
    this.#bodies.set(row, copy);
  }

  /** The body, or its beginning, where it was wanted. */
  body(row: number): Buffer | undefined {
    return this.#bodies.get(row);
  }

  /** Bytes of the body in the layer. */
  sizeOf(row: number): number {
    return this.#number(row, SIZE);
  }

  mtime(row: number): number {
    return this.#number(row, MTIME);
  }

  uid(row: number): number {
    return this.#number(row, UID);
  }

  gid(row: number): number {
    return this.#number(row, GID);
  }

  mode(row: number): number {
    return this.#number(row, MODE);
  }

  type(row: number): string {
    return String.fromCharCode(this.#number(row, TYPE));
  }

  name(row: number): string {
    const { ends, text } = this.#page(row);
    const at = (row % ROWS) * 2;
    return text.toString('latin1', at === 0 ? 0 : ends[at - 1], ends[at]);
  }

  linkname(row: number): string {
    const { ends, text } = this.#page(row);
    const at = (row % ROWS) * 2;
    return text.toString('latin1', ends[at], ends[at + 1]);
  }

  /** Extended attributes: byte strings by name. */
  attributes(row: number): LayerEntry['attributes'] {
    return this.#attributes.get(row);
  }

  *[Symbol.iterator](): Generator<LayerEntry> {
    for (let row = 0; row < this.#length; row++)
      yield {
        name: this.name(row),
        linkname: this.linkname(row),
        type: this.type(row),
        mode: this.mode(row),
        uid: this.uid(row),
        gid: this.gid(row),
        mtime: this.mtime(row),
        size: this.sizeOf(row),
        attributes: this.attributes(row),
      };
  }

  /** Plain data with the buffers that may be transferred instead of copied; the entries are gone from here then. */
  toData(): { readonly data: EntryData; readonly buffers: ArrayBuffer[] } {
    this.#pack();
    const data = { length: this.#length, pages: this.#pages, attributes: this.#attributes, bodies: this.#bodies };
    const buffers = [
      ...this.#pages.flatMap(({ numbers, ends, text }) => [numbers.buffer, ends.buffer, text.buffer]),
      ...[...this.#bodies.values()].map(({ buffer }) => buffer),
    ];
    return { data, buffers: buffers.filter((buffer) => buffer instanceof ArrayBuffer) };
  }

  static fromData({ length, pages, attributes, bodies }: EntryData): LayerEntries {
    const made = new LayerEntries();
    for (const { numbers, ends, text } of pages) made.#pages.push({ numbers, ends, text: bufferOf(text) });
    made.#length = length;
    for (let row = 0; row < length; row++) made.#size += made.sizeOf(row);
    for (const [row, attribute] of attributes) made.#attributes.set(row, attribute);
    for (const [row, body] of bodies) made.#bodies.set(row, bufferOf(body));
    return made;
  }

  #number(row: number, field: number): number {
    return this.#page(row).numbers[(row % ROWS) * FIELDS + field] ?? 0;
  }

  #page(row: number): Page {
    if (this.#open.length > 0) this.#pack();
    const page = this.#pages[Math.floor(row / ROWS)];
    if (page === undefined) throw new RangeError('no such entry');
    return page;
  }

  #pack(): void {
    const entries = this.#open;
    if (entries.length === 0) return;
    this.#open = [];
    const numbers = new Float64Array(entries.length * FIELDS);
    const ends = new Uint32Array(entries.length * 2);
    const names: string[] = [];
    let end = 0;
    for (const [row, { name, linkname, type, mode, uid, gid, mtime, size }] of entries.entries()) {
      numbers.set([size, mtime, uid, gid, mode, type.charCodeAt(0)], row * FIELDS);
      names.push(name, linkname);
      ends[row * 2] = end += name.length;
      ends[row * 2 + 1] = end += linkname.length;
    }
    const text = Buffer.alloc(end);
    text.write(names.join(''), 'latin1');
    this.#pages.push({ numbers, ends, text });
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
