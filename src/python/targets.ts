import type { Value } from '../dockerfile/expand.ts';
import { joinPath } from '../dockerfile/stages.ts';
import type { ShellWord } from '../shell/script.ts';
import type { Call } from './call.ts';
import { inProjectPath, isInterpreterPrefix, projectEnvironmentPath } from './environments.ts';
import type { InstallerCall } from './installer-calls.ts';
import type { Install, Target, ToolSetting } from './model.ts';
import { isTruthy, type Option, optionOf } from './options.ts';
import { environmentAt, environmentOnPath, type Pythons, resolveTarget } from './search.ts';

/** What decides where an install goes. */
export interface TargetContext {
  readonly call: Call;
  readonly pythons: Pythons;
  readonly setting: (name: string) => ToolSetting | undefined;
}

/** Where an install puts its packages. */
export function targetOf(installer: InstallerCall, context: TargetContext): Target {
  const { tool, line, runner } = installer;
  if (runner !== undefined) return runner;
  if (tool === 'pip' || tool === 'uv') {
    // `--target`, `--prefix` and `--root` lead past the environment, on the command line or by variable.
    for (const name of ['target', 'prefix', 'root']) {
      const option = optionOf(line, name);
      if (option === undefined) continue;
      const path = optionPath(option, context.call);
      // Into the interpreter's own tree it is a base install that no guard sees: marker-bypass-path.
      if (!/^\/(?:usr(?:\/local)?(?:\/lib.*)?)?\/?$/.test(path.text)) return { kind: 'directory', path };
    }
  }
  switch (tool) {
    case 'uv':
      return installer.label === 'uv pip' ? uvPipTarget(installer, context) : uvProjectTarget(installer, context);
    case 'poetry':
      return poetryTarget(installer, context);
    case 'pipenv':
      return pipenvTarget(installer, context);
    case 'pdm':
      return pdmTarget(installer, context);
    case 'conda':
      return { kind: 'conda', isBase: undefined };
    case 'pipx':
    case 'hatch':
      return OWN_ENVIRONMENT;
    case 'spack':
    case 'nix':
    case 'brew':
      return UNKNOWN;
    case 'easy_install':
      return lookUp('python3', context);
    default: {
      const python = optionOf(line, 'python');
      if (python === undefined) return lookUpWord(installer.name, context);
      return namedPython(python, context);
    }
  }
}

/** Whether `--target`, `--prefix` or `--root`, given in any way, leads an install past its environment. */
export function isLedElsewhere({ setting }: Pick<Install, 'setting'>): boolean {
  return ['target', 'prefix', 'root'].some((name) => setting(name) !== undefined);
}

/** The value of an option as the tool gets it, in the option's own word or the next one. */
export function optionPath({ value, word, valueWord }: Option, call: Call): Value {
  return valueWord === undefined ? call.expandText(value ?? '', word) : call.expand(valueWord);
}

const UNKNOWN: Target = { kind: 'unknown' };

/** Tools that make an environment for what they install. */
const OWN_ENVIRONMENT: Target = { kind: 'environment', path: { text: '', known: false }, environment: undefined };

function lookUp(program: string, { call, pythons }: TargetContext): Target {
  return resolveTarget({ text: program, known: true }, call.searchPath, pythons);
}

function lookUpWord(word: ShellWord, { call, pythons }: TargetContext): Target {
  const name = word.value.includes('/') ? call.path(word) : call.expand(word);
  return resolveTarget(name, call.searchPath, pythons);
}

/** `--python X`: an environment, an interpreter, or a version that nobody can tell from here. */
function namedPython(option: Option, { call, pythons }: TargetContext): Target {
  if (!/[/$]|^\./.test(option.value ?? '')) return UNKNOWN;
  const path = joinPath(call.cwd, optionPath(option, call));
  const environment = environmentAt(path.text, pythons.environments);
  if (environment !== undefined) return { kind: 'environment', path, environment };
  return resolveTarget(path, { text: '', known: true }, pythons);
}

function environmentTarget(path: Value, { pythons }: TargetContext): Target {
  if (!path.known) return UNKNOWN;
  return { kind: 'environment', path, environment: environmentAt(path.text, pythons.environments) };
}

/** The environment that VIRTUAL_ENV names; undefined where it is unset. */
function activeTarget(context: TargetContext): Target | undefined {
  const active = context.call.variable('VIRTUAL_ENV')?.value;
  return active === undefined || active.text === '' ? undefined : environmentTarget(active, context);
}

/** docs.astral.sh/uv/pip/environments: --system, --python, VIRTUAL_ENV, CONDA_PREFIX, then .venv here or above. */
function uvPipTarget({ line }: InstallerCall, context: TargetContext): Target {
  const { call, pythons } = context;
  const system = call.variable('UV_SYSTEM_PYTHON');
  const python = optionOf(line, 'python');
  if (python !== undefined) return namedPython(python, context);
  if (optionOf(line, 'system') !== undefined || (system?.value.known && isTruthy(system.value.text)))
    return lookUp('python3', { ...context, pythons: { ...pythons, environments: [] } });
  const active = activeTarget(context);
  if (active !== undefined) return active;
  // `.venv` here or above, then an environment whose python is the first on PATH.
  const { cwd } = call;
  for (let directory = cwd.known ? cwd.text : ''; directory !== ''; directory = parentOf(directory)) {
    const environment = environmentAt(`${directory === '/' ? '' : directory}/.venv`, pythons.environments);
    if (environment !== undefined) return { kind: 'environment', path: environment.path, environment };
  }
  const onPath = environmentOnPath(call.searchPath, pythons.environments);
  return onPath === undefined ? UNKNOWN : { kind: 'environment', path: onPath.path, environment: onPath };
}

/** '' above the root. */
function parentOf(directory: string): string {
  return directory === '/' ? '' : directory.slice(0, directory.lastIndexOf('/')) || '/';
}

function uvProjectTarget({ label, line }: InstallerCall, context: TargetContext): Target {
  if (label === 'uv tool') return OWN_ENVIRONMENT;
  const path = projectEnvironmentPath(context.call, line);
  return path === undefined || isInterpreterPrefix(path.text) ? UNKNOWN : environmentTarget(path, context);
}

/**
 * poetry works in the active environment, else makes one of its own; told not to (virtualenvs.create), it works on the
 * Python it finds (python-poetry.org/docs/configuration).
 */
function poetryTarget(installer: InstallerCall, context: TargetContext): Target {
  const active = activeTarget(context);
  if (active !== undefined) return active;
  const create = context.setting('virtualenvs.create');
  // Any word but these two is off, and PATH is not asked: the base of the Python that poetry runs on is meant.
  if (create !== undefined && !/^(?:true|1)$/i.test(create.value))
    return lookUp('python3', { ...context, pythons: { ...context.pythons, environments: [] } });
  return inProjectTarget(installer, context);
}

/** The environment beside the project, once it is made. */
function inProjectTarget({ tool, line }: InstallerCall, context: TargetContext): Target {
  const path = inProjectPath({ tool, line, call: context.call, setting: context.setting });
  return path === undefined ? UNKNOWN : environmentTarget(path, context);
}

function pipenvTarget(installer: InstallerCall, context: TargetContext): Target {
  const active = activeTarget(context);
  const system = context.setting('system');
  // --system means the first python on PATH, an environment's too.
  if (system !== undefined && isTruthy(system.value)) {
    const onPath = lookUp('python3', context);
    return active === undefined || onPath.kind === 'environment' ? onPath : UNKNOWN;
  }
  return active ?? inProjectTarget(installer, context);
}

function pdmTarget(installer: InstallerCall, context: TargetContext): Target {
  const active = activeTarget(context);
  if (active !== undefined) return active;
  // python.use_venv=false is no install into the base: it goes to __pypackages__ of the project (PEP 582).
  const isGlobal = optionOf(installer.line, 'global') !== undefined;
  return isGlobal ? lookUp('python3', context) : inProjectTarget(installer, context);
}
