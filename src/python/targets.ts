import type { Value } from '../dockerfile/expand.ts';
import type { ShellWord } from '../shell/script.ts';
import type { Call } from './call.ts';
import { isInterpreterPrefix, projectEnvironmentPath } from './environments.ts';
import type { InstallerCall } from './installer-calls.ts';
import type { Target, ToolSetting } from './model.ts';
import { isTruthy, optionOf } from './options.ts';
import { environmentAt, type Pythons, resolveTarget } from './search.ts';

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
      const text = context.call.expand(option.valueWord ?? option.word);
      const path = option.valueWord === undefined ? { text: option.value ?? '', known: text.known } : text;
      // Into the interpreter's own tree it is a base install that no guard sees: marker-bypass-path.
      return /^\/(?:usr(?:\/local)?(?:\/lib.*)?)?\/?$/.test(path.text)
        ? { kind: 'unknown' }
        : { kind: 'directory', path };
    }
  }
  switch (tool) {
    case 'uv':
      return installer.label === 'uv pip' ? uvPipTarget(installer, context) : uvProjectTarget(installer, context);
    case 'poetry':
      return poetryTarget(installer, context);
    case 'pipenv':
      return pipenvTarget(context);
    case 'pdm':
      return pdmTarget(installer, context);
    case 'conda':
      return { kind: 'conda' };
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
      return python.valueWord === undefined ? UNKNOWN : namedPython(python.valueWord, context);
    }
  }
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
function namedPython(word: ShellWord, { call, pythons }: TargetContext): Target {
  if (!word.value.includes('/') && !word.value.startsWith('.') && !word.value.includes('$')) return UNKNOWN;
  const path = call.path(word);
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
  if (python !== undefined) return python.valueWord === undefined ? UNKNOWN : namedPython(python.valueWord, context);
  if (optionOf(line, 'system') !== undefined || (system?.value.known && isTruthy(system.value.text)))
    return lookUp('python3', { ...context, pythons: { ...pythons, environments: [] } });
  const active = activeTarget(context);
  if (active !== undefined) return active;
  const { cwd } = call;
  const path = { text: `${cwd.text === '/' ? '' : cwd.text}/.venv`, known: cwd.known };
  const environment = environmentAt(path.text, pythons.environments);
  return environment === undefined ? UNKNOWN : { kind: 'environment', path, environment };
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
function poetryTarget({ line }: InstallerCall, context: TargetContext): Target {
  const active = activeTarget(context);
  if (active !== undefined) return active;
  const create = context.setting('virtualenvs.create');
  if (create !== undefined && isTruthy(create.value) === false) return lookUp('python3', context);
  const path = projectEnvironmentPath(context.call, line);
  return path === undefined ? UNKNOWN : environmentTarget(path, context);
}

function pipenvTarget(context: TargetContext): Target {
  const active = activeTarget(context);
  const system = context.setting('system');
  if (system !== undefined && isTruthy(system.value))
    return active === undefined ? lookUp('python3', context) : UNKNOWN;
  return active ?? UNKNOWN;
}

function pdmTarget({ line }: InstallerCall, context: TargetContext): Target {
  const active = activeTarget(context);
  if (active !== undefined) return active;
  const useVenv = context.setting('python.use-venv');
  const isOff = useVenv !== undefined && isTruthy(useVenv.value) === false;
  return optionOf(line, 'global') !== undefined || isOff ? lookUp('python3', context) : UNKNOWN;
}
