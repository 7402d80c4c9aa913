/**
 * The patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/…}` as BuildKit reads them: `*`, `?` and
 * backslash escapes, no brackets. Matching runs all states side by side: hostile patterns cost length times length, never
 * more.
 */
type Atom = { readonly kind: 'any' } | { readonly kind: 'star' } | { readonly kind: 'char'; readonly char: string };

/** Beyond this length a value is not matched and the expansion counts as unknown. */
export const MAX_GLOB_VALUE = 2048;

/** Returns undefined for an escape that BuildKit refuses (only `\*`, `\?`, `\\`, `\}` and `\/` are allowed). */
export function parseGlob(pattern: string): readonly Atom[] | undefined {
  const atoms: Atom[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] ?? '';
    if (char === '*') atoms.push({ kind: 'star' });
    else if (char === '?') atoms.push({ kind: 'any' });
    else if (char === '\\') {
      const next = pattern[++i];
      if (next === undefined || !'*?\\}/'.includes(next)) return undefined;
      atoms.push({ kind: 'char', char: next });
    } else atoms.push({ kind: 'char', char });
  }
  return atoms;
}

/** All n for which the pattern matches `value[from, from + n)`, ascending. */
function matchLengths(atoms: readonly Atom[], value: string, from: number): number[] {
  const lengths: number[] = [];
  let states = closure(atoms, new Set([0]));
  for (let at = from; ; at++) {
    if (states.has(atoms.length)) lengths.push(at - from);
    if (at >= value.length || states.size === 0) return lengths;
    const next = new Set<number>();
    for (const state of states) {
      const atom = atoms[state];
      if (atom === undefined) continue;
      if (atom.kind === 'star') next.add(state);
      else if (atom.kind === 'any' ? value[at] !== '\n' : atom.char === value[at]) next.add(state + 1);
    }
    states = closure(atoms, next);
  }
}

function closure(atoms: readonly Atom[], states: Set<number>): Set<number> {
  for (const state of states) if (atoms[state]?.kind === 'star') states.add(state + 1);
  return states;
}

export function trimPrefix(atoms: readonly Atom[], value: string, longest: boolean): string {
  const lengths = matchLengths(atoms, value, 0);
  const length = longest ? lengths.at(-1) : lengths[0];
  return length === undefined ? value : value.slice(length);
}

export function trimSuffix(atoms: readonly Atom[], value: string, longest: boolean): string {
  const reversed = [...value].reverse().join('');
  return [...trimPrefix([...atoms].reverse(), reversed, longest)].reverse().join('');
}

export function replaceGlob(atoms: readonly Atom[], value: string, replacement: string, all: boolean): string {
  let result = '';
  for (let at = 0; at <= value.length; ) {
    const length = matchLengths(atoms, value, at).at(-1);
    if (length === undefined) {
      result += value[at] ?? '';
      at++;
      continue;
    }
    result += replacement;
    if (!all) return result + value.slice(at + length);
    if (length === 0) result += value[at] ?? '';
    at += length || 1;
  }
  return result;
}
