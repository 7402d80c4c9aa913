import { createTwoFilesPatch } from 'diff';
import type { Finding } from '../engine/lint.ts';

/** What fixes make of a file. */
export interface Change {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** What is mended, round by round. */
  readonly rounds: readonly (readonly Finding[])[];
}

/** A unified patch of one file that `patch -p1` and `git apply` take; paths with blanks end at a tab. */
export function patchOf(path: string, before: string, after: string): string {
  const name = path.replace(/^\/+/, '');
  const patch = createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, '', '', { context: 3 });
  // GNU patch takes the first word for the path, unless a tab ends it; git knows that.
  const end = /\s/.test(name) ? '\t' : '';
  return patch
    .replace(/^=+\n/, '')
    .replace(/^(---|\+\+\+) ([ab]\/[^\t\n]*)\t?$/gm, (_, mark, file) => `${mark} ${file}${end}`);
}

/** What `--fix` would do, as JSON (docs/json.md): the patch of each file, and which findings it mends in which round. */
export function planJson(changes: readonly Change[], files: readonly string[], version: string): string {
  const document = {
    version: 1,
    tool: { name: 'plimsoll', version },
    files,
    changes: changes.map(({ path, before, after, rounds }) => ({
      path,
      patch: patchOf(path, before, after),
      mends: rounds.flatMap((findings, round) =>
        findings.map(({ rule, severity, message, fix }) => ({
          rule: rule.id,
          severity,
          message,
          title: fix?.title,
          applicability: fix?.applicability,
          round,
        })),
      ),
    })),
    summary: { files: files.length, changed: changes.length },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
