import { programOf, type ShellWord } from '../shell/script.ts';
import { moduleCall } from './environments.ts';
import type { Install, Target } from './model.ts';
import {
  type CommandLine,
  condaGrammar,
  type Grammar,
  optionOf,
  parseOptions,
  pdmGrammar,
  pipBeforeSubcommand,
  pipenvGrammar,
  pipGrammars,
  poetryGrammar,
  uvGrammar,
} from './options.ts';

/** An installer's own words, before target and settings are worked out. */
export interface InstallerCall extends Pick<Install, 'tool' | 'label' | 'action' | 'verb' | 'line' | 'packages'> {
  /** The word that names the program. */
  readonly name: ShellWord;
  /** Where a runner such as `conda run` puts it. */
  readonly runner: Target | undefined;
}

/** Runs a command in an environment of its own: `uv run`, `poetry run`, `conda run -n NAME` … */
function runnerOf(words: readonly ShellWord[]): { target: Target; rest: readonly ShellWord[] } | undefined {
  const program = programOf(words[0]?.value ?? '');
  if (words[1]?.value !== 'run') return undefined;
  const isConda = /^(?:conda|mamba|micromamba)$/.test(program);
  if (!isConda && !['uv', 'poetry', 'pipenv', 'pdm', 'hatch', 'pixi'].includes(program)) return undefined;
  const at = words.findIndex((word, index) => index > 1 && /^(?:pip|python)[\d.]*$/.test(word.value));
  if (at === -1) return undefined;
  if (!isConda) return { target: { kind: 'unknown' }, rest: words.slice(at) };
  const named = parseOptions(words.slice(1, at), condaGrammar());
  const name = optionOf(named, 'name')?.value ?? optionOf(named, 'prefix')?.value;
  return { target: { kind: 'conda', isBase: name === undefined ? undefined : name === 'base' }, rest: words.slice(at) };
}

/** Reads words as a call of an installer; undefined where they are none. */
export function installerCallOf(words: readonly ShellWord[]): InstallerCall | undefined {
  const runner = runnerOf(words);
  if (runner !== undefined) {
    const call = installerCallOf(runner.rest);
    return call && { ...call, runner: runner.target };
  }
  const name = words[0];
  if (name === undefined) return undefined;
  const program = programOf(name.value);
  if (/^pip(?:3(?:\.\d+)?)?$/.test(program)) return pipCall(words.slice(1), name);
  const python = pythonCall(words, name);
  if (python !== undefined) return python;
  const rest = words.slice(1);
  switch (program) {
    case 'uv':
      return uvCall(rest, name);
    case 'poetry':
      return projectCall('poetry', rest, name, poetryGrammar());
    case 'pipenv':
      return projectCall('pipenv', rest, name, pipenvGrammar());
    case 'pdm':
      return projectCall('pdm', rest, name, pdmGrammar());
    case 'conda':
    case 'mamba':
    case 'micromamba':
      return condaCall(rest, name);
    case 'pip-sync':
      return callOf('pip-sync', 'sync', name, undefined, parseOptions(rest, pipBeforeSubcommand()), []);
    case 'easy_install':
      return callOf('easy_install', 'install', name, undefined, { options: [], operands: rest }, rest);
    case 'pipx':
    case 'spack':
    case 'brew':
      return rest[0]?.value === 'install' ? plainCall(program, rest, name) : undefined;
    case 'hatch':
      return rest[0]?.value === 'env' && rest[1]?.value === 'create' ? plainCall('hatch', rest, name) : undefined;
    case 'nix-env':
      return rest.some((word) => /^(?:-\w*i\w*|--install)$/.test(word.value))
        ? plainCall('nix', rest, name)
        : undefined;
    default:
      return undefined;
  }
}

function callOf(
  tool: Install['tool'],
  action: Install['action'],
  name: ShellWord,
  verb: ShellWord | undefined,
  line: CommandLine,
  packages: readonly ShellWord[],
  label: string = programOf(name.value),
): InstallerCall {
  return { tool, label, action, verb, line, packages, name, runner: undefined };
}

function plainCall(tool: Install['tool'], words: readonly ShellWord[], name: ShellWord): InstallerCall {
  const operands = words.slice(1).filter((word) => !word.value.startsWith('-'));
  return callOf(tool, 'install', name, words[0], { options: [], operands }, operands);
}

/** `python -m pip`, `python -m uv`, `python -m installer`, `python setup.py install`. */
function pythonCall(words: readonly ShellWord[], name: ShellWord): InstallerCall | undefined {
  const called = moduleCall(words);
  switch (called?.module) {
    case 'pip':
      return pipCall(called.rest, name);
    case 'uv':
      return uvCall(called.rest, name);
    case 'poetry':
      return projectCall('poetry', called.rest, name, poetryGrammar());
    case 'pipenv':
      return projectCall('pipenv', called.rest, name, pipenvGrammar());
    case 'pdm':
      return projectCall('pdm', called.rest, name, pdmGrammar());
    case 'easy_install':
      return callOf('easy_install', 'install', name, undefined, { options: [], operands: called.rest }, called.rest);
    case 'installer': {
      const elsewhere = called.rest.some((word) => /^(?:-[dp]$|--(?:destdir|prefix))/.test(word.value));
      const label = 'python -m installer';
      return elsewhere
        ? undefined
        : callOf('installer', 'install', name, undefined, { options: [], operands: called.rest }, called.rest, label);
    }
  }
  if (!/^python[\d.]*$/.test(programOf(name.value))) return undefined;
  const at = words.findIndex((word) => /(?:^|\/)setup\.py$/.test(word.value));
  const verb = at === -1 ? undefined : words.slice(at + 1).find((word) => /^(?:install|develop)$/.test(word.value));
  if (verb === undefined) return undefined;
  const operands = words.slice(at + 1);
  return callOf('setup.py', 'install', name, verb, { options: [], operands }, [], `setup.py ${verb.value}`);
}

const ACTIONS: Readonly<Record<string, Install['action']>> = {
  install: 'install',
  add: 'install',
  update: 'install',
  upgrade: 'install',
  create: 'install',
  sync: 'sync',
  uninstall: 'uninstall',
  remove: 'uninstall',
  download: 'download',
  wheel: 'wheel',
  config: 'config',
};

function actionOf(verb: ShellWord | undefined): Install['action'] | undefined {
  const name = verb?.value ?? '';
  return Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
}

function pipCall(words: readonly ShellWord[], name: ShellWord): InstallerCall | undefined {
  const verb = parseOptions(words, pipBeforeSubcommand()).operands[0];
  if (verb === undefined) return undefined;
  const grammar = (Object.hasOwn(pipGrammars, verb.value) ? pipGrammars[verb.value] : undefined) ?? pipBeforeSubcommand;
  const line = parseOptions(words, grammar());
  if (optionOf(line, 'help') !== undefined || optionOf(line, 'version') !== undefined) return undefined;
  return callOf('pip', actionOf(verb) ?? 'other', name, verb, line, line.operands.slice(1), 'pip');
}

function uvCall(words: readonly ShellWord[], name: ShellWord): InstallerCall | undefined {
  const line = parseOptions(words, uvGrammar());
  if (optionOf(line, 'help') !== undefined) return undefined;
  const [first, second] = line.operands;
  if (first?.value === 'pip')
    return callOf('uv', actionOf(second) ?? 'other', name, second, line, line.operands.slice(2), 'uv pip');
  if (first?.value === 'sync' || first?.value === 'add') {
    const action = actionOf(first) ?? 'other';
    return callOf('uv', action, name, first, line, line.operands.slice(1), `uv ${first.value}`);
  }
  if (first?.value === 'tool' && second?.value === 'install')
    return callOf('uv', 'install', name, second, line, [], 'uv tool');
  return undefined;
}

/** poetry, pipenv and pdm: a verb, options, packages. */
function projectCall(
  tool: 'poetry' | 'pipenv' | 'pdm',
  words: readonly ShellWord[],
  name: ShellWord,
  grammar: Grammar,
): InstallerCall | undefined {
  const line = parseOptions(words, grammar);
  const verb = line.operands[0];
  const action = actionOf(verb);
  if (action === undefined || verb?.value === 'create' || optionOf(line, 'help') !== undefined) return undefined;
  return callOf(tool, action, name, verb, line, line.operands.slice(1), tool);
}

function condaCall(words: readonly ShellWord[], name: ShellWord): InstallerCall | undefined {
  const line = parseOptions(words, condaGrammar());
  const [first, second] = line.operands;
  const verb = first?.value === 'env' ? second : first;
  const action = actionOf(verb);
  if (action === undefined || action === 'config' || optionOf(line, 'help') !== undefined) return undefined;
  return callOf('conda', action, name, verb, line, line.operands.slice(first === verb ? 1 : 2));
}
