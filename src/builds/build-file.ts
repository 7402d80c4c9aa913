import { posix } from 'node:path';
import type { BuildSettings } from '../dockerfile/build.ts';
import type { EmbeddedText } from '../dockerfile/embedded.ts';

/** A build that a file of Compose or Bake describes. */
export interface FileBuild {
  /** Of the service or target. */
  readonly name: string;
  /** The directory that is sent along, absolute; undefined where it is elsewhere. */
  readonly context: string | undefined;
  /** The path of a Dockerfile, or the text of one. */
  readonly dockerfile: { readonly path: string } | { readonly inline: EmbeddedText };
  readonly settings: BuildSettings;
}

/** What was read. Paths are as the given one is, from the current directory or absolute. */
export interface BuildFile {
  readonly builds: readonly FileBuild[];
  /** What keeps a build from being looked at though it should be, a line each. */
  readonly problems: readonly string[];
  /** What is left out on purpose, or reads otherwise than it looks, a line each. */
  readonly notes: readonly string[];
}

/** The files that are asked for while one is read. */
export interface Files {
  /** The text of a file; undefined where there is none. */
  read(path: string): string | undefined;
}

/** A path from a directory, unless it is absolute. */
export function pathFrom(directory: string, path: string): string {
  return posix.isAbsolute(path) || /^[A-Za-z]:\//.test(path) ? path : posix.join(directory, path);
}

/** Contexts that are no directories here: archives and repositories elsewhere (docker build, "Build context"). */
export function isElsewhere(context: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/)/i.test(context);
}
