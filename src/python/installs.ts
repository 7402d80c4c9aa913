import type { Value } from '../dockerfile/expand.ts';
import type { Step } from '../dockerfile/stages.ts';
import { programOf, type ShellCommand, type ShellScript, type ShellWord } from '../shell/script.ts';
import { moduleCall, projectEnvironmentPath } from './environments.ts';
import type { Flow, Variable } from './flow.ts';
import type { ConfigWrite, Install, Order, Target, ToolSetting } from './model.ts';
import {
  type CommandLine,
  isTruthy,
  optionOf,
  parseOptions,
  pipBeforeSubcommand,
  pipGrammars,
  uvGrammar,
} from './options.ts';
import { environmentAt, type Pythons, resolveTarget } from './search.ts';

/** What a call of an installer is read against. */
export interface InstallContext {
  readonly step: Step;
  readonly script: ShellScript;
  readonly flow: Flow;
  readonly pythons: Pythons;
  /** Configuration written before the call. */
  readonly config: readonly ConfigWrite[];
  readonly isMarkerGone: boolean;
  readonly order: Order;
}

/** An installer's own words, before target and settings are worked out. */
interface Call {
  readonly tool: Install['tool'];
  readonly label: string;
  readonly action: Install['action'];
  readonly verb: ShellWord | undefined;
  readonly line: CommandLine;
  /** Names of packages, paths and files on the command line. */
  readonly packages: readonly ShellWord[];
  readonly target: (command: ShellCommand, context: InstallContext) => Target;
}

/** Reads a command as a call of an installer; undefined where it is none. */
export function installOf(command: ShellCommand, context: InstallContext): Install | undefined {
  const words = context.flow.words(command);
  const call = callOf(words);
  const first = words[0];
  const last = words.at(-1);
  if (call === undefined || first === undefined || last === undefined) return undefined;
  const { flow, config, order, step, script, isMarkerGone } = context;
  const target = installTarget(call, command, context);
  const variable = (name: string): Variable | undefined => flow.variable(name, command);
  return {
    tool: call.tool,
    label: call.label,
    action: call.action,
    verb: call.verb,
    line: call.line,
    target,
    range: { start: first.range.start, end: last.range.end },
    command,
    script,
    step,
    order,
    installsOnly: (names) =>
      call.packages.length > 0 && call.packages.every((word) => names.has(/^[\w.-]*/.exec(word.value)?.[0] ?? '')),
    isMarkerGone,
    setting: (name) => settingOf(name, call, variable, config),
    variable,
    expand: (word) => flow.expand(word, command),
    home: flow.home(command),
  };
}

function settingOf(
  name: string,
  { tool, line, action }: Call,
  variable: (name: string) => Variable | undefined,
  config: readonly ConfigWrite[],
): ToolSetting | undefined {
  const option = optionOf(line, name);
  if (option !== undefined) return { value: option.value ?? '1', origin: { kind: 'option', word: option.word } };
  const prefix = tool === 'uv' ? 'UV' : tool === 'pipenv' ? 'PIPENV' : 'PIP';
  const found = variable(`${prefix}_${name.replaceAll('-', '_').toUpperCase()}`);
  // A variable that a base image may set says nothing; an empty one is as good as unset (pip, configuration.md).
  if (found !== undefined && found.value.text !== '' && (found.value.known || found.origin !== 'base'))
    return { value: found.value.text, origin: { kind: 'variable', variable: found } };
  if (tool !== 'pip') return undefined;
  const write = config.findLast(({ key, section }) => key === name && (section === 'global' || section === action));
  return write && { value: write.value, origin: { kind: 'config', write } };
}

/** Runs a command in an environment of its own: `uv run`, `poetry run`, `conda run -n NAME` … */
function runnerOf(words: readonly ShellWord[]): { target: Target; rest: readonly ShellWord[] } | undefined {
  const program = programOf(words[0]?.value ?? '');
  if (words[1]?.value !== 'run') return undefined;
  const isConda = /^(?:conda|mamba|micromamba)$/.test(program);
  if (!isConda && !['uv', 'poetry', 'pipenv', 'pdm', 'hatch', 'pixi'].includes(program)) return undefined;
  const at = words.findIndex((word, index) => index > 1 && /^(?:pip|python)[\d.]*$/.test(word.value));
  if (at === -1) return undefined;
  return { target: isConda ? { kind: 'conda' } : { kind: 'unknown' }, rest: words.slice(at) };
}

function callOf(words: readonly ShellWord[]): Call | undefined {
  const runner = runnerOf(words);
  if (runner !== undefined) {
    const call = callOf(runner.rest);
    return call && { ...call, target: () => runner.target };
  }
  const name = words[0];
  if (name === undefined) return undefined;
  const program = programOf(name.value);
  if (/^pip(?:3(?:\.\d+)?)?$/.test(program)) return pipCall(words.slice(1), name);
  const called = moduleCall(words);
  if (called?.module === 'pip') return pipCall(called.rest, name);
  if (called?.module === 'uv' || program === 'uv') return uvCall(called?.rest ?? words.slice(1));
  const action = words[1]?.value ?? '';
  const other = (tool: Install['tool'], target: Call['target']): Call => ({
    tool,
    label: program,
    action: 'install',
    verb: words[1],
    line: { options: [], operands: words.slice(1) },
    packages: [],
    target,
  });
  switch (program) {
    case 'poetry':
      return ['install', 'add', 'sync', 'update'].includes(action) ? other('poetry', poetryTarget) : undefined;
    case 'pipenv':
      return ['install', 'sync', 'update'].includes(action) ? other('pipenv', () => ({ kind: 'unknown' })) : undefined;
    case 'pdm':
      return ['install', 'sync', 'add', 'update'].includes(action)
        ? other('pdm', () => ({ kind: 'unknown' }))
        : undefined;
    case 'pipx':
      return action === 'install' ? other('pipx', ownEnvironment) : undefined;
    case 'conda':
    case 'mamba':
    case 'micromamba':
      return ['install', 'create', 'update', 'env'].includes(action)
        ? other('conda', () => ({ kind: 'conda' }))
        : undefined;
    case 'easy_install':
      return other('easy_install', (command, context) => lookUp('python3', command, context));
  }
  if (
    /^python[\d.]*$/.test(program) &&
    words.some((word) => /(?:^|\/)setup\.py$/.test(word.value)) &&
    words.some((word) => /^(?:install|develop)$/.test(word.value))
  )
    return other('setup.py', (command, context) => lookUpWord(name, command, context));
  return undefined;
}

const ACTIONS: Readonly<Record<string, Install['action']>> = {
  install: 'install',
  uninstall: 'uninstall',
  download: 'download',
  wheel: 'wheel',
  config: 'config',
};

function pipCall(words: readonly ShellWord[], name: ShellWord): Call | undefined {
  const before = parseOptions(words, pipBeforeSubcommand());
  const verb = before.operands[0];
  if (verb === undefined) return undefined;
  const action = Object.hasOwn(ACTIONS, verb.value) ? ACTIONS[verb.value] : 'other';
  const grammar = (Object.hasOwn(pipGrammars, verb.value) ? pipGrammars[verb.value] : undefined) ?? pipBeforeSubcommand;
  const line = parseOptions(words, grammar());
  if (line.options.some((option) => option.name === 'help' || option.name === 'version')) return undefined;
  return {
    tool: 'pip',
    label: 'pip',
    action: action ?? 'other',
    verb,
    line,
    packages: line.operands.slice(1),
    target: (command, context) => {
      const python = optionOf(line, 'python');
      if (python === undefined) return lookUpWord(name, command, context);
      return python.valueWord === undefined ? { kind: 'unknown' } : namedPython(python.valueWord, command, context);
    },
  };
}

function uvCall(words: readonly ShellWord[]): Call | undefined {
  const line = parseOptions(words, uvGrammar());
  if (line.options.some((option) => option.name === 'help')) return undefined;
  const [first, second] = line.operands;
  if (first?.value === 'pip') {
    const action = { install: 'install', sync: 'sync', uninstall: 'uninstall' }[second?.value ?? ''] as
      | Install['action']
      | undefined;
    return {
      tool: 'uv',
      label: 'uv pip',
      action: action ?? 'other',
      verb: second,
      line,
      packages: line.operands.slice(2),
      target: (command, context) => uvPipTarget(line, command, context),
    };
  }
  if (first?.value === 'sync' || first?.value === 'add')
    return {
      tool: 'uv',
      label: `uv ${first.value}`,
      action: first.value === 'sync' ? 'sync' : 'install',
      verb: first,
      line,
      packages: line.operands.slice(1),
      target: (command, context) => projectTarget(line, command, context),
    };
  if (first?.value === 'tool' && second?.value === 'install')
    return {
      tool: 'uv',
      label: 'uv tool',
      action: 'install',
      verb: second,
      line,
      packages: [],
      target: ownEnvironment,
    };
  return undefined;
}

/** `--target`, `--prefix` and `--root` lead past the environment, on the command line or by variable. */
function installTarget(call: Call, command: ShellCommand, context: InstallContext): Target {
  if (call.tool === 'pip' || call.tool === 'uv') {
    for (const name of ['target', 'prefix', 'root']) {
      const option = optionOf(call.line, name);
      if (option === undefined) continue;
      const word = option.valueWord ?? option.word;
      const text = context.flow.expand(word, command);
      const path = option.valueWord === undefined ? { text: option.value ?? '', known: text.known } : text;
      // Into the interpreter's own tree it is a base install that no guard sees; another rule's matter.
      return /^\/(?:usr(?:\/local)?(?:\/lib.*)?)?\/?$/.test(path.text)
        ? { kind: 'unknown' }
        : { kind: 'directory', path };
    }
  }
  return call.target(command, context);
}

function lookUp(program: string, command: ShellCommand, { flow, pythons }: InstallContext): Target {
  return resolveTarget({ text: program, known: true }, flow.searchPath(command), pythons);
}

function lookUpWord(word: ShellWord, command: ShellCommand, { flow, pythons }: InstallContext): Target {
  const name = word.value.includes('/') ? flow.path(word, command) : flow.expand(word, command);
  return resolveTarget(name, flow.searchPath(command), pythons);
}

/** `--python X`: an environment, an interpreter, or a version that nobody can tell from here. */
function namedPython(word: ShellWord, command: ShellCommand, { flow, pythons }: InstallContext): Target {
  if (!word.value.includes('/') && !word.value.startsWith('.') && !word.value.includes('$')) return { kind: 'unknown' };
  const path = flow.path(word, command);
  const environment = environmentAt(path.text, pythons.environments);
  if (environment !== undefined) return { kind: 'environment', path, environment };
  return resolveTarget(path, { text: '', known: true }, pythons);
}

/** docs.astral.sh/uv/pip/environments: --system, --python, VIRTUAL_ENV, CONDA_PREFIX, then .venv here or above. */
function uvPipTarget(line: CommandLine, command: ShellCommand, context: InstallContext): Target {
  const { flow, pythons } = context;
  const system = flow.variable('UV_SYSTEM_PYTHON', command);
  const python = optionOf(line, 'python');
  if (python?.valueWord !== undefined) return namedPython(python.valueWord, command, context);
  if (python !== undefined) return { kind: 'unknown' };
  if (optionOf(line, 'system') !== undefined || (system?.value.known && isTruthy(system.value.text)))
    return lookUp('python3', command, { ...context, pythons: { ...pythons, environments: [] } });
  const active = flow.variable('VIRTUAL_ENV', command);
  if (active !== undefined && active.value.text !== '') {
    if (!active.value.known) return { kind: 'unknown' };
    return {
      kind: 'environment',
      path: active.value,
      environment: environmentAt(active.value.text, pythons.environments),
    };
  }
  const cwd = flow.cwd(command);
  const path = { text: `${cwd.text === '/' ? '' : cwd.text}/.venv`, known: cwd.known };
  const environment = environmentAt(path.text, pythons.environments);
  return environment === undefined ? { kind: 'unknown' } : { kind: 'environment', path, environment };
}

function projectTarget(line: CommandLine, command: ShellCommand, { flow, pythons }: InstallContext): Target {
  const path = projectEnvironmentPath(command, line, flow);
  if (path === undefined || !path.known || ['/usr', '/usr/local', '/opt/conda', '/'].includes(path.text))
    return { kind: 'unknown' };
  return { kind: 'environment', path, environment: environmentAt(path.text, pythons.environments) };
}

/** poetry works in the active environment, else makes one of its own unless told not to (virtualenvs.create). */
function poetryTarget(command: ShellCommand, context: InstallContext): Target {
  const active = context.flow.variable('VIRTUAL_ENV', command);
  if (active?.value.known && active.value.text !== '')
    return {
      kind: 'environment',
      path: active.value,
      environment: environmentAt(active.value.text, context.pythons.environments),
    };
  return { kind: 'unknown' };
}

function ownEnvironment(): Target {
  const path: Value = { text: '', known: false };
  return { kind: 'environment', path, environment: undefined };
}
