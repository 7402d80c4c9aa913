import type { Edit } from '../dockerfile/edit.ts';
import type { Dockerfile } from '../dockerfile/instructions.ts';
import type { Range } from '../dockerfile/range.ts';
import type { SliceMap } from '../dockerfile/slice-map.ts';
import { namesSetBefore, type Step } from '../dockerfile/stages.ts';
import { isTooMuch, programOf } from './script.ts';
import { shellTextOf } from './step-script.ts';

/** A place in a script that ShellCheck was given: lines and columns from 1, the end exclusive, a tab as one column. */
interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A comment of ShellCheck, as its format `json1` has it. */
export interface ShellCheckComment extends Span {
  /** Index of the script. */
  readonly script: number;
  readonly level: 'error' | 'warning' | 'info' | 'style';
  readonly code: number;
  readonly message: string;
  readonly replacements: readonly (Span & { readonly replacement: string })[];
}

/** Runs ShellCheck once over several scripts. */
export type ShellChecker = (scripts: readonly string[]) => readonly ShellCheckComment[];

/** A comment with its place in the Dockerfile. */
export interface ShellFinding extends Pick<ShellCheckComment, 'level' | 'code' | 'message'> {
  readonly range: Range;
  readonly step: Step;
  /** ShellCheck's own mend; undefined where it has none, or where it does not stand in the file in one piece. */
  readonly edits: readonly Edit[] | undefined;
}

/**
 * Codes that mean nothing here: 1090 and 1091 files that are sourced, 1128 a `#!` line that is not the first, 2148 and 2187 the
 * shell, which the Dockerfile chooses.
 */
const OUT_OF_PLACE = new Set([1090, 1091, 1128, 2148, 2187]);

/** What a build sets for every RUN (Dockerfile reference, predefined ARGs). */
const PREDEFINED = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'];

/** The `#!` line and the variables, above the text. */
const HEAD_LINES = 2;

interface Prepared {
  readonly step: Step;
  readonly map: SliceMap;
  readonly text: string;
  /** BusyBox' shell knows much that its dialect here does not: 2039 and 3000 to 3999 say nothing of it. */
  readonly isBusybox: boolean;
}

/** `shOf`: what /bin/sh is in the image of a step, where that is known. */
export function shellFindings(
  file: Dockerfile,
  steps: readonly Step[],
  check: ShellChecker,
  shOf: (step: Step) => 'dash' | 'ash' | 'bash' | undefined,
): ShellFinding[] {
  const scripts = steps.flatMap((step) => {
    const prepared = prepare(file, step, shOf(step));
    return prepared === undefined ? [] : [prepared];
  });
  if (scripts.length === 0) return [];
  return check(scripts.map(({ text }) => text)).flatMap((comment): ShellFinding[] => {
    const script = scripts[comment.script];
    const { code, level, message } = comment;
    if (script === undefined || OUT_OF_PLACE.has(code)) return [];
    if (script.isBusybox && (code === 2039 || (code >= 3000 && code < 4000))) return [];
    const range = rangeOf(script, comment);
    if (range === undefined) return [];
    return [{ level, code, message, range, step: script.step, edits: editsOf(script, comment) }];
  });
}

/** The text with what the shell knows before it begins: its name, and the variables that are set. */
function prepare(file: Dockerfile, step: Step, sh: 'dash' | 'ash' | 'bash' | undefined): Prepared | undefined {
  const shell = shellTextOf(step);
  // Exec form starts no shell.
  if (shell === undefined || isTooMuch(shell.map.text)) return undefined;
  const interpreter = namedShell(file, step) ?? shell.interpreter;
  const isSh = interpreter === 'sh';
  const isBusybox = interpreter === 'ash' || (isSh && sh === 'ash');
  const dialect = isSh ? (sh === 'bash' ? 'bash' : sh === undefined ? 'sh' : 'dash') : dialectOf(interpreter);
  if (dialect === undefined) return undefined;
  const own = namesSetBefore(step).filter((name) => /^[A-Za-z_]\w*$/.test(name));
  const names = new Set([...PREDEFINED, ...PREDEFINED.map((name) => name.toLowerCase()), ...own]);
  const head = `#!/bin/${dialect}\nexport ${[...names].map((name) => `${name}=1`).join(' ')}\n`;
  return { step, map: shell.map, text: `${head}${shell.map.text}\n`, isBusybox };
}

function dialectOf(interpreter: string): string | undefined {
  if (interpreter === 'ash') return 'dash';
  return /^(?:bash|dash|ksh)$/.test(interpreter) ? interpreter : undefined;
}

/** The shell that hadolint's pragma names for a step: the last one above it, in its stage or above the first FROM. */
function namedShell({ comments, instructions }: Dockerfile, { stage, instruction }: Step): string | undefined {
  const first = instructions.find(({ keyword }) => keyword === 'FROM')?.range.start ?? 0;
  const pragma = comments.findLast(
    ({ text, range }) =>
      /^hadolint\s+shell\s*=/i.test(text) &&
      range.end < instruction.range.start &&
      (range.start > stage.from.range.start || range.start < first),
  );
  const name = /^hadolint\s+shell\s*=\s*(\S+)/i.exec(pragma?.text ?? '')?.[1];
  return name === undefined
    ? undefined
    : programOf(name.replaceAll('\\', '/'))
        .replace(/\.exe$/i, '')
        .toLowerCase();
}

function rangeOf({ map, text }: Prepared, span: Span): Range | undefined {
  const [start, end] = [offsetOf(text, span.line, span.column), offsetOf(text, span.endLine, span.endColumn)];
  const head = offsetOf(text, HEAD_LINES + 1, 1);
  if (start < head || end > head + map.text.length || end < start) return undefined;
  return map.range(start - head, end - head);
}

/** ShellCheck counts code points, offsets are UTF-16. */
function offsetOf(text: string, line: number, column: number): number {
  let at = 0;
  for (let left = line; left > 1; left--) at = text.indexOf('\n', at) + 1;
  for (let left = column; left > 1; left--) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}

function editsOf(script: Prepared, { replacements }: ShellCheckComment): readonly Edit[] | undefined {
  const edits: Edit[] = [];
  for (const { replacement, ...span } of replacements) {
    const range = rangeOf(script, span);
    const length = offsetOf(script.text, span.endLine, span.endColumn) - offsetOf(script.text, span.line, span.column);
    if (range === undefined || range.end - range.start !== length) return undefined;
    edits.push({ range, text: replacement });
  }
  return edits.length === 0 ? undefined : edits;
}
