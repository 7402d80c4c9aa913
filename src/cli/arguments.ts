import { nearest } from '../dockerfile/nearest.ts';
import type {
  AdviseArguments,
  Arguments,
  FailOn,
  InspectArguments,
  LintArguments,
  ProveArguments,
  RuleArguments,
} from './argument-types.ts';
import { buildArgsOf, listOf, oneOf } from './argument-values.ts';
import { UsageError } from './errors.ts';
import {
  CHOICES,
  FORMATS_OF,
  OF_BUILD,
  OF_INSPECT,
  OF_LINT,
  OF_PROVE,
  OPTIONS,
  SHELLS,
  SHORT,
  SWITCHES,
  type Switch,
  VALUED,
  type Valued,
} from './options.ts';
import { bytesOf, partOf } from './quantities.ts';

/** Options as given: which switches, and all values of the others in order. */
interface Values {
  readonly switches: ReadonlySet<Switch>;
  readonly values: ReadonlyMap<Valued, readonly string[]>;
}

/** What people coming from other tools try. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  fix: 'lint --fix',
  format: 'lint --fix',
  check: 'lint',
  scan: 'lint',
  image: 'inspect',
  version: '--version',
  list: 'rules',
};

const COMMANDS = ['lint', 'advise', 'prove', 'inspect', 'explain', 'rules', 'init', 'config', 'completions'];

/** Reads the command line; throws a UsageError for what it cannot mean. */
export function parseArguments(argv: readonly string[]): Arguments {
  const { options, positionals } = parse(argv);
  const { switches, values } = options;
  if (values.has('from-hadolint') && positionals[0] !== 'init')
    throw new UsageError('--from-hadolint is an option of init');
  if (switches.has('help') || argv.length === 0) return helpArguments(positionals[0]);
  if (switches.has('version')) return { command: 'version' };
  const [command, ...rest] = positionals;
  switch (command) {
    case 'lint':
      refuse(options, OF_INSPECT, 'inspect');
      refuse(options, OF_PROVE, 'prove');
      return lintArguments(options, rest);
    case 'advise':
      refuse(options, OF_LINT, 'lint');
      refuse(options, { ...OF_INSPECT, valued: OF_INSPECT.valued.filter((name) => name !== 'image') }, 'inspect');
      refuse(options, OF_PROVE, 'prove');
      refuse(options, { switches: [], valued: OF_BUILD }, 'lint and prove');
      refuse(options, { switches: ['pedantic'], valued: ['fail-on', 'color'] }, 'lint and inspect');
      return adviseArguments(options, rest);
    case 'prove':
      refuse(options, OF_LINT, 'lint');
      refuse(options, OF_INSPECT, 'inspect');
      refuse(options, { switches: [], valued: ['fail-on', 'color'] }, 'lint and inspect');
      return proveArguments(options, rest);
    case 'inspect':
      refuse(options, OF_LINT, 'lint');
      refuse(options, OF_PROVE, 'prove');
      refuse(options, { switches: [], valued: ['context', 'build-arg'] }, 'lint and prove');
      return inspectArguments(options, rest);
    case 'explain': {
      const [rule, ...more] = rest;
      if (rule === undefined || more.length > 0)
        throw new UsageError('explain takes one rule; `plimsoll rules` lists them');
      return { command, rule };
    }
    case 'rules': {
      if (rest.length > 0) throw new UsageError('rules takes no arguments');
      const format = values.get('format')?.at(-1) ?? 'text';
      return { command, json: oneOf('--format', format, FORMATS_OF[command]) === 'json' };
    }
    case 'config': {
      refuse(options, OF_LINT, 'lint');
      refuse(options, OF_INSPECT, 'inspect');
      refuse(options, OF_PROVE, 'prove');
      refuse(options, { switches: [], valued: OF_BUILD }, 'lint and prove');
      const [path = '.', ...more] = rest;
      if (more.length > 0) throw new UsageError('config takes one Dockerfile, or a directory');
      const format = values.get('format')?.at(-1) ?? 'text';
      return { command, path, json: oneOf('--format', format, FORMATS_OF[command]) === 'json', ...rulesOf(options) };
    }
    case 'init':
      refuse(
        options,
        { switches: SWITCHES, valued: VALUED.filter((name) => name !== 'from-hadolint') },
        'other commands',
      );
      if (rest.length > 0)
        throw new UsageError('init takes no arguments: it writes to the current directory (--from-hadolint=FILE)');
      return { command, fromHadolint: values.get('from-hadolint')?.at(-1) };
    case 'completions': {
      refuse(options, { switches: SWITCHES, valued: VALUED }, 'other commands');
      const [shell, ...more] = rest;
      if (shell === undefined || more.length > 0)
        throw new UsageError(`completions takes a shell: ${SHELLS.join(', ')}`);
      return { command, shell: oneOf('completions', shell, SHELLS) };
    }
    case 'help':
      return helpArguments(rest[0]);
    default: {
      if (command === undefined)
        throw new UsageError('no command given; `plimsoll lint` checks the Dockerfiles below this directory');
      const meant = OTHER_NAMES[command] ?? nearest(command, COMMANDS);
      throw new UsageError(
        `unknown command "${command}"; ${meant === undefined ? `to check it: plimsoll lint ${command}` : `did you mean "${meant}"?`}`,
      );
    }
  }
}

function helpArguments(topic: string | undefined): Arguments {
  if (topic === undefined || topic === 'help' || COMMANDS.includes(topic)) return { command: 'help', topic };
  const meant = nearest(topic, COMMANDS);
  throw new UsageError(
    `unknown command "${topic}"${meant === undefined ? '; `plimsoll --help` lists them' : `; did you mean "${meant}"?`}`,
  );
}

/** Takes the command line apart. node:util's parseArgs does the same for a fiftieth of a run's time, and says less of mistakes. */
function parse(argv: readonly string[]): { options: Values; positionals: string[] } {
  const switches = new Set<Switch>();
  const values = new Map<Valued, string[]>();
  const positionals: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--') {
      positionals.push(...argv.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
      continue;
    }
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    const written = equals === -1 ? word : word.slice(0, equals);
    const name = written.startsWith('--') ? written.slice(2) : (SHORT[written.slice(1)] ?? '');
    const isSwitch = SWITCHES.find((known) => known === name);
    const isValued = VALUED.find((known) => known === name);
    if (isSwitch !== undefined) {
      if (equals !== -1) throw new UsageError(`${written} takes no value`);
      switches.add(isSwitch);
    } else if (isValued !== undefined) {
      // What it may do without stands behind "=" alone.
      const value = equals !== -1 ? word.slice(equals + 1) : isValued === 'from-hadolint' ? '' : argv[++at];
      if (value === undefined) throw new UsageError(`${written} needs a value`);
      values.set(isValued, [...(values.get(isValued) ?? []), value]);
    } else {
      const meant = written.startsWith('--') ? nearest(name, OPTIONS) : undefined;
      throw new UsageError(
        `unknown option ${written}${meant === undefined ? '; see plimsoll --help' : `; did you mean --${meant}?`}`,
      );
    }
  }
  return { options: { switches, values }, positionals };
}

function lintArguments(options: Values, paths: readonly string[]): LintArguments {
  const { switches, values } = options;
  const last = (name: Valued): string | undefined => values.get(name)?.at(-1);
  const fix = switches.has('fix');
  const diff = switches.has('diff');
  const unsafeFixes = switches.has('unsafe-fixes');
  if (unsafeFixes && !fix && !diff) throw new UsageError('--unsafe-fixes goes with --fix or --diff');
  const fixRules = listOf(values.get('fix-rule'));
  if (fixRules.length > 0 && !fix && !diff) throw new UsageError('--fix-rule goes with --fix or --diff');
  const formats = values.get('format') ?? [];
  if (diff && formats.some((format) => !/^(?:text|json)(?:=|$)/.test(format)))
    throw new UsageError('--diff prints a patch, or with --format json a plan: no other format');
  if (diff && switches.has('statistics')) throw new UsageError('--diff and --statistics: give one of them');
  if (switches.has('statistics') && formats.some((format) => format !== 'text' && !format.includes('=')))
    throw new UsageError(
      '--statistics prints a table in place of the findings: give other formats a file, --format json=FILE',
    );
  if (fix && diff) throw new UsageError('--fix writes and --diff only shows: give one of them');
  const adds = switches.has('add-suppressions');
  if (adds && (last('reason') ?? '').trim() === '')
    throw new UsageError('--add-suppressions goes with --reason: what the comments say');
  if (adds && (fix || diff || paths.includes('-')))
    throw new UsageError('--add-suppressions writes comments into files: not with --fix, --diff or standard input');
  if (last('reason') !== undefined && !adds) throw new UsageError('--reason goes with --add-suppressions');
  if (switches.has('update-baseline') && last('baseline') === undefined)
    throw new UsageError('--update-baseline goes with --baseline FILE');
  if (switches.has('update-baseline') && (fix || diff || adds))
    throw new UsageError('--update-baseline takes down what is found: not with --fix, --diff or --add-suppressions');
  if (switches.has('watch') && (diff || adds || switches.has('update-baseline') || paths.includes('-')))
    throw new UsageError(
      '--watch runs again and again: not with --diff, --add-suppressions, --update-baseline or standard input',
    );
  if (paths.includes('-') && paths.length > 1) throw new UsageError('"-" (standard input) stands alone');
  return {
    command: 'lint',
    paths: paths.length === 0 ? ['.'] : paths,
    fix,
    unsafeFixes,
    diff,
    fixRules,
    outputs: outputsOf(options, FORMATS_OF.lint),
    ...rulesOf(options),
    showSuppressed: switches.has('show-suppressed'),
    statistics: switches.has('statistics'),
    shellcheck: last('shellcheck'),
    verbose: switches.has('verbose'),
    forceExclude: switches.has('force-exclude'),
    watch: switches.has('watch'),
    baseline: last('baseline'),
    updateBaseline: switches.has('update-baseline'),
    addSuppressions: switches.has('add-suppressions'),
    reason: last('reason')?.replace(/\s+/g, ' ').trim(),
    target: last('target'),
    context: last('context'),
    buildArgs: buildArgsOf(values.get('build-arg')),
    stdinFilename: last('stdin-filename') ?? 'Dockerfile',
    color: oneOf('--color', last('color') ?? 'auto', CHOICES.color),
  };
}

/** Which rules, and what of their findings counts. */
function rulesOf({ switches, values }: Values): RuleArguments {
  const last = (name: Valued): string | undefined => values.get(name)?.at(-1);
  const [preset, failOn, config] = [last('preset'), last('fail-on'), last('config')];
  if (config !== undefined && switches.has('isolated'))
    throw new UsageError('--config names a configuration and --isolated wants none: give one of them');
  return {
    preset: preset === undefined ? undefined : oneOf('--preset', preset, CHOICES.preset),
    select: listOf(values.get('select')),
    ignore: listOf(values.get('ignore')),
    config,
    isolated: switches.has('isolated'),
    failOn: failOn === undefined ? undefined : oneOf<FailOn>('--fail-on', failOn, CHOICES['fail-on']),
    pedantic: switches.has('pedantic'),
  };
}

function inspectArguments(options: Values, [image, ...more]: readonly string[]): InspectArguments {
  const { switches, values } = options;
  const last = (name: Valued): string | undefined => values.get(name)?.at(-1);
  if (image === undefined || more.length > 0)
    throw new UsageError('inspect takes one image: a file, a directory, a name, or "-" for standard input');
  const top = last('top') ?? '10';
  if (!/^\d{1,6}$/.test(top)) throw new UsageError(`--top takes a number, not "${top}"`);
  if (last('target') !== undefined && last('dockerfile') === undefined)
    throw new UsageError('--target goes with --dockerfile');
  const baseLayers = last('base-layers');
  if (baseLayers !== undefined && !/^\d{1,3}$/.test(baseLayers))
    throw new UsageError(`--base-layers takes a number, not "${baseLayers}"`);
  const platform = last('platform');
  if (platform !== undefined && !/^[\w.-]+\/[\w.-]+(?:\/[\w.-]+)?$/.test(platform))
    throw new UsageError(`--platform takes OS/ARCH or OS/ARCH/VARIANT such as linux/arm64, not "${platform}"`);
  return {
    command: 'inspect',
    image,
    chosen: last('image'),
    platform,
    dockerfile: last('dockerfile'),
    target: last('target'),
    baseLayers: baseLayers === undefined ? undefined : Number(baseLayers),
    ...rulesOf(options),
    outputs: outputsOf(options, FORMATS_OF.inspect),
    top: Number(top),
    minEfficiency: partOf(last('min-efficiency')),
    maxWasted: bytesOf(last('max-wasted')),
    insecure: switches.has('insecure'),
    progress: !switches.has('no-progress'),
    color: oneOf('--color', last('color') ?? 'auto', CHOICES.color),
  };
}

function proveArguments(options: Values, [path = '.', ...more]: readonly string[]): ProveArguments {
  if (more.length > 0) throw new UsageError('prove takes one Dockerfile, or a directory that has one');
  const { values, switches } = options;
  const last = (name: Valued): string | undefined => values.get(name)?.at(-1);
  const engine = last('engine');
  return {
    command: 'prove',
    path,
    context: last('context'),
    target: last('target'),
    buildArgs: buildArgsOf(values.get('build-arg')),
    network: last('network'),
    engine: engine === undefined ? undefined : oneOf('--engine', engine, CHOICES.engine),
    keep: switches.has('keep'),
    ...rulesOf(options),
    outputs: outputsOf(options, FORMATS_OF.prove, 'markdown'),
  };
}

function adviseArguments(options: Values, [path = '.', ...more]: readonly string[]): AdviseArguments {
  if (more.length > 0) throw new UsageError('advise takes one Dockerfile, or a directory that has one');
  return {
    command: 'advise',
    path,
    image: options.values.get('image')?.at(-1),
    ...rulesOf(options),
    outputs: outputsOf(options, FORMATS_OF.advise, 'markdown'),
  };
}

/** Options of another command are a mistake, not something to pass over. */
function refuse(
  { switches, values }: Values,
  others: { readonly switches: readonly string[]; readonly valued: readonly string[] },
  command: string,
): void {
  const names = [...others.switches, ...others.valued];
  const given = [...switches, ...values.keys()].find((name) => names.includes(name));
  if (given !== undefined) throw new UsageError(`--${given} is an option of ${command}`);
}

/** `--format sarif=out.sarif`; the report without a file goes to standard output, or to --output-file. */
function outputsOf<T extends string>(
  { values }: Values,
  formats: readonly T[],
  usual = 'text',
): { readonly format: T; readonly file: string | undefined }[] {
  const outputs = (values.get('format') ?? [usual]).map((given) => {
    const equals = given.indexOf('=');
    const format = oneOf('--format', equals === -1 ? given : given.slice(0, equals), formats);
    return { format, file: equals === -1 ? values.get('output-file')?.at(-1) : given.slice(equals + 1) };
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
