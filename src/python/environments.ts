import type { Value } from '../dockerfile/expand.ts';
import { flagOf } from '../dockerfile/instructions.ts';
import { isInside, joinPath, normalizePath, type Stage } from '../dockerfile/stages.ts';
import type { ShellWord } from '../shell/script.ts';
import type { Call } from './call.ts';
import type { CopyFacts } from './copies.ts';
import type { Install, MovedEnvironment, PythonEnvironment, Target } from './model.ts';
import {
  type CommandLine,
  isTruthy,
  optionOf,
  parseOptions,
  uvGrammar,
  venvGrammar,
  virtualenvGrammar,
} from './options.ts';
import { condaPython, environmentAt, officialPython, type Pythons, resolveTarget } from './search.ts';

/** `python -m MODULE …`: the module and the words behind it. */
export function moduleCall(words: readonly ShellWord[]): { module: string; rest: readonly ShellWord[] } | undefined {
  if (!/^(?:python|pypy)[\d.]*$/.test(programName(words))) return undefined;
  for (let at = 1; at < words.length; at++) {
    const value = words[at]?.value ?? '';
    if (value === '-m') return { module: words[at + 1]?.value ?? '', rest: words.slice(at + 2) };
    if (/^-m\w/.test(value)) return { module: value.slice(2), rest: words.slice(at + 1) };
    // -W and -X take a value; the other switches stand alone.
    if (value === '-W' || value === '-X') at++;
    else if (!value.startsWith('-')) return undefined;
    else if (value.startsWith('-c')) return undefined;
  }
  return undefined;
}

function programName(words: readonly ShellWord[]): string {
  const name = words[0]?.value ?? '';
  return name.slice(name.lastIndexOf('/') + 1);
}

interface Creation {
  readonly kind: PythonEnvironment['kind'];
  readonly line: CommandLine;
  readonly paths: readonly ShellWord[];
  /** Where no path is named. */
  readonly defaultPath: string | undefined;
  readonly hasPip: boolean;
}

function creationOf(words: readonly ShellWord[]): Creation | undefined {
  const program = programName(words);
  const called = moduleCall(words);
  if (called?.module === 'venv') {
    const line = parseOptions(called.rest, venvGrammar());
    return {
      kind: 'venv',
      line,
      paths: line.operands,
      defaultPath: undefined,
      hasPip: optionOf(line, 'without-pip') === undefined,
    };
  }
  if (called?.module === 'virtualenv' || /^virtualenv(?:-?[\d.]+)?$/.test(program)) {
    const line = parseOptions(called?.rest ?? words.slice(1), virtualenvGrammar());
    const hasPip = optionOf(line, 'no-pip') === undefined && optionOf(line, 'no-seed') === undefined;
    return { kind: 'virtualenv', line, paths: line.operands.slice(0, 1), defaultPath: undefined, hasPip };
  }
  const uv = program === 'uv' ? words.slice(1) : called?.module === 'uv' ? called.rest : undefined;
  if (uv === undefined) return undefined;
  const line = parseOptions(uv, uvGrammar());
  if (line.operands[0]?.value !== 'venv') return undefined;
  return {
    kind: 'uv',
    line,
    paths: line.operands.slice(1, 2),
    defaultPath: '.venv',
    hasPip: optionOf(line, 'seed') !== undefined,
  };
}

/** The environments that a command makes; `install` is the command read as an installer's call. */
export function environmentsMadeBy(call: Call, install: Install | undefined, pythons: Pythons): PythonEnvironment[] {
  const creation = creationOf(call.words);
  if (creation === undefined) return projectEnvironment(call, install, pythons);
  const { kind, line, hasPip } = creation;
  const origin = kind === 'uv' ? uvOrigin(call, line, pythons) : originOf(call, line, kind, pythons);
  const make = (path: Value, pathWord: ShellWord | undefined): PythonEnvironment => ({
    path,
    createdAt: path,
    kind,
    hasPip,
    seesSystemPackages: optionOf(line, 'system-site-packages') !== undefined,
    isRelocatable:
      optionOf(line, 'relocatable') !== undefined ||
      (kind === 'uv' && isTruthy(call.variable('UV_VENV_RELOCATABLE')?.value.text ?? '') === true),
    ...origin,
    stage: call.step.stage,
    order: call.order,
    call,
    pathWord,
    original: undefined,
    copiedBy: undefined,
  });
  if (creation.paths.length > 0) return creation.paths.map((word) => make(call.path(word), word));
  if (creation.defaultPath === undefined) return [];
  return [make(joinPath(call.cwd, { text: creation.defaultPath, known: true }), undefined)];
}

type Origin = Pick<PythonEnvironment, 'python' | 'parent'>;

const NO_ORIGIN: Origin = { python: undefined, parent: undefined };

/** The Python that `python -m venv` or virtualenv makes an environment from: the one that runs it, or `--python`. */
function originOf(call: Call, line: CommandLine, kind: PythonEnvironment['kind'], pythons: Pythons): Origin {
  const [name] = call.words;
  const asked = kind === 'virtualenv' ? optionOf(line, 'python')?.value : undefined;
  if (name === undefined) return NO_ORIGIN;
  const text = asked ?? (call.program.startsWith('python') ? undefined : 'python3');
  const python = text === undefined ? (name.value.includes('/') ? call.path(name) : call.expand(name)) : literal(text);
  return originOfTarget(resolveTarget(python, call.searchPath, pythons), pythons);
}

function originOfTarget(target: Target, pythons: Pythons): Origin {
  switch (target.kind) {
    case 'base':
      return { python: target.interpreter, parent: undefined };
    case 'conda':
      return { python: condaPython(pythons.base), parent: undefined };
    case 'environment':
      return { python: target.environment?.python, parent: target.environment };
    default:
      return NO_ORIGIN;
  }
}

/**
 * The Python that uv chooses: one that it manages where there is one or where the image has none, else the first on PATH
 * (docs.astral.sh/uv/concepts/python-versions).
 */
function uvOrigin(call: Call, line: CommandLine, pythons: Pythons): Origin {
  const { base, isUncertain, hasPythonPackage, managed } = pythons;
  const variable = call.variable('UV_PYTHON');
  const set = variable === undefined || variable.origin === 'base' ? '' : variable.value.text;
  const asked = optionOf(line, 'python')?.value ?? set;
  if (asked.includes('$')) return NO_ORIGIN;
  if (asked.includes('/')) return originOfTarget(resolveTarget(literal(asked), call.searchPath, pythons), pythons);
  const version = /^(?:python|cpython)?[@-]?(3\.\d+)/.exec(asked)?.[1];
  const managedPython = (directory: Value): Origin => ({
    python: { kind: 'uv', marker: 'yes', version, path: directory.known ? directory.text : undefined },
    parent: undefined,
  });
  if (managed !== undefined) return managedPython(managed);
  if (base === undefined || isUncertain) return NO_ORIGIN;
  const downloads = call.variable('UV_PYTHON_DOWNLOADS')?.value.text ?? '';
  const mayDownload = !/^(?:never|manual|0|false)$/i.test(downloads);
  if (base.python === 'official') {
    if (version === undefined || version === base.officialVersion)
      return { python: officialPython(base), parent: undefined };
    return mayDownload && base.officialVersion !== undefined ? managedPython(managedDirectory(call)) : NO_ORIGIN;
  }
  const hasNone = base.hasDistributionPython === false && !hasPythonPackage;
  return hasNone && mayDownload ? managedPython(managedDirectory(call)) : NO_ORIGIN;
}

/** Where uv keeps the Pythons it fetches (docs.astral.sh/uv/reference/storage). */
export function managedDirectory(call: Call): Value {
  const set = call.variable('UV_PYTHON_INSTALL_DIR')?.value;
  if (set !== undefined && set.text !== '' && (set.known || !/^\$\{?UV_PYTHON_INSTALL_DIR/.test(set.text))) return set;
  const data = call.variable('XDG_DATA_HOME')?.value;
  if (data?.known && data.text !== '') return { text: `${data.text}/uv/python`, known: true };
  return { text: `${call.home.text}/.local/share/uv/python`, known: call.home.known };
}

function literal(text: string): Value {
  return { text, known: true };
}

/** The environment of a project: what `uv sync` and `uv add` make, or poetry, pdm and pipenv in the project's directory. */
function projectEnvironment(call: Call, install: Install | undefined, pythons: Pythons): PythonEnvironment[] {
  const kinds = { uv: 'uv-sync', poetry: 'poetry', pdm: 'pdm', pipenv: 'pipenv' } as const;
  const tool = install?.tool;
  if (install === undefined || (tool !== 'uv' && tool !== 'poetry' && tool !== 'pdm' && tool !== 'pipenv')) return [];
  if (install.action !== 'install' && install.action !== 'sync') return [];
  if (tool === 'uv' && (install.label === 'uv pip' || install.label === 'uv tool')) return [];
  const path = tool === 'uv' ? projectEnvironmentPath(call, install.line) : inProjectPath(install);
  if (path === undefined || isInterpreterPrefix(path.text)) return [];
  const isKnown = environmentAt(path.text, pythons.environments) !== undefined && path.known;
  if (isKnown && tool !== 'uv') return [];
  return [
    {
      path,
      createdAt: path,
      kind: kinds[tool],
      hasPip: tool === 'poetry' || tool === 'pipenv',
      seesSystemPackages: false,
      isRelocatable: false,
      ...(tool === 'uv' ? uvOrigin(call, install.line, pythons) : originOfTarget(pythonOnPath(call, pythons), pythons)),
      stage: call.step.stage,
      order: call.order,
      call,
      pathWord: undefined,
      original: undefined,
      copiedBy: undefined,
    },
  ];
}

function pythonOnPath(call: Call, pythons: Pythons): Target {
  return resolveTarget(literal('python3'), call.searchPath, pythons);
}

type ProjectCall = Pick<Install, 'tool' | 'call' | 'line' | 'setting'>;

/** `.venv` beside the project, for tools that keep it there: pdm does, poetry and pipenv where they are told to. */
export function inProjectPath({ tool, call, line, setting }: ProjectCall): Value | undefined {
  const active = call.variable('VIRTUAL_ENV')?.value;
  if (active !== undefined && active.text !== '') return undefined;
  if (['directory', 'project', 'global', 'system'].some((name) => optionOf(line, name) !== undefined)) return undefined;
  const name = tool === 'poetry' ? 'virtualenvs.in-project' : tool === 'pipenv' ? 'venv-in-project' : undefined;
  const isInProject = name === undefined || isTruthy(setting(name)?.value ?? '') === true;
  return isInProject ? joinPath(call.cwd, literal('.venv')) : undefined;
}

/** Prefixes of interpreters: a project environment there is no environment but the base Python. */
export function isInterpreterPrefix(path: string): boolean {
  return ['/usr', '/usr/local', '/opt/conda', '/'].includes(path);
}

/** Where `uv sync` works; undefined where an active environment or another project decides. */
export function projectEnvironmentPath(call: Call, line: CommandLine): Value | undefined {
  const active = optionOf(line, 'active') === undefined ? undefined : call.variable('VIRTUAL_ENV')?.value;
  if (active !== undefined && active.text !== '') return active;
  if (['active', 'project', 'directory', 'script'].some((name) => optionOf(line, name) !== undefined)) return undefined;
  const set = call.variable('UV_PROJECT_ENVIRONMENT');
  const path = set === undefined || set.value.text === '' ? literal('.venv') : set.value;
  // With a base image unknown the variable may be set there; an own name then is as good as unset.
  return joinPath(call.cwd, set?.origin === 'base' && !set.value.known ? literal('.venv') : path);
}

/** What a COPY brings: the environments of the stage it copies from that lie in what is copied. */
export function environmentsCopiedBy(
  { step, from, sources, target, targetArg, order }: CopyFacts,
  environmentsOf: (stage: Stage) => readonly PythonEnvironment[],
): { environments: PythonEnvironment[]; moved: MovedEnvironment[] } {
  const environments: PythonEnvironment[] = [];
  const moved: MovedEnvironment[] = [];
  if (from === undefined) return { environments, moved };
  const withParents = flagOf(step.instruction, 'parents') !== undefined;
  for (const { arg, path: source } of sources) {
    if (!source.known || /[*?[]/.test(source.text)) continue;
    for (const original of environmentsOf(from)) {
      if (!original.path.known || !isInside(original.path.text, source.text)) continue;
      const below = original.path.text.slice(source.text === '/' ? 0 : source.text.length);
      // `--parents` keeps the path from `/./` on, or all of it.
      const pivot = arg.text.includes('/./') ? normalizePath(`/${arg.text.slice(0, arg.text.indexOf('/./'))}`) : '/';
      const kept = original.path.text.slice(pivot === '/' ? 0 : pivot.length);
      const text = withParents ? `${target.text}${kept}` : `${target.text}${below}`;
      const path = { text: normalizePath(text), known: target.known };
      if (environmentAt(path.text, environments) !== undefined) continue;
      const { stage } = step;
      const environment: PythonEnvironment = {
        ...original,
        path,
        stage,
        order,
        pathWord: undefined,
        original,
        copiedBy: { step, source: arg },
      };
      environments.push(environment);
      const isExact = source.text === original.path.text;
      const sourceText = { text: arg.text, range: arg.range };
      if (path.known)
        moved.push({ original, environment, step, targetRange: targetArg.range, by: 'COPY', isExact, sourceText });
    }
  }
  return { environments, moved: moved.filter(({ environment }) => isElsewhere(environment)) };
}

/** What `mv` and `cp -r` do to the environments known so far. */
export function environmentsMovedBy(
  call: Call,
  known: readonly PythonEnvironment[],
): { environments: PythonEnvironment[]; moved: MovedEnvironment[] } {
  const { command, step, order } = call;
  const environments: PythonEnvironment[] = [];
  const moved: MovedEnvironment[] = [];
  const isCopy =
    command.program === 'cp' && command.words.some((word) => /^-\w*[raR]|^--(?:recursive|archive)$/.test(word.value));
  if (!isCopy && command.program !== 'mv') return { environments, moved };
  const operands = command.words.slice(1).filter((word) => !word.value.startsWith('-'));
  const targetWord = operands.at(-1);
  if (targetWord === undefined || operands.length !== 2 || operands[0] === undefined) return { environments, moved };
  const source = call.path(operands[0]);
  const original = environmentAt(source.text, known);
  const target = call.path(targetWord);
  // Into a directory or to a new name: only the file system knows. A slash at the end and the usual parents are directories.
  const isDirectory =
    targetWord.value.endsWith('/') ||
    /^(?:\/|\/opt|\/srv|\/usr|\/usr\/local|\/home|\/root|\/var|\/app)$/.test(target.text);
  if (original === undefined || !source.known || !target.known) return { environments, moved };
  const path = {
    text: isDirectory
      ? normalizePath(`${target.text}/${source.text.slice(source.text.lastIndexOf('/') + 1)}`)
      : target.text,
    known: true,
  };
  const environment: PythonEnvironment = {
    ...original,
    path,
    stage: step.stage,
    order,
    pathWord: undefined,
    original,
    copiedBy: undefined,
  };
  if (path.text === source.text) return { environments, moved };
  environments.push(environment);
  moved.push({
    original,
    environment,
    step,
    targetRange: targetWord.range,
    by: 'command',
    isExact: true,
    sourceText: undefined,
  });
  return { environments, moved: moved.filter(() => isElsewhere(environment)) };
}

/** Whether an environment stands elsewhere than its scripts say. Copied back to where it was made, it is whole again. */
function isElsewhere({ path, createdAt, isRelocatable, kind }: PythonEnvironment): boolean {
  return createdAt.known && path.text !== createdAt.text && !isRelocatable && kind !== 'base-image';
}
