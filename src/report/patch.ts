import { createTwoFilesPatch } from 'diff';

/** A unified patch of one file that `patch -p1` and `git apply` take; paths with blanks end at a tab. */
export function patchOf(path: string, before: string, after: string): string {
  const patch = createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, '', '', { context: 3 });
  return patch.replace(/^=+\n/, '');
}
