import type { Assignment, Word, WordPart } from 'unbash';
import type { Range } from '../dockerfile/range.ts';
import { type SliceMap, SliceMapBuilder } from '../dockerfile/slice-map.ts';
import type { ShellWord } from './script.ts';

const EXPANSIONS = new Set([
  'SimpleExpansion',
  'ParameterExpansion',
  'CommandExpansion',
  'ArithmeticExpansion',
  'ProcessSubstitution',
]);
const GLOBS = new Set(['Glob', 'ExtendedGlob', 'BraceExpansion']);

/** A word or assignment of the tree; what costs something is worked out when asked for. */
export class UnbashWord implements ShellWord {
  readonly #map: SliceMap;
  readonly #node: Word | Assignment;

  constructor(map: SliceMap, node: Word | Assignment) {
    this.#map = map;
    this.#node = node;
  }

  get text(): string {
    return this.#node.text;
  }

  get value(): string {
    if (this.#node.type === 'Word') return this.#node.value;
    const { name, value, append } = this.#node;
    return value.type === 'Word' ? `${name}${append ? '+' : ''}=${value.value}` : this.#node.text;
  }

  get #parts(): readonly WordPart[] {
    const word = this.#node.type === 'Word' ? this.#node : this.#node.value;
    return (word.type === 'Word' ? word.parts : undefined) ?? [];
  }

  get isLiteral(): boolean {
    return !this.#parts.some(
      (part) =>
        EXPANSIONS.has(part.type) ||
        (part.type === 'DoubleQuoted' && part.parts.some((child) => EXPANSIONS.has(child.type))),
    );
  }

  get hasGlob(): boolean {
    return this.#parts.some((part) => GLOBS.has(part.type));
  }

  get range(): Range {
    return this.#map.range(this.#node.pos, this.#node.end);
  }

  get isWhole(): boolean {
    return this.#map.isWhole(this.#node.pos, this.#node.end);
  }

  get valueMap(): SliceMap {
    const builder = new SliceMapBuilder();
    builder.push('', this.#map.at(this.#node.pos));
    const { pos, end } = this.#node;
    let at = pos;
    for (const part of this.#parts) {
      // An assignment's name and equals sign stand before the parts of its value.
      if (part.pos > at) unescape(this.#map, at, part.pos, /./s, builder);
      at = part.end;
      if (part.type === 'SingleQuoted') builder.append(this.#map, part.pos + 1, part.end - 1);
      else if (part.type === 'DoubleQuoted') {
        for (const child of part.parts) {
          if (child.type === 'Literal') unescape(this.#map, child.pos, child.end, /[$`"\\\n]/, builder);
          else builder.append(this.#map, child.pos, child.end);
        }
      } else if (part.type === 'AnsiCQuoted') {
        // Which escape made which character is not known: the opening quote stands for all, so nothing here is whole.
        for (const char of part.value) builder.push(char, this.#map.at(part.pos));
      } else if (part.type === 'Literal') unescape(this.#map, part.pos, part.end, /./s, builder);
      else builder.append(this.#map, part.pos, part.end);
    }
    if (at < end) unescape(this.#map, at, end, /./s, builder);
    return builder.build();
  }
}

/** Appends `[start, end)` with backslashes taken off before the characters they escape. */
function unescape(map: SliceMap, start: number, end: number, escapable: RegExp, builder: SliceMapBuilder): void {
  let from = start;
  for (let at = start; at < end; at++) {
    if (map.text[at] !== '\\' || !escapable.test(map.text[at + 1] ?? '')) continue;
    builder.append(map, from, at);
    from = at + 1;
    at++;
  }
  builder.append(map, from, end);
}
