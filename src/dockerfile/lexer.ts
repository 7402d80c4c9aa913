import { type SliceMap, SliceMapBuilder } from './slice-map.ts';

/** A piece of a logical line: its text after quote removal (where the form removes quotes) and its logical offsets. */
export interface Lexeme {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** White space as BuildKit (Go's unicode.IsSpace) counts it. */
export function isSpace(char: string): boolean {
  const code = char.charCodeAt(0);
  if (code < 0x85) return code === 0x20 || (code >= 9 && code <= 13);
  return /[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/.test(char);
}

/** First offset at or after `start` that holds no white space; `end` where there is none. */
export function skipSpace(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isSpace(text[at] ?? '')) at++;
  return at;
}

/** End of `[start, end)` without trailing white space. */
export function trimEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isSpace(text[at - 1] ?? '')) at--;
  return at;
}

/** Splits at runs of blanks. No-break spaces do not separate words here, as in BuildKit. */
export function splitBlanks(text: string, start: number, end: number): Lexeme[] {
  const words: Lexeme[] = [];
  const blank = /[\t\v\f\r ]+/g;
  let at = start;
  while (at <= end) {
    blank.lastIndex = at;
    const gap = blank.exec(text);
    const stop = gap === null || gap.index >= end ? end : gap.index;
    words.push({ text: text.slice(at, stop), start: at, end: stop });
    if (stop === end) break;
    at = blank.lastIndex;
  }
  return words;
}

/**
 * Words of ENV, LABEL and ARG: separated by white space, with quotes and escapes kept in the text (they are taken off when
 * the value is expanded).
 */
export function splitWords(text: string, start: number, end: number, escape: string): Lexeme[] {
  const words: Lexeme[] = [];
  let at = skipSpace(text, start, end);
  while (at < end) {
    const from = at;
    let word = '';
    let quoted = false;
    let quote = '';
    for (; at < end; at++) {
      const char = text[at] ?? '';
      if (quote === '' && isSpace(char)) break;
      if (char === escape && quote !== "'") {
        if (at + 1 >= end) {
          // An escape at the very end is dropped; inside quotes it ends them.
          quote = '';
          continue;
        }
        word += char + text[++at];
        continue;
      }
      if (quote === '' && (char === "'" || char === '"')) {
        quote = char;
        quoted = true;
      } else if (char === quote) quote = '';
      word += char;
    }
    if (quoted || word.length > 0) words.push({ text: word, start: from, end: at });
    at = skipSpace(text, at, end);
  }
  return words;
}

/**
 * Flags before the arguments: words that start with `--`, quotes and backslashes taken off. A lone `--` ends them.
 * `rest` is the offset where the arguments start.
 */
export function splitFlags(text: string, start: number, end: number): { flags: Lexeme[]; rest: number } {
  const flags: Lexeme[] = [];
  let at = start;
  for (;;) {
    at = skipSpace(text, at, end);
    if (at >= end || !text.startsWith('--', at) || at + 1 >= end) return { flags, rest: at };
    const from = at;
    let word = '';
    let quoted = false;
    let quote = '';
    for (; at < end; at++) {
      const char = text[at] ?? '';
      if (quote === '' && isSpace(char)) break;
      if (char === '\\') {
        if (at + 1 >= end) {
          quote = '';
          continue;
        }
        word += text[++at];
      } else if (quote === '' && (char === "'" || char === '"')) {
        quote = char;
        quoted = true;
      } else if (quote !== '' && char === quote) quote = '';
      else word += char;
    }
    if (word === '--') return { flags, rest: at };
    if (quoted || word.length > 0) flags.push({ text: word, start: from, end: at });
  }
}

/** A string of a JSON array: its decoded text, mapped back to the file, and where the literal stands (quotes included). */
export interface JsonString {
  readonly map: SliceMap;
  readonly start: number;
  readonly end: number;
}

/**
 * The strings of a JSON array, or why the text is none. `mixed`: valid JSON with an element that is no string, which
 * BuildKit refuses; anything else that is not JSON is shell text.
 */
export function parseJsonStrings(
  line: SliceMap,
  start: number,
  end: number,
): readonly JsonString[] | 'mixed' | 'not-json' {
  const text = line.text.slice(start, end);
  if (!text.startsWith('[')) return 'not-json';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not-json';
  }
  if (!Array.isArray(value)) return 'not-json';
  if (!value.every((element) => typeof element === 'string')) return 'mixed';
  const strings: JsonString[] = [];
  for (const literal of text.matchAll(/"(?:[^"\\]|\\.)*"/g)) {
    const from = start + literal.index;
    strings.push({
      map: decodeJson(line, from + 1, from + literal[0].length - 1),
      start: from,
      end: from + literal[0].length,
    });
  }
  return strings;
}

function decodeJson(line: SliceMap, start: number, end: number): SliceMap {
  if (line.text.indexOf('\\', start) === -1 || line.text.indexOf('\\', start) >= end) return line.sub(start, end);
  const builder = new SliceMapBuilder();
  if (start === end) builder.push('', line.at(start));
  for (let at = start; at < end; ) {
    const width = line.text[at] !== '\\' ? 1 : line.text[at + 1] === 'u' ? 6 : 2;
    const raw = line.text.slice(at, at + width);
    builder.push(width === 1 ? raw : (JSON.parse(`"${raw}"`) as string), line.at(at));
    at += width;
  }
  return builder.build();
}

/** A word of a logical line without one pair of quotes around the whole of it. */
export function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, '$2');
}
