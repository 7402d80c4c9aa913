import { interpolate } from './variables.ts';

/** Values that are longer, in UTF-16 units, are not followed: a few doublings would fill the memory. */
const MAX_VALUE = 64 * 1024;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' };

/** `NAME=`, `NAME:`, `export NAME=`, and what stands behind: in single quotes, in double ones, or up to a comment. */
const ENTRY =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*[=:][ \t]*(?:'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|([^\r\n]*))/gm;

/**
 * The variables of a `.env` file, as Compose reads it (Compose manual, "Syntax for environment files in Docker Compose"): they may
 * use those above them, but for what stands in single quotes. Undefined: it uses what is not known. `known`: of files before it.
 */
export function readEnvFile(
  text: string,
  known: ReadonlyMap<string, string | undefined>,
): ReadonlyMap<string, string | undefined> {
  const values = new Map(known);
  for (const [, name = '', single, double, bare = ''] of text.replace(/^\ufeff/, '').matchAll(ENTRY)) {
    const written = double ?? bare.replace(/(?:^|[ \t]+)#.*$/, '').trim();
    const { text: filled, unknown } = interpolate(escaped(written, double !== undefined), (other) => values.get(other));
    const value = single ?? (unknown.length === 0 ? filled : undefined);
    values.set(name, value === undefined || value.length > MAX_VALUE ? undefined : value);
  }
  return values;
}

/** Backslashes in double quotes; a dollar sign behind one begins no variable. */
function escaped(text: string, isQuoted: boolean): string {
  if (!isQuoted) return text;
  return text.replace(/\\([nrt"\\$])/g, (_, char: string) => (char === '$' ? '$$' : (ESCAPES[char] ?? char)));
}
