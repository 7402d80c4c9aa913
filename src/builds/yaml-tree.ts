import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Scalar } from 'yaml';
import { type MappedText, placedText, plainText } from '../dockerfile/embedded.ts';
import type { Range } from '../dockerfile/range.ts';

/** A file as it was read. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Leaf {
  readonly kind: 'leaf';
  readonly value: unknown;
  /** As it is written. */
  readonly source: string;
  readonly file: SourceFile;
  /** 1-based. */
  readonly line: number;
  readonly scalar: Scalar;
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly Tree[];
}

export interface Mapping {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Tree>;
}

/** What a YAML or JSON file says, aliases and merge keys followed; `tag` is one of the file's own, such as `!reset`. */
export type Tree = (Leaf | List | Mapping) & { readonly tag?: string | undefined };

/** Deeper than this nothing is read: an alias may lead back to what it stands in. */
const MAX_DEPTH = 40;

/** Reads YAML, and JSON as a part of it. Returns a line for people where it does not read. */
export function readTree(file: SourceFile): Tree | string {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, logLevel: 'silent', uniqueKeys: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    return `${file.path}:${line}:${col}: ${error.message.split(/ at line |:?\n/)[0]}`;
  }
  const treeOf = (node: unknown, depth: number): Tree => {
    if (depth > MAX_DEPTH) return { kind: 'list', items: [] };
    const tag = (node as { tag?: string } | null)?.tag;
    if (isAlias(node)) return treeOf(node.resolve(document), depth + 1);
    if (isSeq(node)) return { kind: 'list', tag, items: node.items.map((item) => treeOf(item, depth + 1)) };
    if (isMap(node)) {
      const entries = new Map<string, Tree>();
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : '';
        const tree = treeOf(value, depth + 1);
        if (name !== '<<') {
          entries.set(name, tree);
          continue;
        }
        // What the map says itself holds, wherever it stands (YAML merge key).
        const merged = tree.kind === 'list' ? tree.items : [tree];
        const own = new Set(node.items.map((pair) => (isScalar(pair.key) ? String(pair.key.value) : '')));
        for (const other of merged)
          if (other.kind === 'map')
            for (const [inherited, inheritedTree] of other.entries)
              if (!own.has(inherited) && !entries.has(inherited)) entries.set(inherited, inheritedTree);
      }
      return { kind: 'map', tag, entries };
    }
    const scalar = node as Scalar;
    const [start = 0, end = 0] = scalar?.range ?? [];
    const { line } = lines.linePos(start);
    return {
      kind: 'leaf',
      tag,
      value: scalar?.value ?? null,
      source: file.text.slice(start, end),
      file,
      line,
      scalar,
    };
  };
  return treeOf(document.contents, 0);
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
      const block = literalBlock(source, start);
      return block?.map.text === text ? block : unmapped;
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
function literalBlock(source: string, start: number): MappedScalar | undefined {
  const header = /^\|([-+]?)[ \t]*(?:#[^\n]*)?\r?\n/.exec(source);
  if (header === null) return undefined;
  const indent = /^(?:[ \t]*\r?\n)*( *)/.exec(source.slice(header[0].length))?.[1] ?? '';
  const map = { text: '', starts: [] as number[], ends: [] as number[], fixed: [] as boolean[] };
  const add = (char: string, at: number, width: number) => {
    map.text += char;
    map.starts.push(start + at);
    map.ends.push(start + at + width);
    map.fixed.push(false);
  };
  let at = header[0].length;
  for (const line of source.slice(at).match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const content = line.replace(/\r?\n$/, '');
    for (let index = Math.min(indent.length, content.length); index < content.length; index++)
      add(content[index] ?? '', at + index, 1);
    if (content.length < line.length) add('\n', at + content.length, line.length - content.length);
    at += line.length;
  }
  // Chomping: `-` leaves no line ending, the usual one leaves one.
  const kept = header[1] === '+' ? map.text : map.text.replace(/\n+$/, header[1] === '-' ? '' : '\n');
  const cut = (list: readonly number[]) => list.slice(0, kept.length);
  const shortened = {
    text: kept,
    starts: cut(map.starts),
    ends: cut(map.ends),
    fixed: map.fixed.slice(0, kept.length),
  };
  const begin = start + header[0].length;
  return { map: shortened, indent, place: { start: begin, end: shortened.ends.at(-1) ?? begin } };
}

/** What stands in double quotes on one line, with JSON's escapes. */
function quotedText(source: string, start: number): MappedText | undefined {
  const map = { text: '', starts: [] as number[], ends: [] as number[], fixed: [] as boolean[] };
  for (const { 0: written, index } of source.slice(1, -1).matchAll(/\\u[\da-fA-F]{4}|\\.|[^\\]/gs)) {
    let char = written;
    try {
      if (written.startsWith('\\')) char = JSON.parse(`"${written}"`);
    } catch {
      return undefined;
    }
    map.text += char;
    map.starts.push(start + 1 + index);
    map.ends.push(start + 1 + index + written.length);
    map.fixed.push(false);
  }
  return map;
}
