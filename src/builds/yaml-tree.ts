import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { assembled, type MappedText, type Piece, placedText, plainText } from '../dockerfile/embedded.ts';
import type { Range } from '../dockerfile/range.ts';

/** A file as it was read. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A single value, or none. */
export interface Leaf {
  readonly kind: 'leaf';
  /** As YAML understands it; null where there is none. */
  readonly value: unknown;
  /** As it is written. */
  readonly source: string;
  readonly file: SourceFile;
  /** 1-based. */
  readonly line: number;
  readonly scalar: Scalar | undefined;
}

/** Values in an order. */
export interface List {
  readonly kind: 'list';
  readonly items: readonly Tree[];
}

/** Values by name. */
export interface Mapping {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Tree>;
}

/** What a YAML or JSON file says, aliases and merge keys followed; `tag` is one of the file's own, such as `!reset`. */
export type Tree = (Leaf | List | Mapping) & { readonly tag?: string | undefined };

/** Reads the documents of a file of YAML, or one of JSON as a part of it. Returns a line for people where it does not read. */
export function readTrees(file: SourceFile): readonly Tree[] | string {
  const lines = new LineCounter();
  const documents = parseAllDocuments(file.text, { lineCounter: lines, logLevel: 'silent', uniqueKeys: false });
  if (!Array.isArray(documents)) return [];
  const error = documents.flatMap(({ errors }) => errors)[0];
  if (error === undefined)
    return documents.map((document) => new TreeReader(file, lines, document).of(document.contents));
  const { line, col } = lines.linePos(error.pos[0]);
  const message = /call stack/.test(error.message) ? 'too deeply nested' : error.message.split(/ at line |:?\n/)[0];
  return `${file.path}:${line}:${col}: ${message}`;
}

const NOTHING: Tree = { kind: 'list', items: [] };

class TreeReader {
  readonly #file: SourceFile;
  readonly #lines: LineCounter;
  readonly #document: Document;
  /** An alias may lead back to what it stands in, and ten of ten aliases each make a billion: each node is read once. */
  readonly #read = new Map<unknown, Tree>();

  constructor(file: SourceFile, lines: LineCounter, document: Document) {
    this.#file = file;
    this.#lines = lines;
    this.#document = document;
  }

  of(node: unknown): Tree {
    const known = this.#read.get(node);
    if (known !== undefined) return known;
    this.#read.set(node, NOTHING);
    const tree = this.#make(node);
    this.#read.set(node, tree);
    return tree;
  }

  #make(node: unknown): Tree {
    if (isAlias(node)) return this.of(node.resolve(this.#document));
    const tag = (node as { tag?: string } | null)?.tag;
    if (isSeq(node)) return { kind: 'list', tag, items: node.items.map((item) => this.of(item)) };
    if (isMap(node)) return { kind: 'map', tag, entries: this.#entries(node) };
    const scalar = isScalar(node) ? node : undefined;
    const [start = 0, end = 0] = scalar?.range ?? [];
    const { line } = this.#lines.linePos(start);
    const source = this.#file.text.slice(start, end);
    return { kind: 'leaf', tag, value: scalar?.value ?? null, source, file: this.#file, line, scalar };
  }

  #entries({ items }: YAMLMap): Map<string, Tree> {
    const entries = new Map<string, Tree>();
    const nameOf = (key: unknown) => (isScalar(key) ? String(key.value) : '');
    const own = new Set(items.map(({ key }) => nameOf(key)));
    for (const { key, value } of items) {
      const name = nameOf(key);
      const tree = this.of(value);
      if (name !== '<<') {
        entries.set(name, tree);
        continue;
      }
      // What the map says itself holds, wherever it stands (YAML merge key).
      for (const other of itemsOf(tree))
        for (const [inherited, its] of entriesOf(other))
          if (!own.has(inherited) && !entries.has(inherited)) entries.set(inherited, its);
    }
    return entries;
  }
}

/** The value of a key of a mapping. */
export function entry(tree: Tree | undefined, name: string): Tree | undefined {
  return tree?.kind === 'map' ? tree.entries.get(name) : undefined;
}

/** The entries of a mapping; none for anything else. */
export function entriesOf(tree: Tree | undefined): readonly (readonly [string, Tree])[] {
  return tree?.kind === 'map' ? [...tree.entries] : [];
}

/** The items of a list; a single value is a list of one. */
export function itemsOf(tree: Tree | undefined): readonly Tree[] {
  if (tree === undefined) return [];
  return tree.kind === 'list' ? tree.items : [tree];
}

/** A scalar's text with the places of its characters in the file. */
interface MappedScalar {
  readonly map: MappedText;
  /** Of a block's lines. */
  readonly indent: string | undefined;
  readonly place: Range;
}

/** The text of a scalar with its places; as a whole where the file folds or wraps it. */
export function mappedScalar({ scalar, file, value }: Leaf): MappedScalar {
  const [start = 0, end = 0] = scalar?.range ?? [];
  const text = String(value);
  const source = file.text.slice(start, end);
  const whole = { start, end: start + source.trimEnd().length };
  const unmapped = { map: placedText(text, whole), indent: undefined, place: whole };
  switch (scalar?.type) {
    case 'BLOCK_LITERAL': {
      // With an indicator, or where the first lines are blank, more than the indentation may stand in front.
      for (let indent = firstIndent(source); indent >= 0; indent--) {
        const block = literalBlock(source, start, indent);
        if (block?.map.text === text) return block;
      }
      return unmapped;
    }
    case 'QUOTE_DOUBLE': {
      const map = quotedText(source, start);
      return map?.text === text ? { map, indent: undefined, place: { start: start + 1, end: end - 1 } } : unmapped;
    }
    default:
      return source === text ? { map: plainText(text, start), indent: undefined, place: { start, end } } : unmapped;
  }
}

/** The lines of `|`, without the indentation (YAML 1.2.2, 8.1). */
function literalBlock(source: string, start: number, indent: number): MappedScalar | undefined {
  const header = BLOCK_HEADER.exec(source);
  if (header === null) return undefined;
  const first = header[0].length;
  const chomping = /[-+]/.exec(header[0])?.[0];
  // `-` leaves no line ending, the usual one leaves one, `+` all.
  const all = source
    .slice(first)
    .replace(/(?:\r?\n[ \t]*)+$/, (end) => (chomping === '+' ? end : end.slice(0, end.indexOf('\n') + 1)));
  const content = chomping === '-' ? all.replace(/\r?\n$/, '') : all;
  const pieces: Piece[] = [];
  let at = first;
  for (const line of content.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const text = line.replace(/\r?\n$/, '');
    const cut = Math.min(indent, text.length);
    pieces.push({ text: text.slice(cut), start: at + cut, end: at + text.length, isFixed: false });
    if (text.length < line.length)
      pieces.push({ text: '\n', start: at + text.length, end: at + line.length, isFixed: false });
    at += line.length;
  }
  // The last line of a file may lack the ending that the text has.
  if (chomping !== '-' && !content.endsWith('\n')) pieces.push({ text: '\n', start: at, end: at, isFixed: true });
  const place = { start: start + first, end: start + at };
  return { map: assembled(plainText(source, start), pieces), indent: ' '.repeat(indent), place };
}

const BLOCK_HEADER = /^\|[-+\d]{0,2}[ \t]*(?:#[^\n]*)?\r?\n/;

/** How far the first line that is not blank stands in. */
function firstIndent(source: string): number {
  return /^[^\n]*\n(?:[ \t]*\r?\n)*( *)/.exec(source)?.[1]?.length ?? 0;
}

/** What stands in double quotes on one line, with JSON's escapes. */
function quotedText(source: string, start: number): MappedText | undefined {
  try {
    const pieces = [...source.slice(1, -1).matchAll(/\\u[\da-fA-F]{4}|\\.|[^\\]/gs)].map(({ 0: written, index }) => ({
      text: written.startsWith('\\') ? String(JSON.parse(`"${written}"`)) : written,
      start: index + 1,
      end: index + 1 + written.length,
      isFixed: false,
    }));
    return assembled(plainText(source, start), pieces);
  } catch {
    return undefined;
  }
}
