import type { Edit } from './edit.ts';
import type { Range } from './range.ts';

/** A text with the place of each of its characters in the file it was read from. */
export interface MappedText {
  readonly text: string;
  /** Where each character begins in the file. */
  readonly starts: readonly number[];
  /** Where it ends there: an escape such as `\n` or `$$` has more than one character. */
  readonly ends: readonly number[];
  /** Characters that stand for something else there, such as the value of a variable: they cannot be edited. */
  readonly fixed: readonly boolean[];
}

/** How a file of another format writes the text that is embedded in it. */
export interface Spelling {
  /** Escapes of the format, and of its variables: `$` as `$$`, a line ending as `\n`. */
  escape(text: string): string;
  /** What stands before each line; undefined where the text is written in one line. */
  readonly indent: string | undefined;
  /** Whether two characters are written otherwise side by side than each by itself, such as `$` and `{`; undefined: none are. */
  isPair?(left: string, right: string): boolean;
}

/** A piece of a text that is made of literals and variables. */
export interface Piece {
  readonly text: string;
  /** Offsets in the source. */
  readonly start: number;
  readonly end: number;
  /** It is the value of something, not what is written there. */
  readonly isFixed: boolean;
}

/** Characters that stand in the file as they are, from `start` on. */
export function plainText(text: string, start: number): MappedText {
  const starts = Array.from({ length: text.length }, (_, index) => start + index);
  return { text, starts, ends: starts.map((at) => at + 1), fixed: starts.map(() => false) };
}

/** A text of which only the place as a whole is known. */
export function placedText(text: string, { start, end }: Range): MappedText {
  const fill = <T>(value: T) => Array.from({ length: text.length }, () => value);
  return { text, starts: fill(start), ends: fill(end), fixed: fill(true) };
}

/** The text that pieces of a mapped one make together. A piece of the same length as its source is taken character by character. */
export function assembled(source: MappedText, pieces: readonly Piece[]): MappedText {
  const made = { text: '', starts: [] as number[], ends: [] as number[], fixed: [] as boolean[] };
  for (const { text, start, end, isFixed } of pieces) {
    made.text += text;
    const isPlain = !isFixed && text.length === end - start;
    for (let index = 0; index < text.length; index++) {
      const [first, last] = isPlain ? [start + index, start + index] : [start, Math.max(start, end - 1)];
      made.starts.push(source.starts[first] ?? 0);
      made.ends.push(source.ends[last] ?? 0);
      made.fixed.push(isFixed || (source.fixed[first] ?? true));
    }
  }
  return made;
}

/** A Dockerfile that stands in a file of another format, with the way back: places and edits of it as those of the file. */
export class EmbeddedText {
  readonly text: string;
  /** Where it stands in the file, the indentation of its first line with it. */
  readonly place: Range;
  readonly #map: MappedText;
  readonly #spelling: Spelling;

  constructor(map: MappedText, spelling: Spelling, place: Range) {
    this.text = map.text;
    this.place = place;
    this.#map = map;
    this.#spelling = spelling;
  }

  /** What stands for something else in the file, put together. */
  get fixedText(): string {
    return this.text.replace(/[\s\S]/g, (char, index) => (this.#map.fixed[index] ? char : ' '));
  }

  /** Whether a range is nothing but a variable whose value is not known. */
  isUnknown({ start, end }: Range): boolean {
    return !this.#map.fixed.slice(start, end).includes(false) && /^\$\{\w+\}$/.test(this.text.slice(start, end));
  }

  /** A range of the text as one of the file. */
  range({ start, end }: Range): Range {
    const from = this.#startOf(start);
    return { start: from, end: end > start ? this.#endOf(end) : from };
  }

  /** The way back: a range of the file as one of the text; undefined where it does not stand there. */
  inner({ start, end }: Range): Range | undefined {
    const { place } = this;
    const { starts, ends } = this.#map;
    if (start < place.start || end > place.end) return undefined;
    if (start === end) {
      const at = starts.findIndex((other) => other >= start);
      return { start: at === -1 ? this.text.length : at, end: at === -1 ? this.text.length : at };
    }
    const from = ends.findIndex((at) => at > start);
    const to = starts.findLastIndex((at) => at < end);
    if (from === -1 || to < from) return undefined;
    return { start: from, end: to + 1 };
  }

  /** The same change in the file; undefined where it touches what is not written there. */
  edit({ range: { start, end }, text }: Edit): Edit | undefined {
    const { fixed, starts } = this.#map;
    if (fixed.slice(start, end).includes(true)) return undefined;
    if (start > 0 && fixed[start - 1] && fixed[start] && starts[start - 1] === starts[start]) return undefined;
    // A last line ending that the file does not have cannot be written behind.
    if (start === this.text.length && fixed.at(-1)) return undefined;
    if (this.#breaksPair(start, end, text)) return undefined;
    const { indent } = this.#spelling;
    if (indent === undefined) return { range: this.range({ start, end }), text: this.#spelling.escape(text) };
    const beginsLine = this.#isLineStart(start);
    // What is left of the last line follows on the edit's last line, or begins a line of its own, whose indentation stays.
    const keepsNext = this.#isLineStart(end) && (text === '' ? beginsLine : text.endsWith('\n'));
    const isRestEmpty = end === this.text.length || this.text[end] === '\n';
    const lines = this.#spelling.escape(text).split('\n');
    const written = lines.map((line, index) => {
      const isFirst = index === 0;
      const isLast = index === lines.length - 1;
      if (isFirst && !beginsLine) return line;
      const isBlank = /^\r?$/.test(line) && (isLast ? keepsNext || isRestEmpty : true);
      return isBlank ? line : indent + line;
    });
    return {
      range: {
        start: beginsLine ? this.#lineStart(start) : this.#startOf(start),
        end: keepsNext ? this.#lineStart(end) : this.#isLineStart(end) ? this.#startOf(end) : this.#endOf(end),
      },
      text: written.join('\n'),
    };
  }

  /** Whether an edit parts a pair, or makes one at its ends. */
  #breaksPair(start: number, end: number, text: string): boolean {
    const { isPair = () => false } = this.#spelling;
    const [before = '', first = ''] = [this.text[start - 1], this.text[start]];
    const [last = '', after = ''] = [this.text[end - 1], this.text[end]];
    return (
      isPair(before, first) ||
      isPair(last, after) ||
      isPair(before, text[0] ?? after) ||
      isPair(text.at(-1) ?? before, after)
    );
  }

  #isLineStart(offset: number): boolean {
    return offset === 0 || this.text[offset - 1] === '\n';
  }

  /** Where the line of the file begins, its indentation with it. */
  #lineStart(offset: number): number {
    return offset === 0 ? this.place.start : this.#endOf(offset);
  }

  #startOf(offset: number): number {
    return this.#map.starts[offset] ?? this.place.end;
  }

  #endOf(offset: number): number {
    return this.#map.ends[offset - 1] ?? this.place.end;
  }
}
