import type { Range } from '../dockerfile/range.ts';
import type { SliceMap } from '../dockerfile/slice-map.ts';

/** A word of a command with the place it stands at in the file. */
export interface ShellWord {
  /** As written, quotes and escapes included. */
  readonly text: string;
  /** After quote removal; expansions stand in it as written. */
  readonly value: string;
  /** No variable, command or arithmetic expansion. Globs and braces may stand in a literal word. */
  readonly isLiteral: boolean;
  /** An unquoted `*`, `?`, `[…]` or `{…}`. */
  readonly hasGlob: boolean;
  readonly range: Range;
  /** The word stands in the file in one piece: an edit may replace it. */
  readonly isWhole: boolean;
  /** `value`, character by character mapped back to the file. */
  readonly valueMap: SliceMap;
}

/** `NAME=value` before a command, given to `env`, or alone. */
export interface ShellAssignment {
  readonly name: string;
  readonly value: ShellWord | undefined;
  readonly range: Range;
  readonly isWhole: boolean;
}

export interface ShellRedirect {
  /** `>`, `>>`, `<`, `<<`, `<<-`, `<<<`, `>&`, `&>` … */
  readonly operator: string;
  readonly descriptor: number | undefined;
  readonly target: ShellWord | undefined;
  /** The body of `<<` and `<<-`. */
  readonly body: SliceMap | undefined;
  readonly range: Range;
}

/** What stands before a command in its list; `newline` also stands for the end of a construct's keyword. */
export type Connector = 'first' | '&&' | '||' | ';' | '|' | '&' | 'newline';

/** What a command stands in, outermost first. */
export type Construct =
  | 'subshell'
  | 'group'
  | 'condition'
  | 'branch'
  | 'loop'
  | 'case'
  | 'function'
  | 'pipeline'
  | 'substitution'
  | 'background'
  /** The text of `sh -c`, `su -c`, `eval`, or a heredoc fed to a shell. */
  | 'nested-shell';

/** A program that runs the rest of its arguments as a command: `sudo`, `env`, `xargs` … */
export interface Wrapper {
  readonly name: string;
  /** The word that starts it. */
  readonly word: ShellWord;
  readonly options: readonly ShellWord[];
  /** The user it switches to; undefined: it does not, or root is meant. */
  readonly user: ShellWord | undefined;
}

/**
 * Where variables, the directory and an activation reach: a subshell, a pipeline part, a substitution or a nested shell has
 * its own, and what it changes is gone behind it.
 */
export interface ShellScope {
  readonly parent: ShellScope | undefined;
}

/** `for NAME in WORDS` around a command. */
export interface ShellLoop {
  readonly name: string;
  readonly words: readonly ShellWord[];
}

/** The neighbours of a command in its list, for taking it out. Offsets are the file's. */
export interface ListPlace {
  readonly before: Connector;
  /** What follows, or undefined for the last of its list. */
  readonly after: Connector | undefined;
  readonly previousEnd: number | undefined;
  readonly nextStart: number | undefined;
  /** The list is the whole script's, not one inside a construct. */
  readonly isTopLevel: boolean;
}

export interface ShellCommand {
  /** Its place among the commands of its script. */
  readonly index: number;
  /** The command that runs in the end, wrappers looked through. Empty where only assignments or redirections stand. */
  readonly words: readonly ShellWord[];
  /** Value of the first word, or ''. */
  readonly name: string;
  /** The name without its directory. */
  readonly program: string;
  readonly assignments: readonly ShellAssignment[];
  readonly redirects: readonly ShellRedirect[];
  readonly wrappers: readonly Wrapper[];
  readonly connector: Connector;
  readonly within: readonly Construct[];
  /** The `for` loops around it, outermost first. */
  readonly loops: readonly ShellLoop[];
  readonly scope: ShellScope;
  /** Undefined where it cannot be taken out by itself (part of a pipeline, negated, exec form). */
  readonly place: ListPlace | undefined;
  /** From the first wrapper or assignment to the last word or redirection. */
  readonly range: Range;
  /** `||` follows it or something around it: its failure does not fail the RUN. */
  readonly isTolerated: boolean;
  /** It runs only if something else went some way: in a branch or case, behind `||`, behind a test and `&&`. */
  readonly isConditional: boolean;
  /** The shell that reads the command: `sh`, `bash`, `exec` (no shell) … */
  readonly shell: string;
}

export interface ShellProblem {
  readonly message: string;
  readonly range: Range;
}

/** The commands of one RUN, CMD, ENTRYPOINT or HEALTHCHECK. */
export interface ShellScript {
  /** In the order of the text; what nested shells and substitutions run is included. */
  readonly commands: readonly ShellCommand[];
  readonly problems: readonly ShellProblem[];
  /** `sh`, `bash`, … `exec`, or the program of a `#!` line that is no shell; then there are no commands. */
  readonly interpreter: string;
  /** The text is too long or too deeply nested, and was not read. */
  readonly isTooLong: boolean;
}

/** Longer shell texts are reported, not parsed (UTF-16 units). */
export const MAX_SCRIPT_LENGTH = 256 * 1024;

/** Nesting costs the parser far more than length: this many substitutions stand in no text that people write. */
const MAX_SUBSTITUTIONS = 2000;

/** Whether a text is better left alone. */
export function isTooMuch(text: string): boolean {
  return text.length > MAX_SCRIPT_LENGTH || (text.match(/\$\(|`/g)?.length ?? 0) > MAX_SUBSTITUTIONS;
}

/** Shells whose text is read here. */
export function isPosixShell(program: string): boolean {
  return POSIX_SHELLS.has(program);
}

const POSIX_SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'ksh', 'zsh', 'mksh']);

/** Last part of a path. */
export function programOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
