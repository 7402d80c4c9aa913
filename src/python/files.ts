import type { BuildContext } from '../dockerfile/context.ts';
import type { Value } from '../dockerfile/expand.ts';
import type { Range } from '../dockerfile/range.ts';
import type { SliceMap } from '../dockerfile/slice-map.ts';
import type { Step } from '../dockerfile/stages.ts';
import { programOf } from '../shell/script.ts';
import type { Call, Order } from './call.ts';
import type { CopyFacts } from './copies.ts';

/** A line of a file as an instruction writes it. */
export interface FileLine {
  readonly text: string;
  /** The word that holds it, or the line of a heredoc. */
  readonly range: Range;
}

/** A file that a command or a COPY writes, with its text as far as the Dockerfile shows it. */
export interface FileWrite {
  readonly path: Value;
  readonly lines: readonly FileLine[];
  readonly isAppended: boolean;
  readonly step: Step;
  readonly order: Order;
  /** Undefined for COPY and ADD. */
  readonly call: Call | undefined;
}

/** What `echo`, `printf`, `cat <<EOF`, `tee` and `sed -i` write, with the file they write to. */
export function writesOf(call: Call): FileWrite[] {
  const { program, command, step, order } = call;
  const write = (path: Value, lines: readonly FileLine[], isAppended: boolean): FileWrite => ({
    path,
    lines,
    isAppended,
    step,
    order,
    call,
  });
  if (program === 'sed' && command.words.some((word) => /^-\w*i|^--in-place/.test(word.value))) {
    const [script, ...files] = call.operands;
    const lines = script === undefined ? [] : [{ text: script.value, range: script.range }];
    return files.map((file) => write(call.path(file), lines, true));
  }
  // `echo … | tee FILE`, `… | crontab -`: the text is the command's before the pipe.
  const piped = command.connector === '|' ? textBefore(call) : linesOf(call);
  if (program === 'tee') {
    const isAppended = call.words.some((word) => /^-\w*a|^--append$/.test(word.value));
    return call.operands.map((file) => write(call.path(file), piped, isAppended));
  }
  const output = command.redirects.findLast(
    ({ operator, descriptor }) => /^&?>{1,2}\|?$/.test(operator) && (descriptor ?? 1) === 1,
  );
  if (output?.target !== undefined)
    return [write(call.path(output.target), linesOf(call), output.operator.includes('>>'))];
  if (program === 'crontab') {
    const file = call.words.at(-1);
    const isInput = command.connector === '|' || command.redirects.some(({ body }) => body !== undefined);
    return file?.value === '-' || isInput
      ? [write({ text: '/var/spool/cron/crontabs', known: true }, piped, false)]
      : [];
  }
  return [];
}

function textBefore({ script, command }: Call): readonly FileLine[] {
  const lines: FileLine[] = [];
  for (let at = command.index - 1; at >= 0; at--) {
    const before = script.commands[at];
    if (before === undefined) break;
    lines.unshift(...linesOfCommand(before));
    if (before.connector !== '|' && !before.within.includes('pipeline')) break;
  }
  return lines;
}

function linesOf(call: Call): FileLine[] {
  return linesOfCommand(call.command);
}

function linesOfCommand({ program, words, redirects }: Call['command']): FileLine[] {
  if (program === 'echo' || program === 'printf')
    // Both turn "\n" into line ends as they are mostly used; words of printf's arguments are lines of their own.
    return words.slice(1).flatMap((word) => word.value.split(/\\n|\n/).map((text) => ({ text, range: word.range })));
  const body = redirects.findLast((redirect) => redirect.body !== undefined)?.body;
  return body === undefined ? [] : bodyLines(body);
}

/** The files that a COPY or ADD puts somewhere: heredocs with their text, others by their name alone. */
export function writesOfCopy(
  { step, sources, target, order, from, isFromImage }: CopyFacts,
  context: BuildContext | undefined,
): FileWrite[] {
  const { instruction } = step;
  const isDirectory = /\/$/.test(instruction.args.at(-1)?.text ?? '') || instruction.args.length > 2;
  const write = (name: string, lines: () => readonly FileLine[]): FileWrite => ({
    path: isDirectory ? { text: `${target.text === '/' ? '' : target.text}/${name}`, known: target.known } : target,
    // Read when a rule asks for them: few files are of interest.
    get lines() {
      return lines();
    },
    isAppended: false,
    step,
    order,
    call: undefined,
  });
  return sources.flatMap(({ arg, path }) => {
    const heredoc = instruction.heredocs.find(({ operator }) => operator.start === arg.range.start);
    if (heredoc !== undefined) return [write(heredoc.name, () => bodyLines(heredoc.body))];
    const known = from === undefined && !isFromImage && path.known ? context : undefined;
    const read = (name: string) => contextLines(known?.read(name), arg.range);
    const directory = path.text === '/' ? '' : `${path.text.slice(1)}/`;
    // A directory is copied with the settings that lie in it.
    const settings = SETTINGS.filter((name) => known?.read(`${directory}${name}`) !== undefined).map((name) => ({
      ...write(name, () => []),
      path: { text: `${target.text === '/' ? '' : target.text}/${name}`, known: target.known },
      lines: read(`${directory}${name}`),
    }));
    return [write(programOf(arg.text), () => read(path.text.slice(1))), ...settings];
  });
}

/** Files in which a project sets up its tools. */
const SETTINGS = ['poetry.toml'];

/** The lines of a file of the build context; all of them stand where COPY names it. */
function contextLines(text: string | undefined, range: Range): FileLine[] {
  const lines = text?.split('\n').map((line) => line.trim()) ?? [];
  return lines.filter((line) => line !== '').map((line) => ({ text: line, range }));
}

/** The lines of a heredoc without their line ends. */
function bodyLines(body: SliceMap): FileLine[] {
  const lines: FileLine[] = [];
  for (const match of body.text.matchAll(/^([ \t]*)(.*?)[ \t\r]*$/gm)) {
    const text = match[2] ?? '';
    const start = match.index + (match[1]?.length ?? 0);
    if (text !== '') lines.push({ text, range: body.range(start, start + text.length) });
  }
  return lines;
}
