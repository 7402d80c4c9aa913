import { parseArgs } from 'node:util';
import type { Severity } from '../engine/rule.ts';
import { FORMATS, type Format } from '../report/report.ts';
import { UsageError } from './errors.ts';
import { nearest } from './nearest.ts';

export const HELP = `plimsoll: a linter for container images that hold Python

Usage
  plimsoll lint [PATH…]        check Dockerfiles; directories are searched; "-" reads standard input
  plimsoll explain RULE        what a rule finds, why, and how to mend it
  plimsoll rules               all rules, a line each
  plimsoll --help, --version

Options of lint
  --fix                        mend what is safe to mend, in place
  --unsafe-fixes               with --fix or --diff: also mend what changes layout, versions or users
  --diff                       print what --fix would change as a patch; change nothing
  --format FORMAT[=FILE]       text, concise, json, sarif, github; may be repeated
  -o, --output-file FILE       write the report to FILE
  --select NAMES, --ignore NAMES   only these, not these: rules, families or aliases, separated by commas
  --fail-on LEVEL              error, warning (default), info or never: the least that exits with 1
  --pedantic                   also what is unsure
  --show-suppressed            json: also what comments silence
  --statistics                 a count for each rule instead of the findings
  --stdin-filename NAME        what standard input is called in the report
  --color WHEN                 auto (default), always, never

Exit code: 0 nothing at or above --fail-on, 1 findings (or --diff would change something), 2 nothing could be linted.
`;

export type FailOn = Severity | 'never';

export interface LintArguments {
  readonly command: 'lint';
  readonly paths: readonly string[];
  readonly fix: boolean;
  readonly unsafeFixes: boolean;
  readonly diff: boolean;
  readonly outputs: readonly { readonly format: Format; readonly file: string | undefined }[];
  readonly select: readonly string[];
  readonly ignore: readonly string[];
  readonly failOn: FailOn;
  readonly pedantic: boolean;
  readonly showSuppressed: boolean;
  readonly statistics: boolean;
  readonly stdinFilename: string;
  readonly color: 'auto' | 'always' | 'never';
}

export type Arguments =
  | LintArguments
  | { readonly command: 'explain'; readonly rule: string }
  | { readonly command: 'rules'; readonly json: boolean }
  | { readonly command: 'help' }
  | { readonly command: 'version' };

const OPTIONS = {
  fix: { type: 'boolean' },
  'unsafe-fixes': { type: 'boolean' },
  diff: { type: 'boolean' },
  format: { type: 'string', multiple: true },
  'output-file': { type: 'string', short: 'o' },
  select: { type: 'string', multiple: true },
  ignore: { type: 'string', multiple: true },
  'fail-on': { type: 'string' },
  pedantic: { type: 'boolean' },
  'show-suppressed': { type: 'boolean' },
  statistics: { type: 'boolean' },
  'stdin-filename': { type: 'string' },
  color: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
} as const;

const COMMANDS = ['lint', 'explain', 'rules'];

/** Reads the command line; throws a UsageError for what it cannot mean. */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(argv);
  if (values.help || (argv.length === 0 && positionals.length === 0)) return { command: 'help' };
  if (values.version) return { command: 'version' };
  const [command, ...rest] = positionals;
  switch (command) {
    case 'lint':
      return lintArguments(values, rest);
    case 'explain': {
      const [rule, ...more] = rest;
      if (rule === undefined || more.length > 0)
        throw new UsageError('explain takes one rule; `plimsoll rules` lists them');
      return { command, rule };
    }
    case 'rules': {
      if (rest.length > 0) throw new UsageError('rules takes no arguments');
      const format = values.format?.at(-1) ?? 'text';
      return { command, json: oneOf('--format', format, ['text', 'json']) === 'json' };
    }
    case 'help':
      return { command: 'help' };
    default: {
      if (command === undefined)
        throw new UsageError('no command given; `plimsoll lint` checks the Dockerfiles below this directory');
      const meant = nearest(command, COMMANDS);
      throw new UsageError(
        `unknown command "${command}"; ${meant === undefined ? `to check it: plimsoll lint ${command}` : `did you mean "${meant}"?`}`,
      );
    }
  }
}

type Values = ReturnType<typeof parse>['values'];

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const option = /^Unknown option '(--?[^']+)'/.exec(message)?.[1];
    if (option === undefined) throw new UsageError(message.split('\n')[0]?.replace(/\. .*$/, '') ?? message);
    const meant = nearest(option.replace(/^-+/, ''), Object.keys(OPTIONS));
    throw new UsageError(
      `unknown option ${option}${meant === undefined ? '; see plimsoll --help' : `; did you mean --${meant}?`}`,
    );
  }
}

function lintArguments(values: Values, paths: readonly string[]): LintArguments {
  const fix = values.fix ?? false;
  const diff = values.diff ?? false;
  const unsafeFixes = values['unsafe-fixes'] ?? false;
  if (unsafeFixes && !fix && !diff) throw new UsageError('--unsafe-fixes goes with --fix or --diff');
  if (fix && diff) throw new UsageError('--fix writes and --diff only shows: give one of them');
  if (paths.includes('-') && paths.length > 1) throw new UsageError('"-" (standard input) stands alone');
  return {
    command: 'lint',
    paths: paths.length === 0 ? ['.'] : paths,
    fix,
    unsafeFixes,
    diff,
    outputs: outputsOf(values),
    select: listOf(values.select),
    ignore: listOf(values.ignore),
    failOn: oneOf('--fail-on', values['fail-on'] ?? 'warning', ['error', 'warning', 'info', 'never']),
    pedantic: values.pedantic ?? false,
    showSuppressed: values['show-suppressed'] ?? false,
    statistics: values.statistics ?? false,
    stdinFilename: values['stdin-filename'] ?? 'Dockerfile',
    color: oneOf('--color', values.color ?? 'auto', ['auto', 'always', 'never']),
  };
}

/** `--format sarif=out.sarif`; the report without a file goes to standard output, or to --output-file. */
function outputsOf(values: Values): LintArguments['outputs'] {
  const outputs = (values.format ?? ['text']).map((given) => {
    const equals = given.indexOf('=');
    const format = oneOf('--format', equals === -1 ? given : given.slice(0, equals), FORMATS);
    return { format, file: equals === -1 ? values['output-file'] : given.slice(equals + 1) };
  });
  const files = outputs.map(({ file }) => file);
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (new Set(files).size < files.length)
    throw new UsageError(
      `two reports go to ${twice ?? 'standard output'}; give one of them a file: --format ${outputs.at(-1)?.format}=FILE`,
    );
  if (outputs.some(({ file }) => file === '')) throw new UsageError('--format FORMAT=FILE needs a file');
  return outputs;
}

function listOf(given: readonly string[] | undefined): string[] {
  return (given ?? [])
    .flatMap((list) => list.split(','))
    .map((name) => name.trim())
    .filter(Boolean);
}

function oneOf<T extends string>(option: string, given: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === given);
  if (found !== undefined) return found;
  const meant = nearest(given, allowed);
  throw new UsageError(
    `${option} takes ${allowed.join(', ')}, not "${given}"${meant === undefined ? '' : `; did you mean ${meant}?`}`,
  );
}
