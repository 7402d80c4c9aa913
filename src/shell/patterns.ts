/** A text as the source of a regular expression that matches it alone. */
export function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** A pattern of fnmatch(3) without flags, as `case` has them, as the source of a regular expression: `*` also matches `/`. */
export function patternSource(glob: string): string {
  return glob.replace(/\\(.)|\[[!^]?\]?[^\]]*\]|[*?]|[\\^$.|+(){}[\]]/gs, (part, literal: string | undefined) => {
    if (literal !== undefined) return escaped(literal);
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return part.length > 2 && part.startsWith('[') ? part.replace(/^\[!/, '[^').replace(/\\/g, '\\\\') : `\\${part}`;
  });
}

/** `${x#p}` and its kin: the shortest or the longest piece that fits, away at the beginning or the end. */
export function withoutPiece(value: string, source: string, operator: '#' | '##' | '%' | '%%'): string {
  const isStart = operator.startsWith('#');
  const lengths = Array.from({ length: value.length + 1 }, (_, length) => length);
  const pattern = new RegExp(`^(?:${source})$`, 's');
  for (const length of operator.length === 1 ? lengths : lengths.toReversed()) {
    const piece = isStart ? value.slice(0, length) : value.slice(value.length - length);
    if (pattern.test(piece)) return isStart ? value.slice(length) : value.slice(0, value.length - length);
  }
  return value;
}
