/** Something the user can put right: told in one line, exit code 2. */
export class UsageError extends Error {
  // Bundles that are loaded later have a class of their own; the name is the same.
  override readonly name = 'UsageError';
}

export function isUsageError(error: unknown): error is UsageError {
  return error instanceof Error && error.name === 'UsageError';
}

/** What is told of rules that failed on a file or an image. */
export function bugLines(
  path: string,
  failures: readonly { readonly rule: string; readonly error: Error }[],
): string[] {
  return failures.map(
    ({ rule, error }) => `plimsoll: ${path}: our bug: the rule ${rule} failed (${error.message}); please report it\n`,
  );
}

/** What the operating system says of a path, in words. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case 'ENOENT':
      return 'no such file or directory';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EEXIST':
      return 'something of that name is there already';
    case 'EISDIR':
      return 'is a directory';
    case 'ENOTDIR':
      return 'a part of the path is not a directory';
    case 'ELOOP':
      return 'the links in the path go round in circles';
    case 'EROFS':
      return 'the file system is read-only';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
