import { type ExpandedWord, expand } from './expand.ts';

/** A word such as `<<EOF`, `3<<-"EOF"`. */
export interface HeredocWord {
  readonly name: string;
  readonly chomp: boolean;
  readonly expands: boolean;
  readonly start: number;
  readonly end: number;
}

const UNSET = () => undefined;

/**
 * The heredocs that a line opens, in order. BuildKit splits the whole line into words without knowing the shell, so
 * `$((1 <<EOF))` opens one and `"<<EOF"` does not; a line it cannot split (an open quote) opens none.
 */
export function heredocsOfLine(line: string): HeredocWord[] | { readonly error: string } {
  const { words } = expand(line, UNSET, { escape: '\\', rawQuotes: true, rawEscapes: true, keepUnset: true });
  const heredocs: HeredocWord[] = [];
  for (const word of words) {
    const heredoc = parseHeredocWord(word);
    if (heredoc === undefined) continue;
    if ('error' in heredoc) return heredoc;
    heredocs.push(heredoc);
  }
  return heredocs;
}

/** Reads one word; undefined where it opens no heredoc. */
export function parseHeredocWord(word: ExpandedWord): HeredocWord | undefined | { readonly error: string } {
  const match = /^\d*<<(-?)([^<]+)$/.exec(word.text);
  if (match === null) return undefined;
  const rest = match[2] ?? '';
  const plain = expand(rest, UNSET, { escape: '\\', keepUnset: true });
  if (plain.error !== undefined) return { error: plain.error };
  const name = plain.words[0]?.text;
  if (name === undefined || plain.words.length !== 1) return undefined;
  const raw = expand(rest, UNSET, { escape: '\\', rawQuotes: true, rawEscapes: true, keepUnset: true });
  return { name, chomp: match[1] === '-', expands: raw.words[0]?.text === name, start: word.start, end: word.end };
}
