import { programOf, type ShellAssignment, type ShellWord, type Wrapper } from './script.ts';

/** How a wrapper's own words end and the command begins. Options are those of its manual page. */
interface WrapperGrammar {
  /** Short options that take the next word (or the rest of theirs). */
  readonly short?: string;
  /** Long options that take the next word unless written with `=`. */
  readonly long?: readonly string[];
  /** Words between the options and the command: a user for `gosu`, a duration for `timeout`. */
  readonly operands?: number;
  /** `NAME=value` words before the command set variables. */
  readonly assignments?: boolean;
  /** With one of these options it runs nothing. */
  readonly not?: RegExp;
  /** Option that names the user. */
  readonly user?: RegExp;
}

const WRAPPERS: Readonly<Record<string, WrapperGrammar>> = {
  sudo: {
    short: 'ughpCrtTUDR',
    long: [
      'user',
      'group',
      'host',
      'prompt',
      'close-from',
      'role',
      'type',
      'other-user',
      'chdir',
      'chroot',
      'command-timeout',
    ],
    assignments: true,
    not: /^(?:-[lvVKe]|--(?:list|validate|version|edit))$/,
    user: /^(?:-u|--user)/,
  },
  doas: { short: 'uCa', user: /^-u/ },
  env: { short: 'uCa', long: ['unset', 'chdir', 'argv0'], assignments: true },
  gosu: { operands: 1 },
  'su-exec': { operands: 1 },
  setpriv: { long: ['reuid', 'regid', 'groups', 'inh-caps', 'ambient-caps', 'bounding-set', 'securebits'] },
  xargs: {
    short: 'aEIdLnPs',
    long: ['arg-file', 'delimiter', 'max-lines', 'max-args', 'max-procs', 'max-chars', 'process-slot-var'],
  },
  time: { short: 'fo', long: ['format', 'output'] },
  nice: { short: 'n', long: ['adjustment'] },
  ionice: { short: 'cnpPu', long: ['class', 'classdata'] },
  nohup: {},
  stdbuf: { short: 'ioe', long: ['input', 'output', 'error'] },
  timeout: { short: 'sk', long: ['signal', 'kill-after'], operands: 1 },
  exec: { short: 'a' },
  command: { not: /^-[vV]+$/ },
  builtin: {},
  busybox: { not: /^--/ },
  tini: { short: 'pe' },
  'dumb-init': { short: 'r', long: ['rewrite'] },
  catatonit: {},
  eatmydata: {},
};

export interface Unwrapped {
  readonly words: readonly ShellWord[];
  readonly wrappers: readonly Wrapper[];
  readonly assignments: readonly ShellAssignment[];
}

/** Looks through `sudo`, `env`, `xargs` … down to the command that runs in the end. */
export function unwrap(words: readonly ShellWord[]): Unwrapped {
  const wrappers: Wrapper[] = [];
  const assignments: ShellAssignment[] = [];
  let rest = words;
  for (;;) {
    const [word] = rest;
    const name = programOf(word?.value ?? '');
    const grammar = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
    // `runuser -u USER -- COMMAND` wraps; `runuser -c` and `su` run a text.
    const own = grammar ?? (name === 'runuser' ? runuserGrammar(rest) : undefined);
    if (word === undefined || own === undefined) return { words: rest, wrappers, assignments };
    const split = splitOptions(rest, own);
    if (split === undefined || split.command.length === 0) return { words: rest, wrappers, assignments };
    wrappers.push({ name, word, options: split.options, user: split.user });
    assignments.push(...split.assignments);
    rest = split.command;
  }
}

function runuserGrammar(words: readonly ShellWord[]): WrapperGrammar | undefined {
  return words.some((word) => /^(?:-u|--user)/.test(word.value))
    ? { short: 'uggG', long: ['user', 'group'], user: /^(?:-u|--user)/ }
    : undefined;
}

interface Split {
  readonly options: ShellWord[];
  readonly assignments: ShellAssignment[];
  readonly command: readonly ShellWord[];
  readonly user: ShellWord | undefined;
}

function splitOptions(words: readonly ShellWord[], grammar: WrapperGrammar): Split | undefined {
  const options: ShellWord[] = [];
  const assignments: ShellAssignment[] = [];
  let user: ShellWord | undefined;
  let at = 1;
  for (; at < words.length; at++) {
    const word = words[at];
    if (word === undefined) break;
    const { value } = word;
    if (value === '--') {
      at++;
      break;
    }
    if (!value.startsWith('-') || value === '-') break;
    if (grammar.not?.test(value)) return undefined;
    options.push(word);
    if (takesNextWord(value, grammar)) {
      const next = words[++at];
      if (next !== undefined) options.push(next);
      if (grammar.user?.test(value)) user = next;
    } else if (grammar.user?.test(value)) user = word;
  }
  if (grammar.assignments) {
    for (; at < words.length; at++) {
      const word = words[at];
      const match = word === undefined ? null : /^([A-Za-z_]\w*)=/.exec(word.value);
      if (word === undefined || match === null) break;
      assignments.push({
        name: match[1] ?? '',
        value: valuePart(word, (match[0] ?? '').length),
        range: word.range,
        isWhole: word.isWhole,
      });
    }
  }
  const operands = grammar.operands ?? 0;
  if (operands > 0) user ??= words[at];
  return { options, assignments, command: words.slice(at + operands), user };
}

function takesNextWord(option: string, grammar: WrapperGrammar): boolean {
  if (option.startsWith('--')) return !option.includes('=') && (grammar.long?.includes(option.slice(2)) ?? false);
  // In a cluster, the first letter that takes a value takes what is left of the word, or the next one.
  for (let index = 1; index < option.length; index++)
    if (grammar.short?.includes(option[index] ?? '')) return index === option.length - 1;
  return false;
}

/** The part of a word behind `NAME=`. */
function valuePart(word: ShellWord, offset: number): ShellWord {
  const map = word.valueMap;
  const valueMap = map.sub(offset, map.text.length);
  const { isLiteral, hasGlob, isWhole } = word;
  return {
    text: valueMap.text,
    value: valueMap.text,
    isLiteral,
    hasGlob,
    isWhole,
    valueMap,
    range: map.range(offset, map.text.length),
  };
}
