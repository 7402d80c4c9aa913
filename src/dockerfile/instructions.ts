import type { Lexeme } from './lexer.ts';
import type { Range } from './range.ts';
import type { SliceMap } from './slice-map.ts';

/** The instructions of the Dockerfile reference, docs.docker.com/reference/dockerfile. */
export const KEYWORDS = [
  'ADD',
  'ARG',
  'CMD',
  'COPY',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
] as const;

export type Keyword = (typeof KEYWORDS)[number];

/** A word of an instruction with its place in the file. `start` and `end` are offsets in the logical line. */
export interface Token extends Lexeme {
  readonly range: Range;
}

/** `--name=value`; `value` is empty for a bare flag. */
export interface Flag extends Token {
  readonly name: string;
  readonly value: string;
}

/** `key=value` of ENV, LABEL or ARG. Texts are as written, quotes included. */
export interface Pair {
  readonly key: Token;
  /** Absent for `ARG NAME`. */
  readonly value: Token | undefined;
  /** From the key to the end of the value. */
  readonly range: Range;
}

export interface Heredoc {
  /** The delimiter without quotes. */
  readonly name: string;
  /** `<<-`: leading tabs are taken off. */
  readonly chomp: boolean;
  /** False where the delimiter is quoted. */
  readonly expands: boolean;
  /** The operator with its delimiter, as written on the instruction's line. */
  readonly operator: Range;
  /** The body up to the terminator's line, each line with its newline, tabs kept. */
  readonly body: SliceMap;
}

export interface Instruction {
  /** Undefined for a word that is no instruction. */
  readonly keyword: Keyword | undefined;
  /** The keyword as written. */
  readonly name: Token;
  /** From the keyword to the last character of the last line, heredocs included. */
  readonly range: Range;
  /** 1-based. */
  readonly startLine: number;
  readonly endLine: number;
  /** The logical line: continuations joined, comments and blank lines inside left out. */
  readonly logical: SliceMap;
  readonly flags: readonly Flag[];
  /** Everything behind the flags. */
  readonly argument: Token;
  /** True where the arguments are a JSON array. */
  readonly json: boolean;
  /**
   * The arguments: words, JSON strings, or one token for the rest of the line (RUN, CMD and ENTRYPOINT in shell form, USER,
   * WORKDIR …). HEALTHCHECK has its type first. Empty for ENV, LABEL, ARG (see `pairs`) and ONBUILD (see `trigger`).
   */
  readonly args: readonly Token[];
  /** The decoded strings of a JSON array, mapped back to the file. */
  readonly strings: readonly SliceMap[];
  readonly pairs: readonly Pair[];
  /** ENV or LABEL in the old form, `ENV key value`. */
  readonly spaceSeparated: boolean;
  readonly heredocs: readonly Heredoc[];
  /** What ONBUILD sets off in a build on top of this image. */
  readonly trigger: Instruction | undefined;
}

/** A parser directive: `# syntax=`, `# escape=` or `# check=` above everything else. */
export interface Directive {
  readonly name: string;
  readonly value: string;
  readonly range: Range;
}

/** A comment line; `text` is what follows the `#`, trimmed. */
export interface Comment {
  readonly text: string;
  readonly range: Range;
  readonly line: number;
  /** Whether it stands between the lines of a continued instruction. */
  readonly inside: boolean;
}

/**
 * Something BuildKit refuses. `syntax` stops its parser; `instruction` stops the build when the instruction is read.
 * The reader goes on behind either.
 */
export interface Problem {
  readonly kind: 'syntax' | 'instruction';
  readonly code: ProblemCode;
  readonly message: string;
  readonly range: Range;
}

export type ProblemCode =
  | 'no-instructions'
  | 'value-missing'
  | 'equals-missing'
  | 'heredoc-unterminated'
  | 'heredoc-invalid'
  | 'json-not-strings'
  | 'directive-repeated'
  | 'directive-invalid'
  | 'unknown-instruction'
  | 'arguments'
  | 'unknown-flag'
  | 'before-from'
  | 'trigger'
  | 'port';

/** A Dockerfile as read: nothing is evaluated yet. */
export interface Dockerfile {
  readonly text: string;
  /** `\` or a backquote. */
  readonly escape: string;
  readonly directives: readonly Directive[];
  readonly comments: readonly Comment[];
  readonly instructions: readonly Instruction[];
  readonly problems: readonly Problem[];
}

/** The first flag of that name. */
export function flagOf(instruction: Instruction, name: string): Flag | undefined {
  return instruction.flags.find((flag) => flag.name === name);
}

/** The place of `[start, end)` of a token's text, for tokens whose text stands in the file as it is. */
export function rangeIn({ logical }: Instruction, token: Pick<Token, 'start'>, start: number, end: number): Range {
  return logical.range(token.start + start, token.start + end);
}

/** The value of a flag behind its `=`. */
export function flagValueRange(instruction: Instruction, flag: Flag): Range {
  return rangeIn(instruction, flag, flag.text.length - flag.value.length, flag.text.length);
}
