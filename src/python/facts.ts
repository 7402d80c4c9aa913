import type { BuildContext } from '../dockerfile/context.ts';
import type { Setting } from '../dockerfile/environment.ts';
import type { Value } from '../dockerfile/expand.ts';
import type { Dockerfile, Instruction } from '../dockerfile/instructions.ts';
import type { Stage, Step } from '../dockerfile/stages.ts';
import { isPosixShell, programOf, type ShellCommand } from '../shell/script.ts';
import { scriptOf } from '../shell/step-script.ts';
import { activationOf } from './activations.ts';
import { type BaseFacts, baseFacts } from './bases.ts';
import type { Call, Order } from './call.ts';
import { configSetBy, configWrittenBy } from './config-writes.ts';
import { type CopyFacts, copyFacts } from './copies.ts';
import { environmentsCopiedBy, environmentsMadeBy, environmentsMovedBy, managedDirectory } from './environments.ts';
import { type FileWrite, writesOf, writesOfCopy } from './files.ts';
import { Flow } from './flow.ts';
import { installOf } from './installs.ts';
import { type MarkerTouch, markerTouchesOf } from './marker.ts';
import type {
  Activation,
  ConfigWrite,
  Install,
  MarkerSite,
  MovedEnvironment,
  OpaqueCommand,
  PythonEnvironment,
  PythonStage,
  ScriptedStep,
  Target,
} from './model.ts';
import { installsPython3, type PackageCall, packageCallOf } from './packages.ts';
import { type Pythons, resolveTarget } from './search.ts';

/** Everything a file has to do with Python, stage by stage, in the order of the stages. */
export interface PythonFacts {
  readonly stages: readonly PythonStage[];
  /** The stage that is built; undefined where there is none. */
  readonly final: PythonStage | undefined;
  readonly installs: readonly Install[];
}

/** Walks the stages once, in order; a stage starts with what the stage it is built FROM ended with. */
export function pythonFacts(stages: readonly Stage[], file: Dockerfile, context?: BuildContext): PythonFacts {
  const walks = new Map<Stage, StageWalk>();
  for (const stage of stages) {
    const parent = stage.base.kind === 'stage' ? walks.get(stage.base.stage) : undefined;
    walks.set(stage, new StageWalk(stage, parent, stages, file, context, (other) => walks.get(other)?.known ?? []));
  }
  const all = [...walks.values()];
  for (const walk of all) walk.judgeMarkers(all);
  return { stages: all, final: finalFacts(all), installs: all.flatMap((walk) => walk.installs) };
}

/** More environments are not followed: a hostile file could copy them from stage to stage without end. */
const MAX_ENVIRONMENTS = 500;

/** More commands than this in one step share their last order; nothing but that comparison is lost. */
const STEP = 1e6;

/** The place of a step: its commands have places from there on. */
export function orderOf({ index }: Step): Order {
  return index * STEP;
}

class StageWalk implements PythonStage {
  readonly stage: Stage;
  readonly parent: StageWalk | undefined;
  readonly base: BaseFacts | undefined;
  readonly baseName: string;
  readonly scripts: ScriptedStep[] = [];
  readonly calls: Call[] = [];
  readonly environments: PythonEnvironment[] = [];
  readonly installs: Install[] = [];
  readonly configWrites: ConfigWrite[] = [];
  readonly packages: PackageCall[] = [];
  readonly writes: FileWrite[] = [];
  markerSites: MarkerSite[] = [];
  readonly activations: Activation[] = [];
  readonly moved: MovedEnvironment[] = [];
  readonly copies: CopyFacts[] = [];
  readonly opaque: OpaqueCommand[] = [];
  readonly settings: readonly Setting[];
  readonly known: PythonEnvironment[];
  readonly #stages: readonly Stage[];
  readonly #escape: string;
  /** Most files say nothing of the marker, and no command of theirs need be looked at for it. */
  readonly #mentionsMarker: boolean;
  readonly #touches: MarkerTouch[] = [];
  readonly #context: BuildContext | undefined;
  readonly #environmentsOf: (stage: Stage) => readonly PythonEnvironment[];
  config: ConfigWrite[];
  isUncertain: boolean;
  isMarkerGone: boolean;
  hasPythonPackage: boolean;
  managed: Value | undefined;

  constructor(
    stage: Stage,
    parent: StageWalk | undefined,
    stages: readonly Stage[],
    { escape, text }: Dockerfile,
    context: BuildContext | undefined,
    environmentsOf: (stage: Stage) => readonly PythonEnvironment[],
  ) {
    this.stage = stage;
    this.parent = parent;
    this.#stages = stages;
    this.#escape = escape;
    this.#mentionsMarker = /EXT|MANAGED/.test(text);
    this.#environmentsOf = environmentsOf;
    this.#context = context;
    const { base } = stage;
    this.base =
      parent?.base ?? (base.kind === 'image' && base.reference !== undefined ? baseFacts(base.reference) : undefined);
    this.baseName = parent?.baseName ?? (base.kind === 'image' ? base.text.replace(/@sha256:\w+$/, '') : base.kind);
    this.known = parent === undefined ? this.#environmentsOfBase() : [...parent.known];
    this.settings = stage.environment.settings();
    this.config = parent === undefined ? [] : [...parent.config];
    this.isUncertain = parent?.isUncertain ?? false;
    this.isMarkerGone = parent?.isMarkerGone ?? false;
    this.hasPythonPackage = parent?.hasPythonPackage ?? false;
    this.managed = parent?.managed;
    for (const step of stage.steps) if (!step.onbuild) this.#walk(step);
    // They run on top of the finished image.
    for (const step of stage.steps)
      if (step.onbuild) this.#walk({ ...step, state: stage.end, lookup: (name) => stage.environment.get(name) });
  }

  #environmentsOfBase(): PythonEnvironment[] {
    return (this.base?.environments ?? []).map((text) => ({
      path: { text, known: true },
      createdAt: { text, known: true },
      kind: 'base-image',
      hasPip: true,
      seesSystemPackages: false,
      isRelocatable: false,
      python: undefined,
      parent: undefined,
      stage: this.stage,
      order: -1,
      call: undefined,
      pathWord: undefined,
      original: undefined,
      copiedBy: undefined,
    }));
  }

  #walk(step: Step): void {
    const order = orderOf(step);
    if (step.instruction.keyword === 'COPY' || step.instruction.keyword === 'ADD') this.#copy(step, order);
    const script = scriptOf(step);
    if (script === undefined) return;
    this.scripts.push({ step, script });
    const flow = new Flow(step, this.base?.distribution?.securePath);
    for (const command of script.commands) {
      const call = flow.call(command, script, order + Math.min(command.index, STEP - 1));
      this.calls.push(call);
      this.#call(call);
      flow.apply(call);
    }
  }

  #copy(step: Step, order: Order): void {
    const targetArg = step.instruction.args.at(-1);
    if (step.onbuild || targetArg === undefined) return;
    const copy = copyFacts(step, targetArg, this.#stages, this.#escape, order);
    this.copies.push(copy);
    const { environments, moved } = environmentsCopiedBy(copy, this.#environmentsOf);
    this.#add(environments);
    this.moved.push(...moved);
    const { target } = copy;
    // Another image's Python may lie in what is copied over these.
    if (
      (copy.from !== undefined || copy.isFromImage) &&
      /^\/(?:usr(?:\/local)?(?:\/bin|\/lib)?|bin|lib)?$/.test(target.text)
    )
      this.isUncertain ||= !isOneProgram(step);
    for (const write of writesOfCopy(copy, this.#context))
      this.#write(write, () => this.#pip(step.lookup('PATH') ?? { text: '', known: false }));
  }

  /** What a bare `pip` works on. */
  #pip(searchPath: Value): Target {
    return resolveTarget({ text: 'pip', known: true }, searchPath, this.#pythons());
  }

  resolve(name: Value, searchPath: Value): Target {
    return resolveTarget(name, searchPath, this.#pythons());
  }

  #pythons(): Pythons {
    const { base, known: environments, isUncertain, hasPythonPackage, managed } = this;
    return { base, environments, isUncertain, hasPythonPackage, managed };
  }

  #add(environments: readonly PythonEnvironment[]): void {
    if (this.known.length > MAX_ENVIRONMENTS) return;
    this.environments.push(...environments);
    this.known.push(...environments);
  }

  #configure(writes: readonly ConfigWrite[]): void {
    this.configWrites.push(...writes);
    this.config.push(...writes);
  }

  #write(write: FileWrite, target: () => Target): void {
    this.writes.push(write);
    this.#configure(configWrittenBy(write, target));
  }

  #call(call: Call): void {
    const { step, order, command } = call;
    const install = installOf(call, {
      pythons: this.#pythons(),
      config: this.config,
      isMarkerGone: this.isMarkerGone,
    });
    if (install !== undefined) this.installs.push(install);
    if (step.instruction.keyword !== 'RUN') return;
    if (!step.onbuild) {
      this.#add(environmentsMadeBy(call, install, this.#pythons()));
      if (command.program === 'cp' || command.program === 'mv') {
        const { environments, moved } = environmentsMovedBy(call, this.known);
        this.#add(environments);
        this.moved.push(...moved);
      }
      if (this.#mentionsMarker) this.#touch(markerTouchesOf(call, this.#pythons()));
      if (bringsPython(call, this.base)) this.isUncertain = true;
      if (isManagedInstall(call)) this.managed = managedDirectory(call);
      if (isOpaque(command)) this.opaque.push({ command, order });
    }
    if (install !== undefined) this.#configure(configSetBy(install));
    const packages = packageCallOf(call);
    if (packages !== undefined) {
      this.packages.push(packages);
      if (installsPython3(packages)) this.hasPythonPackage = true;
    }
    for (const write of writesOf(call)) this.#write(write, () => this.#pip(call.searchPath));
    const activation = activationOf(call);
    if (activation !== undefined) this.activations.push(activation);
  }

  #touch(touches: readonly MarkerTouch[]): void {
    this.#touches.push(...touches);
    if (touches.some(({ effect }) => effect !== 'emptied')) this.isMarkerGone = true;
  }

  /** Decides which removals served nothing, once all stages are known: what is installed later decides. */
  judgeMarkers(all: readonly StageWalk[]): void {
    this.markerSites = this.#touches.map((touch) => ({
      ...touch,
      isNeedless: touch.effect === 'removed' && this.#isNeedless(touch, all),
    }));
  }

  #isNeedless(touch: MarkerTouch, all: readonly StageWalk[]): boolean {
    if (touch.interpreter.marker === 'no') return true;
    const heirs = heirsOf(this, all).filter((heir) => heir !== this);
    const installs = [
      ...this.installs.filter(({ order }) => order > touch.order),
      ...heirs.flatMap((heir) => heir.installs),
    ].filter(changesPackages);
    const opaque = this.opaque.some(({ order }) => order > touch.order) || heirs.some((heir) => heir.opaque.length > 0);
    // In an environment that was copied from another Python, or to another path, pip does not start: the shell goes on to the next.
    const works = (environment: PythonEnvironment | undefined) =>
      environment?.original === undefined ||
      (environment.path.text === environment.createdAt.text && environment.python?.kind === touch.interpreter.kind);
    // The guard of one interpreter is no matter of another's, nor of an environment's.
    const isApart = ({ target }: Install) =>
      (target.kind === 'environment' && works(target.environment)) ||
      target.kind === 'conda' ||
      target.kind === 'directory' ||
      (target.kind === 'base' && target.interpreter.kind !== touch.interpreter.kind);
    return !opaque && installs.length > 0 && installs.every(isApart);
  }
}

/** The stages an image's stage is made of: the first one FROM an image, then down to the stage itself. */
export function chainOf(stage: PythonStage): PythonStage[] {
  return stage.parent === undefined ? [stage] : [...chainOf(stage.parent), stage];
}

/** What is known of the stage that is built. */
export function finalFacts(all: readonly PythonStage[]): PythonStage | undefined {
  return all.find(({ stage }) => stage.role === 'final');
}

/** What is known of a stage. */
export function factsOf(stage: Stage | undefined, all: readonly PythonStage[]): PythonStage | undefined {
  return all.find((candidate) => candidate.stage === stage);
}

/** The FROM at the root of a stage: the one that names an image. */
export function rootOf(stage: PythonStage): Instruction {
  return (chainOf(stage)[0] ?? stage).stage.from;
}

/** Whether what a stage does is in the image that the build makes. */
export function isKept({ stage }: PythonStage): boolean {
  return stage.role === 'final' || stage.role === 'inherited';
}

/** A stage and all that are built FROM it, directly or not. */
export function heirsOf(stage: PythonStage, all: readonly PythonStage[]): PythonStage[] {
  const isHeir = (other: PythonStage | undefined): boolean =>
    other !== undefined && (other === stage || isHeir(other.parent));
  return all.filter(isHeir);
}

/** Whether a call changes what is installed somewhere. */
export function changesPackages({ action }: Install): boolean {
  return action === 'install' || action === 'uninstall' || action === 'sync';
}

/** `COPY --from=… /uv /uvx /bin/` brings single programs, no Python. */
function isOneProgram(step: Step): boolean {
  const sources = step.instruction.args.slice(0, -1);
  return sources.every(({ text }) => !/python|pip|^\/?(?:usr)?(?:\/local)?(?:\/bin|\/lib)?\/?$/.test(text));
}

/** `uv python install` fetches a Python that uv then prefers. */
function isManagedInstall({ program, words }: Call): boolean {
  return program === 'uv' && words[1]?.value === 'python' && words[2]?.value === 'install';
}

/** Commands that bring another Python than the base image's: what `python3` means is no longer known. */
function bringsPython({ program, words }: Call, base: BaseFacts | undefined): boolean {
  // Their packages may have such names; what they bring is read elsewhere.
  if (/^(?:rm|echo|export|apt|apt-get|apk|dnf|microdnf|yum|pacman|zypper)$/.test(program)) return false;
  const text = words.map((word) => word.value).join(' ');
  switch (program) {
    case 'make':
      return /\b(?:alt|bin)?install\b/.test(text);
    case 'add-apt-repository':
    case 'apt-add-repository':
      return /deadsnakes|python/.test(text);
    case 'update-alternatives':
      return /python|pip/.test(text) && !isOwnPython(words[4]?.value ?? '', base);
    case 'ln':
      return /\/(?:python|pip)[\d.]*(?: |$)/.test(text) && !isOwnPython(words.at(-2)?.value ?? '', base);
    case 'pyenv':
    case 'asdf':
    case 'mise':
    case 'rye':
      return true;
    case 'uv':
      // What it fetches stands in a directory of its own; only `--default` puts a python on PATH.
      return words[1]?.value === 'python' && words.some((word) => word.value === '--default');
    case 'conda':
    case 'mamba':
    case 'micromamba':
      return true;
  }
  return /[Mm]ini(?:conda|forge)|[Aa]naconda|[Mm]amba|pypy|pyenv|python-build|Python-\d/.test(text);
}

/** The distribution's python3 or pip3 under another name is still the distribution's. */
export function isOwnPython(path: string, base: BaseFacts | undefined): boolean {
  const match = /^(?:\/usr\/bin\/)?(?:python|pip)(?:3(?:\.\d+)?)?$/.exec(path);
  const version = /3\.\d+$/.exec(path)?.[0];
  const isDefault = version === undefined || version === base?.distribution?.python;
  return match !== null && base?.python === 'distribution' && isDefault;
}

const OPAQUE_PROGRAMS = new Set([
  'make',
  'ansible-playbook',
  'ansible',
  'just',
  'task',
  'nox',
  'tox',
  'invoke',
  'fab',
  'bazel',
  'salt-call',
  'chef-client',
]);

/** Directories of the distribution: what is called from there by its path is no script of the author's. */
const SYSTEM_PROGRAM = /^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/;

/** Commands whose effect cannot be read here: scripts, make, text piped into a shell. */
function isOpaque(command: ShellCommand): boolean {
  const { program, name, words, connector, redirects } = command;
  if (OPAQUE_PROGRAMS.has(program)) return true;
  if (isPosixShell(program)) {
    const isText = words.some((word) => /^-\w*c$/.test(word.value)) || redirects.some(({ body }) => body !== undefined);
    return !isText && (words.length > 1 || connector === '|');
  }
  if (program.startsWith('python')) return connector === '|' || /\.py$/.test(words[1]?.value ?? '');
  if (program === '.' || program === 'source')
    return !/\/?(?:activate|os-release|nvm\.sh|env)$/.test(programOf(words[1]?.value ?? ''));
  // What has neither a slash nor a dot is a program of the image.
  if (!name.includes('/') && !name.includes('.')) return false;
  if (/\.(?:sh|bash|py)$/.test(program)) return true;
  return (
    name.includes('/') && !SYSTEM_PROGRAM.test(name) && /^\.{0,2}\/?[^$]*$/.test(name) && !/\/bin\/[^/]+$/.test(name)
  );
}
