import type { Heredoc, Instruction, Token } from '../dockerfile/instructions.ts';
import { type SliceMap, SliceMapBuilder } from '../dockerfile/slice-map.ts';
import type { Step } from '../dockerfile/stages.ts';
import {
  type Construct,
  isPosixShell,
  isTooMuch,
  programOf,
  type ShellCommand,
  type ShellProblem,
  type ShellScope,
  type ShellScript,
  type ShellWord,
} from './script.ts';
import { parseShell, type SimpleCommand } from './unbash-adapter.ts';
import { unwrap } from './wrappers.ts';

/** Texts inside texts (`sh -c "sh -c '…'"`) are followed this deep. */
const MAX_NESTING = 8;

/**
 * The shell script of a RUN, CMD, ENTRYPOINT or HEALTHCHECK CMD: exec form, shell form under the SHELL that holds, or
 * heredoc. Undefined for other instructions.
 */
export function scriptOf(step: Step): ShellScript | undefined {
  const { instruction } = step;
  switch (instruction.keyword) {
    case 'RUN':
    case 'CMD':
    case 'ENTRYPOINT':
      return readScript(step, instruction.args[0] === undefined ? undefined : { at: 0, instruction });
    case 'HEALTHCHECK':
      if (instruction.args[0]?.text.toUpperCase() !== 'CMD' || instruction.args[1] === undefined) return undefined;
      return readScript(step, { at: 1, instruction });
    default:
      return undefined;
  }
}

function readScript(
  step: Step,
  command: { at: number; instruction: Instruction } | undefined,
): ShellScript | undefined {
  if (command === undefined) return undefined;
  const { instruction } = command;
  if (instruction.json) {
    const reader = new ScriptReader();
    reader.exec(instruction);
    return reader.script('exec');
  }
  const argument = instruction.args[command.at];
  if (argument === undefined) return undefined;
  const { map, interpreter } = textOf(step, instruction, argument);
  if (!isPosixShell(interpreter)) return { commands: [], problems: [], interpreter, isTooLong: false };
  if (isTooMuch(map.text)) return { commands: [], problems: [], interpreter, isTooLong: true };
  const reader = new ScriptReader();
  reader.text(map, interpreter, { parent: undefined }, [], 0);
  return reader.script(interpreter);
}

/** The text of a RUN in shell form as its shell gets it, and which shell that is. Undefined for other steps. */
export function shellTextOf(step: Step): { readonly map: SliceMap; readonly interpreter: string } | undefined {
  const { instruction } = step;
  const [argument] = instruction.args;
  return instruction.keyword !== 'RUN' || instruction.json || argument === undefined
    ? undefined
    : textOf(step, instruction, argument);
}

function textOf(step: Step, instruction: Instruction, argument: Token): { map: SliceMap; interpreter: string } {
  const shell = shellProgram(step.state.shell);
  const heredoc = instruction.heredocs[0];
  const text = instruction.logical.text.slice(argument.start, argument.end);
  // `RUN <<EOF`: BuildKit runs the body itself, by its `#!` line where it has one.
  const isBodyAlone = heredoc !== undefined && /^\d*<<-?\S+$/.test(text.trim());
  return {
    interpreter: (isBodyAlone ? shebangProgram(bodyOf(heredoc).text) : undefined) ?? shell,
    map: isBodyAlone ? bodyOf(heredoc) : withHeredocs(instruction, argument.start, argument.end),
  };
}

/**
 * The script that `COPY <<EOF` writes, by its `#!` line; undefined where that names no shell, or the text is too much.
 * A body whose delimiter is not quoted is expanded by the build before it is written: read as it stands all the same.
 */
export function scriptOfHeredoc(heredoc: Heredoc): ShellScript | undefined {
  const body = bodyOf(heredoc);
  const interpreter = shebangProgram(body.text);
  if (interpreter === undefined || !isPosixShell(interpreter) || isTooMuch(body.text)) return undefined;
  const reader = new ScriptReader();
  reader.text(body, interpreter, { parent: undefined }, [], 0);
  return reader.script(interpreter);
}

function shellProgram(shell: readonly string[]): string {
  return programOf((shell[0] ?? '').replaceAll('\\', '/'))
    .replace(/\.exe$/i, '')
    .toLowerCase();
}

function shebangProgram(text: string): string | undefined {
  const match = /^#!\s*(\S+)(?:[ \t]+(?:-S[ \t]+)?(\S+))?/.exec(text);
  if (match === null) return undefined;
  const program = programOf(match[1] ?? '');
  return program === 'env' ? programOf(match[2] ?? '') : program;
}

/** The body as the shell reads it: leading tabs of `<<-` off. */
function bodyOf(heredoc: Heredoc): SliceMap {
  if (!heredoc.chomp) return heredoc.body;
  const builder = new SliceMapBuilder();
  builder.push('', heredoc.body.at(0));
  for (const line of heredoc.body.text.matchAll(/^(\t*)(.*(?:\n|$))/gm))
    builder.append(heredoc.body, line.index + (line[1]?.length ?? 0), line.index + line[0].length);
  return builder.build();
}

/** The line with its heredoc bodies and terminators below it, as BuildKit hands it to the shell. */
function withHeredocs(instruction: Instruction, start: number, end: number): SliceMap {
  const line = instruction.logical.sub(start, end);
  if (instruction.heredocs.length === 0) return line;
  const builder = new SliceMapBuilder();
  builder.append(line, 0, line.text.length);
  for (const heredoc of instruction.heredocs) {
    const bodyStart = heredoc.body.at(0);
    builder.push('\n', bodyStart - 1);
    builder.append(heredoc.body, 0, heredoc.body.text.length);
    builder.push(heredoc.name, heredoc.body.endAt(heredoc.body.text.length));
  }
  return builder.build();
}

class ScriptReader {
  readonly #commands: ShellCommand[] = [];
  readonly #problems: ShellProblem[] = [];

  script(interpreter: string): ShellScript {
    return { commands: this.#commands, problems: this.#problems, interpreter, isTooLong: false };
  }

  text(
    map: SliceMap,
    shell: string,
    scope: ShellScope,
    within: readonly Construct[],
    depth: number,
    outer?: SimpleCommand,
  ): void {
    const parsed = parseShell(map, scope, within);
    this.#problems.push(...parsed.problems);
    for (const command of parsed.commands) this.#add(command, shell, depth, outer);
  }

  exec(instruction: Instruction): void {
    const skip = instruction.keyword === 'HEALTHCHECK' ? 1 : 0;
    const words = instruction.strings.map((map, index): ShellWord => {
      return {
        text: map.text,
        value: map.text,
        isLiteral: true,
        hasGlob: false,
        // With its quotes, as a quoted word of shell text.
        range: instruction.args[index + skip]?.range ?? map.range(0, map.text.length),
        isWhole: map.isWhole(0, map.text.length),
        valueMap: map,
      };
    });
    const first = instruction.args[skip];
    const last = instruction.args.at(-1);
    if (first === undefined || last === undefined) return;
    const command: SimpleCommand = {
      words,
      assignments: [],
      redirects: [],
      connector: 'first',
      within: [],
      loops: [],
      scope: { parent: undefined },
      place: undefined,
      range: { start: first.range.start, end: last.range.end },
      isTolerated: false,
      isConditional: false,
    };
    this.#add(command, 'exec', 0);
  }

  #add(command: SimpleCommand, shell: string, depth: number, outer?: SimpleCommand): void {
    const { words, wrappers, assignments } = unwrap(command.words);
    const name = words[0]?.value ?? '';
    // Written out: copying these by spread took a tenth of the time of a run.
    this.#commands.push({
      index: this.#commands.length,
      words,
      name,
      program: programOf(name),
      assignments: assignments.length === 0 ? command.assignments : [...command.assignments, ...assignments],
      redirects: command.redirects,
      wrappers,
      connector: command.connector,
      within: command.within,
      loops: command.loops,
      scope: command.scope,
      place: command.place,
      range: command.range,
      isTolerated: command.isTolerated || (outer?.isTolerated ?? false),
      isConditional: command.isConditional || (outer?.isConditional ?? false),
      shell,
    });
    if (depth >= MAX_NESTING) return;
    const nested = nestedText(words, command);
    if (nested === undefined || isTooMuch(nested.map.text)) return;
    // `eval` runs in the shell that calls it; the others start one of their own.
    const scope = nested.isSameShell ? command.scope : { parent: command.scope };
    this.text(nested.map, nested.shell ?? shell, scope, [...command.within, 'nested-shell'], depth + 1, command);
  }
}

interface NestedText {
  readonly map: SliceMap;
  /** `login`: the user's own shell, which nobody knows here. Undefined: the shell that reads the command. */
  readonly shell: string | undefined;
  readonly isSameShell: boolean;
}

/** The shell text that a command carries: `sh -c TEXT`, `su -c TEXT`, `eval TEXT`, `bash <<EOF`. */
function nestedText(words: readonly ShellWord[], command: SimpleCommand): NestedText | undefined {
  const program = programOf(words[0]?.value ?? '');
  if (isPosixShell(program)) {
    const { text, hasFile } = shellArguments(words);
    if (text !== undefined) return { map: text.valueMap, shell: program, isSameShell: false };
    const body = command.redirects.findLast((redirect) => redirect.body !== undefined)?.body;
    return body === undefined || hasFile ? undefined : { map: body, shell: program, isSameShell: false };
  }
  if (program === 'su' || program === 'runuser') {
    const at = words.findIndex((word) => word.value === '-c' || word.value === '--command');
    const text = at === -1 ? words.find((word) => word.value.startsWith('--command=')) : words[at + 1];
    if (text === undefined) return undefined;
    const offset = at === -1 ? '--command='.length : 0;
    const map = text.valueMap;
    return { map: offset === 0 ? map : map.sub(offset, map.text.length), shell: 'login', isSameShell: false };
  }
  if (program === 'eval' && words.length === 2 && words[1]?.isLiteral)
    return { map: words[1].valueMap, shell: undefined, isSameShell: true };
  return undefined;
}

/** What a shell is called with: the text behind `-c`, or a script file. */
function shellArguments(words: readonly ShellWord[]): { text: ShellWord | undefined; hasFile: boolean } {
  let isText = false;
  for (let at = 1; at < words.length; at++) {
    const word = words[at];
    const value = word?.value ?? '';
    if (/^[-+][A-Za-z]*o$/.test(value) || value === '--rcfile' || value === '--init-file') {
      isText ||= value.startsWith('-') && value.includes('c');
      at++;
    } else if (value.startsWith('--')) continue;
    else if (/^[-+]./.test(value)) isText ||= value.startsWith('-') && value.includes('c');
    else return { text: isText ? word : undefined, hasFile: !isText && value !== '-' };
  }
  return { text: undefined, hasFile: false };
}

/** Whether a shell is started as a login shell: `bash -l`, `bash -lc`, `--login`. */
export function isLoginShell(command: ShellCommand): boolean {
  return (
    isPosixShell(command.program) &&
    command.words.slice(1).some((word) => word.value === '--login' || /^-[A-Za-z]*l[A-Za-z]*$/.test(word.value))
  );
}
