import type { Instruction } from '../dockerfile/instructions.ts';
import type { Range } from '../dockerfile/range.ts';
import type { SliceMap } from '../dockerfile/slice-map.ts';
import type { Step } from '../dockerfile/stages.ts';
import type { ShellCommand, ShellScript } from '../shell/script.ts';
import type { Flow } from './flow.ts';
import type { ConfigWrite, Install, Order, Target } from './model.ts';

/** A key with its value as a file or a command line gives them. */
interface Entry {
  readonly key: string;
  readonly section: string;
  readonly value: string;
  readonly range: Range;
  readonly words?: ConfigWrite['words'];
}

/** Where pip looks for its configuration, pip.pypa.io/en/stable/topics/configuration; a venv has a pip.conf of its own too. */
const PIP_CONF = /(?:^\/etc|\/etc\/xdg\/pip|\/\.config\/pip|\/\.pip|venv[^/]*)\/pip\.conf$/;

/** `pip config set SECTION.KEY VALUE`. */
export function configSetBy(install: Install): ConfigWrite[] {
  if (install.action !== 'config') return [];
  const [, command, key, value] = install.line.operands;
  if (command?.value !== 'set' || key === undefined || value === undefined) return [];
  const [section = '', ...rest] = key.value.split('.');
  const entry: Entry = {
    key: normalKey(rest.join('.')),
    section,
    value: value.value,
    range: key.range,
    words: { key, value },
  };
  return [writeOf(entry, install.step, install.order, install.target)];
}

/** What `echo`, `printf`, `cat <<EOF` and `tee` write into a pip.conf. */
export function configWrittenBy(
  command: ShellCommand,
  script: ShellScript,
  flow: Flow,
  step: Step,
  order: Order,
  target: () => Target,
): ConfigWrite[] {
  if (command.redirects.length === 0 && command.program !== 'echo' && command.program !== 'printf') return [];
  const file = writtenFile(command, flow) ?? pipedFile(command, script, flow);
  if (file === undefined || !isPipConf(file, command, flow)) return [];
  const entries: Entry[] = [];
  if (command.program === 'echo' || command.program === 'printf') {
    for (const word of command.words.slice(1)) {
      // echo and printf turn "\n" into line ends; words of printf's arguments are lines of their own.
      const lines = word.value.split(/\\n|\n/);
      let section = '';
      for (const line of lines) {
        section = sectionOf(line) ?? section;
        const pair = pairOf(line);
        if (pair !== undefined) entries.push({ ...pair, section: section || 'global', range: word.range });
      }
    }
  } else {
    const body = command.redirects.findLast((redirect) => redirect.body !== undefined)?.body;
    if (body !== undefined) entries.push(...entriesOf(body));
  }
  return entries.map((entry) => writeOf(entry, step, order, target()));
}

/** `COPY <<EOF /etc/pip.conf`. */
export function configCopiedBy(step: Step, destination: string, order: Order, target: () => Target): ConfigWrite[] {
  const { instruction } = step;
  if (instruction.heredocs.length !== 1 || !PIP_CONF.test(destination)) return [];
  return bodiesOf(instruction).flatMap((body) => entriesOf(body).map((entry) => writeOf(entry, step, order, target())));
}

function bodiesOf(instruction: Instruction): SliceMap[] {
  return instruction.heredocs.map((heredoc) => heredoc.body);
}

function writeOf({ words, ...entry }: Entry, step: Step, order: Order, target: Target): ConfigWrite {
  return { ...entry, words, step, order, target };
}

/** The file that a command's output goes to, or that `tee` writes. */
function writtenFile(command: ShellCommand, flow: Flow): string | undefined {
  const redirect = command.redirects.findLast(
    ({ operator, descriptor }) => /^&?>{1,2}\|?$/.test(operator) && (descriptor ?? 1) === 1,
  );
  if (redirect?.target !== undefined) return flow.path(redirect.target, command).text;
  return command.program === 'tee' ? teeFile(command, flow) : undefined;
}

function teeFile(command: ShellCommand, flow: Flow): string | undefined {
  const word = command.words.slice(1).find((candidate) => !candidate.value.startsWith('-'));
  return word === undefined ? undefined : flow.path(word, command).text;
}

/** `echo … | tee FILE`. */
function pipedFile(command: ShellCommand, script: ShellScript, flow: Flow): string | undefined {
  const next = script.commands[command.index + 1];
  return next?.connector === '|' && next.program === 'tee' ? teeFile(next, flow) : undefined;
}

function isPipConf(file: string, command: ShellCommand, flow: Flow): boolean {
  const named = flow.variable('PIP_CONFIG_FILE', command);
  return PIP_CONF.test(file) || (named?.value.known === true && named.value.text === file);
}

function entriesOf(body: SliceMap): Entry[] {
  const entries: Entry[] = [];
  let section = '';
  for (const match of body.text.matchAll(/^[ \t]*(.*?)[ \t\r]*$/gm)) {
    const line = match[1] ?? '';
    section = sectionOf(line) ?? section;
    const pair = pairOf(line);
    const start = match.index + match[0].indexOf(line);
    if (pair !== undefined)
      entries.push({ ...pair, section: section || 'global', range: body.range(start, start + line.length) });
  }
  return entries;
}

function sectionOf(line: string): string | undefined {
  return /^\s*\[([\w-]+)\]/.exec(line)?.[1];
}

function pairOf(line: string): { key: string; value: string } | undefined {
  const match = /^\s*([A-Za-z][\w-]*)\s*[=:]\s*(.*?)\s*$/.exec(line);
  return match === null ? undefined : { key: normalKey(match[1] ?? ''), value: match[2] ?? '' };
}

/** pip reads keys with `_` and `-` alike, in any case. */
function normalKey(key: string): string {
  return key.toLowerCase().replaceAll('_', '-');
}
