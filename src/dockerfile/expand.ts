import { MAX_GLOB_VALUE, parseGlob, replaceGlob, trimPrefix, trimSuffix } from './glob.ts';
import { isSpace } from './lexer.ts';

/** What is known of a variable: its text, and whether that text is certain (no unknown part stands in it as `$NAME`). */
export interface Value {
  readonly text: string;
  readonly known: boolean;
  /** Declared without a value (`ARG NAME`): unknown, but a `:-` default is what an ordinary build takes. */
  readonly absent?: boolean;
}

/** `undefined`: the variable is certainly not set. */
export type Lookup = (name: string) => Value | undefined;

export interface ExpandOptions {
  readonly escape: string;
  /** Keep quote characters in the result. */
  readonly rawQuotes?: boolean;
  /** Keep escape characters in the result. */
  readonly rawEscapes?: boolean;
  /** Quotes are ordinary characters: the text has been unquoted already. */
  readonly keepQuotes?: boolean;
  /** Leave unset variables as they are written. */
  readonly keepUnset?: boolean;
}

/** One `$NAME` or `${NAME…}` of the text: offsets include the dollar sign and braces. */
export interface Reference {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** `-`, `:-`, `+`, `:+`, `?`, `:?`, `#`, `##`, `%`, `%%`, `/`, `//`, or undefined for the plain forms. */
  readonly modifier: string | undefined;
}

export interface ExpandedWord {
  readonly text: string;
  /** Offset of the word's first character in the source. */
  readonly start: number;
  readonly end: number;
}

export interface Expansion {
  readonly text: string;
  readonly words: readonly ExpandedWord[];
  readonly known: boolean;
  readonly references: readonly Reference[];
  /** Set where BuildKit refuses the text; then `text` is the source as written and there are no words. */
  readonly error: string | undefined;
}

/**
 * Expands quotes, escapes and variables of Dockerfile text (not of shell text) as BuildKit does: the Dockerfile reference,
 * "Environment replacement". Never throws.
 */
export function expand(source: string, lookup: Lookup, options: ExpandOptions): Expansion {
  // Most arguments hold nothing to expand.
  if (!/[$'"\s]/.test(source) && !source.includes(options.escape)) {
    const words = source === '' ? [] : [{ text: source, start: 0, end: source.length }];
    return { text: source, words, known: true, references: [], error: undefined };
  }
  const run = new ExpandRun(source, lookup, options);
  try {
    const text = run.until(undefined, options.rawEscapes ?? false, true);
    return { text, words: run.words, known: run.known, references: run.references, error: undefined };
  } catch (error) {
    if (!(error instanceof ExpandError)) throw error;
    return { text: source, words: [], known: false, references: run.references, error: error.message };
  }
}

/** Values longer than this are let go, in UTF-16 units: a few lines of `A=$B$B` could fill the memory. */
const MAX_VALUE = 64 * 1024;

/** A value as it may be kept; one that is too long becomes an unknown one. */
export function bounded(value: Value): Value {
  return value.text.length > MAX_VALUE ? { text: '$', known: false } : value;
}

class ExpandError extends Error {}

/** A number, a special parameter, or letters, digits and underscores. */
const NAME = /[0-9]+|[@*#?\-$!]|[A-Za-z0-9_]*/y;

/** Go counts letters of all scripts. Rare, and this expression alone takes a millisecond to compile. */
function wideName(source: string, at: number): string {
  const wide = /[\p{L}\p{Nd}_]*/uy;
  wide.lastIndex = at;
  return wide.exec(source)?.[0] ?? '';
}

/** Nesting of `${a:-${b:-…}}` beyond this is refused instead of followed. */
const MAX_DEPTH = 100;

class ExpandRun {
  readonly words: ExpandedWord[] = [];
  readonly references: Reference[] = [];
  known = true;
  readonly #source: string;
  readonly #lookup: Lookup;
  readonly #options: ExpandOptions;
  #at = 0;
  #depth = 0;
  #rawEscapes = false;
  #word = '';
  #wordStart = -1;
  #wordEnd = 0;

  constructor(source: string, lookup: Lookup, options: ExpandOptions) {
    this.#source = source;
    this.#lookup = lookup;
    this.#options = options;
  }

  /** Reads up to `stop` (consumed) or the end. Words are collected on the outermost level only. */
  until(stop: string | undefined, rawEscapes: boolean, outermost: boolean): string {
    const before = this.#rawEscapes;
    this.#rawEscapes = rawEscapes;
    let result = '';
    while (this.#at < this.#source.length) {
      const start = this.#at;
      const char = this.#source[this.#at] ?? '';
      if (char === stop) {
        this.#at++;
        this.#rawEscapes = before;
        return result;
      }
      const isQuote = (char === "'" || char === '"') && !this.#options.keepQuotes;
      if (isQuote || char === '$') {
        const text = char === "'" ? this.#single() : char === '"' ? this.#double() : this.#dollar();
        result += text;
        if (outermost) this.#addToWord(text, start, char === '$');
        continue;
      }
      this.#at++;
      if (char !== this.#options.escape) {
        result += char;
        if (outermost) this.#addToWord(char, start, true);
        continue;
      }
      if (this.#rawEscapes) {
        result += char;
        if (outermost) this.#addToWord(char, start, false);
      }
      const next = this.#source[this.#at];
      if (next === undefined) break;
      this.#at++;
      result += next;
      if (outermost) this.#addToWord(next, start, false);
    }
    if (stop !== undefined) throw new ExpandError(`"${stop}" is missing`);
    if (outermost) this.#endWord();
    this.#rawEscapes = before;
    return result;
  }

  #addToWord(text: string, start: number, splits: boolean): void {
    if (!splits) {
      if (this.#wordStart < 0) this.#wordStart = start;
      this.#word += text;
      this.#wordEnd = this.#at;
      return;
    }
    for (const char of text) {
      if (isSpace(char)) this.#endWord();
      else {
        if (this.#wordStart < 0) this.#wordStart = start;
        this.#word += char;
        this.#wordEnd = this.#at;
      }
    }
  }

  #endWord(): void {
    if (this.#word.length > 0) this.words.push({ text: this.#word, start: this.#wordStart, end: this.#wordEnd });
    this.#word = '';
    this.#wordStart = -1;
  }

  #single(): string {
    const close = this.#source.indexOf("'", this.#at + 1);
    if (close === -1) throw new ExpandError("a single quote (') is not closed");
    const text = this.#source.slice(this.#at + 1, close);
    this.#at = close + 1;
    return this.#options.rawQuotes ? `'${text}'` : text;
  }

  #double(): string {
    this.#at++;
    const quote = this.#options.rawQuotes ? '"' : '';
    let result = quote;
    for (;;) {
      const char = this.#source[this.#at];
      if (char === undefined) throw new ExpandError('a double quote (") is not closed');
      if (char === '"') {
        this.#at++;
        return result + quote;
      }
      if (char === '$') {
        result += this.#dollar();
        continue;
      }
      this.#at++;
      if (char !== this.#options.escape) {
        result += char;
        continue;
      }
      if (this.#rawEscapes) result += char;
      const next = this.#source[this.#at];
      if (next === undefined) continue;
      // Only these can be escaped inside double quotes; before others the escape character stays.
      if (next === '"' || next === '$' || next === this.#options.escape) {
        this.#at++;
        result += next;
      } else result += char;
    }
  }

  #dollar(): string {
    const start = this.#at++;
    if (this.#source[this.#at] !== '{') {
      const name = this.#name();
      if (name === '') return '$';
      this.references.push({ name, start, end: this.#at, modifier: undefined });
      return this.#plain(name, `$${name}`);
    }
    this.#at++;
    const first = this.#source[this.#at];
    if (first === undefined) throw new ExpandError('"}" is missing');
    if (first === '{' || first === '}' || first === ':') throw new ExpandError('"${" is not followed by a name');
    const name = this.#name();
    const char = this.#source[this.#at++];
    if (char === '}') {
      this.references.push({ name, start, end: this.#at, modifier: undefined });
      return this.#plain(name, `\${${name}}`);
    }
    if (++this.#depth > MAX_DEPTH) throw new ExpandError('"${" is nested too deeply');
    const result = char === '/' ? this.#replace(name, start) : this.#modified(name, char, start);
    this.#depth--;
    return result;
  }

  #plain(name: string, written: string): string {
    const value = this.#lookup(name);
    if (value === undefined) return this.#options.keepUnset ? written : '';
    if (!value.known) this.known = false;
    return value.text;
  }

  #modified(name: string, char: string | undefined, start: number): string {
    let operator = char ?? '';
    const nullIsUnset = char === ':';
    if (nullIsUnset) operator = this.#source[this.#at++] ?? '';
    if (!'+-?#%'.includes(operator) || operator === '')
      throw new ExpandError(`\${${name}${char ?? ''} is not an expansion`);
    let word = this.until('}', operator === '#' || operator === '%', false);
    const longest = (operator === '#' || operator === '%') && word.startsWith(operator);
    const modifier = (nullIsUnset ? ':' : '') + operator + (longest ? operator : '');
    this.references.push({ name, start, end: this.#at, modifier });
    const value = this.#lookup(name);
    if (value === undefined && this.#options.keepUnset) return `\${${name}${nullIsUnset ? ':' : ''}${operator}${word}}`;
    if (value?.absent && operator === '-') return word;
    if (value !== undefined && !value.known) return this.#unknown(start);
    const isSet = value !== undefined && !(nullIsUnset && value.text === '');
    const text = value?.text ?? '';
    switch (operator) {
      case '-':
        return isSet ? text : word;
      case '+':
        return isSet ? word : '';
      case '?':
        if (!isSet) throw new ExpandError(`${name}: ${word || 'is not set'}`);
        return text;
    }
    if (longest) word = word.slice(1);
    const atoms = parseGlob(word);
    if (atoms === undefined) throw new ExpandError(`"${word}" is not a pattern`);
    if (text.length > MAX_GLOB_VALUE) return this.#unknown(start);
    return operator === '#' ? trimPrefix(atoms, text, longest) : trimSuffix(atoms, text, longest);
  }

  #replace(name: string, start: number): string {
    const all = this.#source[this.#at] === '/';
    if (all) this.#at++;
    const pattern = this.until('/', true, false);
    const replacement = this.until('}', true, false);
    this.references.push({ name, start, end: this.#at, modifier: all ? '//' : '/' });
    const value = this.#lookup(name);
    if (value === undefined && this.#options.keepUnset) return `\${${name}/${pattern}/${replacement}}`;
    if (value !== undefined && !value.known) return this.#unknown(start);
    const atoms = parseGlob(pattern);
    if (atoms === undefined) throw new ExpandError(`"${pattern}" is not a pattern`);
    const text = value?.text ?? '';
    if (text.length > MAX_GLOB_VALUE) return this.#unknown(start);
    return replaceGlob(atoms, text, replacement, all);
  }

  /** The expansion as written: its value depends on something that is not known here. */
  #unknown(start: number): string {
    this.known = false;
    return this.#source.slice(start, this.#at);
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    let name = NAME.exec(this.#source)?.[0] ?? '';
    if (!/^[0-9@*#?\-$!]/.test(name) && this.#source.charCodeAt(this.#at + name.length) > 0x7f)
      name = wideName(this.#source, this.#at);
    this.#at += name.length;
    return name;
  }
}
