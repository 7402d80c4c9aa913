import type { Value } from '../dockerfile/expand.ts';
import { flagOf } from '../dockerfile/instructions.ts';
import { joinPath, normalizePath, type Stage, type Step, stageNamed } from '../dockerfile/stages.ts';
import type { ShellCommand, ShellWord } from '../shell/script.ts';
import type { Flow } from './flow.ts';
import type { MovedEnvironment, Order, PythonEnvironment } from './model.ts';
import { type CommandLine, optionOf, parseOptions, uvGrammar, venvGrammar, virtualenvGrammar } from './options.ts';
import { environmentAt } from './search.ts';

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

/** The environments that a command makes: `python -m venv`, `virtualenv`, `uv venv`, `uv sync`. */
export function environmentsMadeBy(command: ShellCommand, flow: Flow, stage: Stage, order: Order): PythonEnvironment[] {
  const creation = creationOf(flow.words(command));
  if (creation === undefined) return projectEnvironment(command, flow, stage, order);
  const { kind, line, hasPip } = creation;
  const make = (path: Value, pathWord: ShellWord | undefined): PythonEnvironment => ({
    path,
    createdAt: path,
    kind,
    hasPip,
    seesSystemPackages: optionOf(line, 'system-site-packages') !== undefined,
    isRelocatable: optionOf(line, 'relocatable') !== undefined,
    stage,
    order,
    pathWord,
    original: undefined,
  });
  if (creation.paths.length > 0) return creation.paths.map((word) => make(flow.path(word, command), word));
  if (creation.defaultPath === undefined) return [];
  return [make(joinPath(flow.cwd(command), { text: creation.defaultPath, known: true }), undefined)];
}

/** uv sync makes UV_PROJECT_ENVIRONMENT, or `.venv` beside the project (docs.astral.sh/uv/concepts/projects/config). */
function projectEnvironment(command: ShellCommand, flow: Flow, stage: Stage, order: Order): PythonEnvironment[] {
  if (command.program !== 'uv') return [];
  const line = parseOptions(command.words.slice(1), uvGrammar());
  if (!['sync', 'add'].includes(line.operands[0]?.value ?? '')) return [];
  const path = projectEnvironmentPath(command, line, flow);
  if (path === undefined) return [];
  const { text } = path;
  if (['/usr', '/usr/local', '/opt/conda', '/'].includes(text)) return [];
  return [
    {
      path,
      createdAt: path,
      kind: 'uv-sync',
      hasPip: false,
      seesSystemPackages: false,
      isRelocatable: false,
      stage,
      order,
      pathWord: undefined,
      original: undefined,
    },
  ];
}

/** Where `uv sync` works; undefined where an active environment or another project decides. */
export function projectEnvironmentPath(command: ShellCommand, line: CommandLine, flow: Flow): Value | undefined {
  if (['active', 'project', 'directory', 'script'].some((name) => optionOf(line, name) !== undefined)) return undefined;
  const set = flow.variable('UV_PROJECT_ENVIRONMENT', command);
  const path = set === undefined || set.value.text === '' ? { text: '.venv', known: true } : set.value;
  // With a base image unknown the variable may be set there; an own name then is as good as unset.
  return joinPath(
    flow.cwd(command),
    set?.origin === 'base' && !set.value.known ? { text: '.venv', known: true } : path,
  );
}

/** What a COPY brings: the environments of the stage it copies from that lie in what is copied. */
export function environmentsCopiedBy(
  step: Step,
  stages: readonly Stage[],
  environmentsOf: (stage: Stage) => readonly PythonEnvironment[],
  expandText: (text: string) => Value,
  order: Order,
): { environments: PythonEnvironment[]; moved: MovedEnvironment[] } {
  const { instruction, stage } = step;
  const environments: PythonEnvironment[] = [];
  const moved: MovedEnvironment[] = [];
  const from = flagOf(instruction, 'from')?.value;
  const source = from === undefined ? undefined : stageNamed(stages, expandText(from).text, stage.index);
  const targetArg = instruction.args.at(-1);
  if (source === undefined || targetArg === undefined) return { environments, moved };
  const target = joinPath(step.state.workdir, expandText(targetArg.text));
  const withParents = flagOf(instruction, 'parents') !== undefined;
  for (const arg of instruction.args.slice(0, -1)) {
    const copied = expandText(arg.text);
    if (!copied.known || /[*?[]/.test(copied.text)) continue;
    // Sources of another stage are paths from its root.
    const sourcePath = normalizePath(`/${copied.text}`);
    for (const original of environmentsOf(source)) {
      if (!original.path.known || !isInside(original.path.text, sourcePath)) continue;
      const below = original.path.text.slice(sourcePath === '/' ? 0 : sourcePath.length);
      const text = withParents ? `${target.text}${original.path.text}` : `${target.text}${below}`;
      const path = { text: normalizePath(text), known: target.known };
      if (environmentAt(path.text, environments) !== undefined) continue;
      const environment: PythonEnvironment = { ...original, path, stage, order, pathWord: undefined, original };
      environments.push(environment);
      const isExact = sourcePath === original.path.text;
      const sourceText = { text: arg.text, range: arg.range };
      if (path.known)
        moved.push({ original, environment, step, targetRange: targetArg.range, by: 'COPY', isExact, sourceText });
    }
  }
  return { environments, moved: moved.filter(({ environment }) => isElsewhere(environment)) };
}

/** What `mv` and `cp -r` do to the environments known so far. */
export function environmentsMovedBy(
  command: ShellCommand,
  flow: Flow,
  step: Step,
  known: readonly PythonEnvironment[],
  order: Order,
): { environments: PythonEnvironment[]; moved: MovedEnvironment[] } {
  const environments: PythonEnvironment[] = [];
  const moved: MovedEnvironment[] = [];
  const isCopy =
    command.program === 'cp' && command.words.some((word) => /^-\w*[raR]|^--(?:recursive|archive)$/.test(word.value));
  if (!isCopy && command.program !== 'mv') return { environments, moved };
  const operands = command.words.slice(1).filter((word) => !word.value.startsWith('-'));
  const targetWord = operands.at(-1);
  if (targetWord === undefined || operands.length !== 2 || operands[0] === undefined) return { environments, moved };
  const source = flow.path(operands[0], command);
  const original = environmentAt(source.text, known);
  const target = flow.path(targetWord, command);
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
  const environment: PythonEnvironment = { ...original, path, stage: step.stage, order, pathWord: undefined, original };
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
  return createdAt.known && path.text !== createdAt.text && !isRelocatable && kind !== 'conda' && kind !== 'base-image';
}

function isInside(path: string, directory: string): boolean {
  return path === directory || directory === '/' || path.startsWith(`${directory}/`);
}
