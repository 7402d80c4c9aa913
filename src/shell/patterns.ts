/** A part of a pattern of fnmatch(3) without flags, as `case` has them: `*` also matches `/`. */
export type PatternPart =
  | { readonly kind: 'star' | 'any' }
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'set'; readonly expression: RegExp };

/** Reads a pattern; a set that nobody can read stands for its own characters. */
export function parsePattern(glob: string): PatternPart[] {
  const parts: PatternPart[] = [];
  for (const [text, escaped] of glob.matchAll(/\\(.)|\[[!^]?\]?(?:\[:alnum:\]|[^\]])*\]|./gs)) {
    if (escaped !== undefined) parts.push({ kind: 'char', char: escaped });
    else if (text === '*') {
      if (parts.at(-1)?.kind !== 'star') parts.push({ kind: 'star' });
    } else if (text === '?') parts.push({ kind: 'any' });
    else if (text.length > 2) parts.push(...setOf(text));
    else parts.push(...literal(text));
  }
  return parts;
}

/** A text that stands for itself. */
export function literal(text: string): PatternPart[] {
  return Array.from(text, (char) => ({ kind: 'char', char }));
}

function setOf(text: string): PatternPart[] {
  try {
    const source = text
      .replace(/^\[[!^]/, '[^')
      .replace(/\\/g, '\\\\')
      .replace(/\[:alnum:\]/g, 'a-zA-Z0-9');
    return [{ kind: 'set', expression: new RegExp(`^${source}$`, 'su') }];
  } catch {
    return literal(text);
  }
}

/** Whether a pattern fits the whole of a text. A star only ever looks back to itself: hostile patterns cost length times length. */
export function matchesPattern(pattern: readonly PatternPart[], text: string): boolean {
  const chars = Array.from(text);
  let at = 0;
  let part = 0;
  let star = -1;
  let starAt = 0;
  while (at < chars.length) {
    const next = pattern[part];
    if (next?.kind === 'star') {
      star = part++;
      starAt = at;
    } else if (next !== undefined && fits(next, chars[at] ?? '')) {
      part++;
      at++;
    } else if (star !== -1) {
      part = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (pattern[part]?.kind === 'star') part++;
  return part === pattern.length;
}

function fits(part: PatternPart, char: string): boolean {
  if (part.kind === 'char') return part.char === char;
  return part.kind === 'any' || (part.kind === 'set' && part.expression.test(char));
}

/** `${x#p}` and its kin: the shortest or the longest piece that fits, away at the beginning or the end. */
export function withoutPiece(
  value: string,
  pattern: readonly PatternPart[],
  operator: '#' | '##' | '%' | '%%',
): string {
  const isStart = operator.startsWith('#');
  const lengths = Array.from({ length: value.length + 1 }, (_, length) => length);
  for (const length of operator.length === 1 ? lengths : lengths.toReversed()) {
    const piece = isStart ? value.slice(0, length) : value.slice(value.length - length);
    if (matchesPattern(pattern, piece)) return isStart ? value.slice(length) : value.slice(0, value.length - length);
  }
  return value;
}
