import { lastAtOrBefore, type Range } from './range.ts';

/**
 * Text put together from slices of the file (a logical line, a heredoc body, the inside of a quoted word), with the way
 * back: every character knows the place in the file it came from.
 */
export class SliceMap {
  readonly text: string;
  /** Offset in `text` where slice i starts, ascending; the first is 0. */
  readonly #starts: readonly number[];
  /** Offset in the file where slice i starts. */
  readonly #sources: readonly number[];

  constructor(text: string, starts: readonly number[], sources: readonly number[]) {
    this.text = text;
    this.#starts = starts;
    this.#sources = sources;
  }

  /** File offset of the character at `offset`; for the end of the text, the place behind its last character. */
  at(offset: number): number {
    if (offset >= this.text.length && offset > 0) return this.endAt(offset);
    const slice = lastAtOrBefore(this.#starts, offset);
    return (this.#sources[slice] ?? 0) + offset - (this.#starts[slice] ?? 0);
  }

  /**
   * File offset of an end. It is taken from the character before: an insertion behind the last word of a physical line
   * must not land behind the continuation mark.
   */
  endAt(offset: number): number {
    if (offset <= 0) return this.#sources[0] ?? 0;
    const last = Math.min(offset, this.text.length) - 1;
    if (last < 0) return this.#sources[0] ?? 0;
    const slice = lastAtOrBefore(this.#starts, last);
    return (this.#sources[slice] ?? 0) + last - (this.#starts[slice] ?? 0) + 1;
  }

  /** File range of `[start, end)`; it covers what lies between the slices too. */
  range(start: number, end: number): Range {
    if (start >= end) {
      const at = this.at(start);
      return { start: at, end: at };
    }
    return { start: this.at(start), end: this.endAt(end) };
  }

  /** Whether the characters of `[start, end)` stand side by side in the file, so that an edit may replace them. */
  isWhole(start: number, end: number): boolean {
    const { start: from, end: to } = this.range(start, end);
    return to - from === end - start;
  }

  /** The part `[start, end)` as a map of its own. */
  sub(start: number, end: number): SliceMap {
    const builder = new SliceMapBuilder();
    builder.append(this, start, end);
    return builder.build();
  }

  /** Calls `visit` with each slice of `[start, end)`: its text and where it stands in the file. */
  forEachSlice(start: number, end: number, visit: (text: string, source: number) => void): void {
    const first = lastAtOrBefore(this.#starts, start);
    for (let slice = first; slice < this.#starts.length; slice++) {
      const sliceStart = this.#starts[slice] ?? 0;
      if (sliceStart >= end && slice > first) break;
      const from = Math.max(start, sliceStart);
      const to = Math.min(end, this.#starts[slice + 1] ?? this.text.length);
      visit(this.text.slice(from, to), (this.#sources[slice] ?? 0) + from - sliceStart);
    }
  }
}

/** Collects slices in order. Slices that continue one another in the file become one. */
export class SliceMapBuilder {
  readonly #parts: string[] = [];
  readonly #starts: number[] = [];
  readonly #sources: number[] = [];
  #length = 0;
  #nextSource = -1;

  get length(): number {
    return this.#length;
  }

  push(text: string, source: number): void {
    if (this.#starts.length === 0 || (text.length > 0 && source !== this.#nextSource)) {
      // An empty first slice only fixes the place; the first real one takes over from it.
      if (this.#length === 0) {
        this.#starts.length = 0;
        this.#sources.length = 0;
      }
      this.#starts.push(this.#length);
      this.#sources.push(source);
    }
    this.#parts.push(text);
    this.#length += text.length;
    this.#nextSource = source + text.length;
  }

  /** Adds the part `[start, end)` of another map. */
  append(map: SliceMap, start: number, end: number): void {
    map.forEachSlice(start, end, (text, source) => this.push(text, source));
  }

  build(): SliceMap {
    return new SliceMap(this.#parts.join(''), this.#starts, this.#sources);
  }
}
