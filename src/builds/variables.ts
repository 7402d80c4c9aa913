import type { Piece } from '../dockerfile/embedded.ts';

/** A text of a Compose file with its variables filled in. */
export interface Interpolated {
  readonly text: string;
  readonly pieces: readonly Piece[];
  /** Variables whose values are not known; they stand in the text as `${NAME}`. */
  readonly unknown: readonly string[];
}

/** Defaults of defaults are followed that deep. */
const MAX_DEPTH = 50;

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;

/**
 * Fills in `$NAME` and `${NAME…}` as Compose does (Compose file reference, Interpolation): `$$` is a dollar sign, defaults and
 * replacements may hold variables themselves. What `variables` does not know is whatever the environment says.
 */
export function interpolate(text: string, variables: (name: string) => string | undefined, depth = 0): Interpolated {
  const pieces: Piece[] = [];
  const unknown: string[] = [];
  let plain = 0;
  const flush = (end: number) => {
    if (end > plain) pieces.push({ text: text.slice(plain, end), start: plain, end, isFixed: false });
  };
  for (let at = text.indexOf('$'); at !== -1; at = text.indexOf('$', plain)) {
    flush(at);
    if (text[at + 1] === '$') {
      pieces.push({ text: '$', start: at, end: at + 2, isFixed: false });
      plain = at + 2;
      continue;
    }
    const { end, value } = readVariable(text, at, variables, unknown, depth);
    pieces.push({ text: value, start: at, end, isFixed: end > at + 1 });
    plain = end;
  }
  flush(text.length);
  return { text: pieces.map((piece) => piece.text).join(''), pieces, unknown };
}

function readVariable(
  text: string,
  at: number,
  variables: (name: string) => string | undefined,
  unknown: string[],
  depth: number,
): { end: number; value: string } {
  const isBraced = text[at + 1] === '{';
  NAME.lastIndex = at + (isBraced ? 2 : 1);
  const name = NAME.exec(text)?.[0];
  if (name === undefined) return { end: at + 1, value: '$' };
  const end = NAME.lastIndex;
  const value = variables(name);
  const unset = () => {
    unknown.push(name);
    return `\${${name}}`;
  };
  if (!isBraced) return { end, value: value ?? unset() };
  const close = closingBrace(text, end);
  if (close === -1) return { end: at + 1, value: '$' };
  const [, operator = '', word = ''] = /^(:?[-+?])?([\s\S]*)$/.exec(text.slice(end, close)) ?? [];
  const isSet = value !== undefined && !(operator.startsWith(':') && value === '');
  const inner = () => {
    if (depth > MAX_DEPTH) return unset();
    const { text: filled, unknown: more } = interpolate(word, variables, depth + 1);
    unknown.push(...more);
    return filled;
  };
  const kind = operator.at(-1);
  if (kind === '-') return { end: close + 1, value: isSet ? value : inner() };
  // Whether the environment sets it is not known.
  if (kind === '+') return { end: close + 1, value: isSet ? inner() : value === undefined ? unset() : '' };
  return { end: close + 1, value: value ?? unset() };
}

function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}
