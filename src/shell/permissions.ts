import type { ShellWord } from './script.ts';

/** Whom a mode speaks of: the owner, the group, everybody else. */
export type Who = 'u' | 'g' | 'o';

const SHIFT: Readonly<Record<Who, number>> = { u: 6, g: 3, o: 0 };
const BITS: Readonly<Record<string, number>> = { r: 4, w: 2, x: 1 };

/**
 * What chmod's MODE (chmod(1)) does to a permission: given, taken, or undefined where it stays as it was. `X` gives x to
 * directories, which is what matters for reaching what lies in them; `g=u` and the like count as given.
 */
export function permission(mode: string, who: Who, what: 'r' | 'w' | 'x'): boolean | undefined {
  if (/^[0-7]{3,4}$/.test(mode)) return ((Number.parseInt(mode, 8) >> SHIFT[who]) & (BITS[what] ?? 0)) !== 0;
  let given: boolean | undefined;
  for (const clause of mode.split(',')) {
    const match = /^([ugoa]*)([-+=])([rwxXst]*|[ugo])$/.exec(clause);
    if (match === null) return undefined;
    const [, whom = '', operator, letters = ''] = match;
    if (whom !== '' && !whom.includes('a') && !whom.includes(who)) continue;
    // Without a letter the umask is heeded, and that keeps others from writing (chmod(1)).
    if (whom === '' && what === 'w' && who !== 'u') continue;
    const isNamed = /^[ugo]$/.test(letters) || letters.includes(what) || (what === 'x' && letters.includes('X'));
    if (operator === '=') given = isNamed;
    else if (isNamed) given = operator === '+';
  }
  return given;
}

/** `USER`, `USER:GROUP`, `USER.GROUP` or `:GROUP` as chown(1) and COPY --chown take it. */
export function ownerOf(text: string): { readonly user: string; readonly group: string | undefined } {
  const match = /^([^:.]*)(?:[:.](.*))?$/.exec(text);
  return { user: match?.[1] ?? text, group: match?.[2] };
}

/** Whether chmod, chown or chgrp is told to work on all that lies below. */
export function isRecursive(words: readonly ShellWord[]): boolean {
  return words.some(({ value }) => /^-\w*R|^--recursive$/.test(value));
}
