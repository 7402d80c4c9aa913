/**
 * What is known of the files that a build sends along. Paths are the context's, without a leading slash. Where the Dockerfile
 * stands in no context that could be read there is none of this, and rules say less.
 */
export interface BuildContext {
  /** Text of a file that .dockerignore does not leave out; undefined where it is not there, too large, or no text. */
  read(path: string): string | undefined;
  /**
   * Whether .dockerignore leaves a path out; `.` stands for the whole context. False where a pattern with `!` may bring parts of
   * it back.
   */
  leavesOut(path: string): boolean;
  /** Directories with a pyvenv.cfg that .dockerignore does not leave out; empty where none is found. */
  readonly environments: readonly string[];
}
