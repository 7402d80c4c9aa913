import { normalName } from './names.ts';

/**
 * Files whose content is wanted, by a glob over paths without leading `/`: `*` and `?` stay in one part, `**` does not, `{a,b}`
 * is one or the other. A path is the entry's own name: links on the way are not known when it is read.
 */
export interface BodyWish {
  readonly glob: string;
  /** Bytes of the beginning that are enough. */
  readonly limit: number;
}

/** Longer paths than Linux takes (PATH_MAX) are nobody's. */
const MAX_NAME = 4096;

/** How many bytes of a file are wanted, 0 for none; the most that any wish asks for. Paths are byte strings. */
export function wantedBytes(wishes: readonly BodyWish[]): (path: string) => number {
  const byLimit = new Map<number, string[]>();
  for (const { glob, limit } of wishes) byLimit.set(limit, [...(byLimit.get(limit) ?? []), patternOf(glob)]);
  const tests = [...byLimit]
    .sort(([a], [b]) => b - a)
    .map(([limit, patterns]) => ({ limit, pattern: new RegExp(`^(?:${patterns.join('|')})$`, 's') }));
  return (name) => {
    if (tests.length === 0) return 0;
    if (name.length > MAX_NAME) return 0;
    const path = /^\.?\/|\/\.{0,2}(?:\/|$)|^\.\.?\//.test(name) ? normalName(name) : name;
    return tests.find(({ pattern }) => pattern.test(path))?.limit ?? 0;
  };
}

function patternOf(glob: string): string {
  return glob.replace(/\*\*\/|\*\*|[*?]|\{[^}]*\}|[\\^$.|+()[\]]/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    if (part.startsWith('{')) return `(?:${part.slice(1, -1).split(',').map(patternOf).join('|')})`;
    return `\\${part}`;
  });
}
