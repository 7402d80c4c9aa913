import { isInside, normalizePath } from '../dockerfile/stages.ts';
import type { Call } from '../python/call.ts';

/** Whether a call takes away what lies in a directory: `rm -r` of it, of all in it or of one above it, or `find … -delete`. */
export function clears(call: Call, directory: string): boolean {
  const { program, words, operands } = call;
  if (program === 'rm') {
    const isRecursive = words.some(({ value }) => /^-\w*[rR]|^--recursive$/.test(value));
    return operands.some((word) => {
      const path = normalizePath(call.path(word).text);
      const parent = path.replace(/\/(?:\*|\.\*|\.\[!\.\]\*|\{[^}]*\*[^}]*\})$/, '');
      // `rm -f /var/cache/apk/*` is enough where nothing but files lies there.
      return isInside(directory, parent) && (isRecursive || parent !== path);
    });
  }
  if (program !== 'find') return false;
  const isDeleting = words.some(({ value }) => value === '-delete' || value === 'rm');
  // A test of names leaves the others.
  const isChoosy = words.some(({ value }) => /^-(?:i?name|i?path|i?regex|newer|size|mtime|empty)/.test(value));
  return (
    isDeleting &&
    operands.some((word) => {
      const path = normalizePath(call.path(word).text);
      return isInside(directory, path) && !(isChoosy && path !== directory);
    })
  );
}

/** The calls of the same script behind one. */
export function callsBehind({ script, order }: Call, calls: readonly Call[]): Call[] {
  return calls.filter((other) => other.script === script && other.order > order);
}
