import { parseHeredocWord } from './heredoc.ts';
import type { Instruction, Token } from './instructions.ts';

/** What COPY or ADD takes, and where it puts it. Heredocs are no sources here. */
export interface CopyArguments {
  readonly sources: readonly Token[];
  readonly target: Token;
}

/** The arguments of a COPY or ADD; undefined where there is no target. */
export function copyArguments({ args, json, heredocs }: Instruction): CopyArguments | undefined {
  const target = args.at(-1);
  if (target === undefined || args.length < 2) return undefined;
  const given = args.slice(0, -1);
  const sources = json || heredocs.length === 0 ? given : given.filter((word) => parseHeredocWord(word) === undefined);
  return { sources, target };
}

/** Whether ADD fetches a source: a URL, or a git repository (Dockerfile reference, ADD). */
export function isRemote(source: string): boolean {
  return /^(?:https?|ftp):\/\//i.test(source) || isGitRepository(source);
}

function isGitRepository(source: string): boolean {
  return (
    /^(?:git:\/\/|ssh:\/\/|git@|[\w.-]+@[\w.-]+:)/.test(source) ||
    /^(?:github\.com\/|https?:\/\/\S+\.git(?:#|$))/.test(source)
  );
}

/**
 * Names of files that ADD may unpack: it looks for tar inside, plain or compressed (Dockerfile reference, ADD), and packages of
 * several tools are such archives.
 */
export function isArchive(path: string): boolean {
  return /\.(?:tar|tar\.(?:gz|bz2|xz|zst|Z|lz|lzma)|t[abglpx]z|tbz2|tb2|tZ|tzst|gz|bz2|xz|lz|lzma|Z|apk|gem|crate|ova|ipk)$/i.test(
    path,
  );
}
