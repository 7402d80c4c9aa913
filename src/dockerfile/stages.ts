import { posix } from 'node:path';
import type { BuildSettings } from './build.ts';
import { DEFAULT_PATH, Environment } from './environment.ts';
import { bounded, type Expansion, expand, type Lookup, type Value } from './expand.ts';
import { type ImageReference, parseImageReference } from './image-reference.ts';
import { type Dockerfile, flagOf, flagValueRange, type Instruction, type Keyword } from './instructions.ts';
import type { Range } from './range.ts';

/** What is known of an image before it is looked at. Every field may be left out: unknown. */
export interface BaseKnowledge {
  /** The image's own variables. Undefined as a whole: none is known; for one name: it is certainly not set. */
  readonly env?: Lookup | undefined;
  readonly user?: string | undefined;
  readonly workdir?: string | undefined;
  readonly shell?: readonly string[] | undefined;
}

/** How a stage gets into the image that the build makes: of the target, in a plain build the last stage. */
export type StageRole =
  /** The target. */
  | 'final'
  /** The target is built FROM it. */
  | 'inherited'
  /** Files are copied or mounted from it; its layers are thrown away. */
  | 'copied'
  /** The build does not run it; it may be a target of its own. */
  | 'unused';

export type Base =
  | { readonly kind: 'stage'; readonly stage: Stage }
  | { readonly kind: 'scratch' }
  /** `reference` is undefined where the name depends on something unknown. */
  | { readonly kind: 'image'; readonly text: string; readonly reference: ImageReference | undefined };

/** What holds just before an instruction runs. */
export interface StepState {
  readonly user: Value | undefined;
  readonly workdir: Value;
  /** Words of SHELL, or the default. */
  readonly shell: readonly string[];
  /** Whether a SHELL of this file or of the known base chose it. */
  readonly shellIsSet: boolean;
}

export interface Step {
  readonly stage: Stage;
  readonly index: number;
  /** For ONBUILD, the instruction it sets off. */
  readonly instruction: Instruction;
  /** It runs in builds on top of this image, not in this one. */
  readonly onbuild: boolean;
  readonly state: StepState;
  /** The value of a variable just before this step. */
  readonly lookup: Lookup;
}

export interface Stage {
  readonly index: number;
  readonly name: string | undefined;
  readonly from: Instruction;
  /** The variables that its FROM may use: ARGs above the first FROM, and the platforms of the build. */
  readonly globals: Lookup;
  readonly base: Base;
  readonly steps: readonly Step[];
  readonly environment: Environment;
  readonly end: StepState;
  /** Filled in once all stages are known. */
  role: StageRole;
}

/** The shell of instructions in shell form where no SHELL is set. */
const DEFAULT_SHELL = ['/bin/sh', '-c'];

/** ARGs that BuildKit sets by itself in the global scope; their values depend on the build. */
export const PLATFORM_ARGS: readonly string[] = ['BUILD', 'TARGET'].flatMap((side) =>
  ['PLATFORM', 'OS', 'OSVERSION', 'ARCH', 'VARIANT', 'STAGE'].map((part) => side + part),
);

/**
 * Folds ENV, ARG, USER, WORKDIR and SHELL step by step. `knowledge` says what is known of an image that FROM names;
 * undefined means nothing is. Without settings the build is a plain one.
 */
export function evaluateStages(
  file: Dockerfile,
  knowledge: (reference: ImageReference) => BaseKnowledge | undefined,
  build: BuildSettings = {},
): readonly Stage[] {
  const globals = new Environment(undefined, () => undefined);
  const stages: Stage[] = [];
  let current: StageBuilder | undefined;
  let globalSteps = 0;
  const globalLookup: Lookup = (name) =>
    globals.get(name) ?? (PLATFORM_ARGS.includes(name) || build.unknown?.has(name) ? unknownValue(name) : undefined);
  for (const instruction of file.instructions) {
    if (instruction.keyword === 'FROM') {
      current = new StageBuilder(file, instruction, stages, globals, globalLookup, knowledge, build);
      stages.push(current.stage);
    } else if (current !== undefined) current.add(instruction);
    else if (instruction.keyword === 'ARG') {
      for (const pair of instruction.pairs) {
        const name = pair.key.text;
        const value =
          build.args?.get(name) ??
          (pair.value === undefined ? absent(name) : expandValue(pair.value.text, globalLookup, file.escape));
        globals.set({ name, value, by: 'ARG', instruction, pair, step: globalSteps++ });
      }
    }
  }
  assignRoles(stages, build.target === undefined ? stages.at(-1) : stageNamed(stages, build.target, stages.length));
  return stages;
}

function unknownValue(name: string): Value {
  return { text: `\${${name}}`, known: false };
}

function absent(name: string): Value {
  return { ...unknownValue(name), absent: true };
}

function expandValue(text: string, lookup: Lookup, escape: string): Value {
  const { text: value, known } = expand(text, lookup, { escape });
  return bounded({ text: value, known });
}

class StageBuilder {
  readonly stage: Stage;
  readonly #file: Dockerfile;
  readonly #globals: Environment;
  readonly #environment: Environment;
  readonly #args: BuildSettings['args'];
  readonly #steps: Step[] = [];
  #state: StepState;

  constructor(
    file: Dockerfile,
    from: Instruction,
    stages: readonly Stage[],
    globals: Environment,
    globalLookup: Lookup,
    knowledge: (reference: ImageReference) => BaseKnowledge | undefined,
    { args, contexts, unknown }: BuildSettings,
  ) {
    this.#file = file;
    this.#globals = globals;
    this.#args = args;
    const base = baseOf(expand(from.args[0]?.text ?? '', globalLookup, { escape: file.escape }), stages, contexts);
    const known = base.kind === 'image' && base.reference !== undefined ? knowledge(base.reference) : undefined;
    const parent = base.kind === 'stage' ? base.stage : undefined;
    this.#environment = new Environment(parent?.environment, baseEnvironment(base, known, unknown));
    this.#state = parent?.end ?? {
      user: known?.user === undefined ? undefined : { text: known.user, known: true },
      workdir: { text: known?.workdir ?? '/', known: base.kind === 'scratch' || known?.workdir !== undefined },
      shell: known?.shell ?? DEFAULT_SHELL,
      shellIsSet: known?.shell !== undefined,
    };
    const builder = this;
    this.stage = {
      index: stages.length,
      name: from.args[1]?.text.toLowerCase() === 'as' ? from.args[2]?.text.toLowerCase() : undefined,
      from,
      globals: globalLookup,
      base,
      steps: this.#steps,
      environment: this.#environment,
      get end() {
        return builder.#state;
      },
      role: 'unused',
    };
  }

  add(instruction: Instruction): void {
    const index = this.#steps.length;
    const lookup: Lookup = (name) => this.#environment.get(name, index);
    const onbuild = instruction.trigger !== undefined;
    const effective = instruction.trigger ?? instruction;
    // The heredocs stand below the ONBUILD line and belong to what it sets off.
    const carried =
      onbuild && instruction.heredocs.length > 0 ? { ...effective, heredocs: instruction.heredocs } : effective;
    this.#steps.push({ stage: this.stage, index, instruction: carried, onbuild, state: this.#state, lookup });
    if (!onbuild) this.#apply(instruction, index, lookup);
  }

  #apply(instruction: Instruction, index: number, lookup: Lookup): void {
    const { keyword } = instruction;
    const escape = this.#file.escape;
    const argument = instruction.args[0]?.text;
    if (keyword === 'ENV' || keyword === 'ARG') {
      for (const pair of instruction.pairs) {
        const name = expand(pair.key.text, lookup, { escape }).text;
        const told = keyword === 'ARG' ? this.#args?.get(name) : undefined;
        const value =
          told ?? (pair.value === undefined ? this.#declared(name) : expandValue(pair.value.text, lookup, escape));
        this.#environment.set({ name, value, by: keyword, instruction, pair, step: index });
      }
    } else if (keyword === 'USER' && argument !== undefined) {
      this.#state = { ...this.#state, user: expandValue(argument, lookup, escape) };
    } else if (keyword === 'WORKDIR' && argument !== undefined) {
      this.#state = { ...this.#state, workdir: joinPath(this.#state.workdir, expandValue(argument, lookup, escape)) };
    } else if (keyword === 'SHELL' && instruction.json && instruction.args.length > 0) {
      this.#state = { ...this.#state, shell: instruction.args.map((arg) => arg.text), shellIsSet: true };
    }
  }

  /** `ARG NAME` takes the value of an ARG before the first FROM, if there is one. */
  #declared(name: string): Value {
    return this.#globals.get(name) ?? absent(name);
  }
}

function baseOf(name: Expansion, stages: readonly Stage[], contexts: BuildSettings['contexts']): Base {
  const lower = name.text.toLowerCase();
  if (contexts?.has(lower)) {
    const image = contexts.get(lower);
    return {
      kind: 'image',
      text: image ?? name.text,
      reference: image === undefined ? image : parseImageReference(image),
    };
  }
  const stage = stages.findLast((earlier) => earlier.name !== undefined && earlier.name === lower);
  if (stage !== undefined) return { kind: 'stage', stage };
  if (lower === 'scratch') return { kind: 'scratch' };
  const text = name.text;
  if (name.known) return { kind: 'image', text, reference: parseImageReference(text) };
  return { kind: 'image', text, reference: referenceWithUnknownTag(text) };
}

/** `python:${VERSION}-slim`: the repository is certain all the same, and so are the other words of the tag. */
function referenceWithUnknownTag(text: string): ImageReference | undefined {
  const dollar = text.indexOf('$');
  const colon = text.indexOf(':', text.lastIndexOf('/', dollar) + 1);
  if (colon === -1 || colon > dollar) return undefined;
  const tag = text.slice(colon + 1).replace(/\$\{[^}]*\}|\$\w+/g, '$');
  const name = parseImageReference(text.slice(0, colon));
  return name && { ...name, tag };
}

function baseEnvironment(
  base: Base,
  known: BaseKnowledge | undefined,
  unknown: BuildSettings['unknown'],
): Lookup | undefined {
  const own: Lookup | undefined =
    base.kind === 'scratch'
      ? (name) => (name === 'PATH' ? { text: DEFAULT_PATH, known: true } : undefined)
      : known?.env;
  return own === undefined || unknown === undefined
    ? own
    : (name) => own(name) ?? (unknown.has(name) ? unknownValue(name) : undefined);
}

/** Whether a path is a directory or lies in it. */
export function isInside(path: string, directory: string): boolean {
  return path === directory || directory === '/' || path.startsWith(`${directory}/`);
}

/** Resolves a path against a directory, as WORKDIR and relative COPY targets do. */
export function joinPath(directory: Value, path: Value): Value {
  if (path.text.startsWith('/')) return { text: normalizePath(path.text), known: path.known };
  // "$HOME/x" may be absolute: what it is relative to cannot be told.
  if (path.text.startsWith('$')) return { text: path.text, known: false };
  return { text: normalizePath(posix.join(directory.text, path.text)), known: directory.known && path.known };
}

/** A path that stands for itself wherever it is written: no blanks, quotes, variables or globs. */
export function isPlainPath(path: string): boolean {
  return /^[\w./@%+,:~-]+$/.test(path);
}

/** Without `.`, `..`, doubled and trailing slashes. */
export function normalizePath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

/** The steps of all stages with one of these instructions, those that ONBUILD sets off among them. */
export function* stepsWith(stages: readonly Stage[], ...keywords: readonly Keyword[]): Generator<Step> {
  for (const { steps } of stages)
    for (const step of steps)
      if (step.instruction.keyword !== undefined && keywords.includes(step.instruction.keyword)) yield step;
}

/** The stage that `--from=` or a mount's `from=` names, by name or number; only earlier stages count. */
export function stageNamed(stages: readonly Stage[], name: string, before: number): Stage | undefined {
  if (/^\d+$/.test(name)) {
    const index = Number(name);
    return index < before ? stages[index] : undefined;
  }
  const lower = name.toLowerCase();
  return stages.slice(0, before).findLast((stage) => stage.name === lower);
}

/** A RUN's `--mount=` as its keys and values. */
export function mountsOf(instruction: Instruction): ReadonlyMap<string, string>[] {
  return instruction.flags
    .filter((flag) => flag.name === 'mount')
    .map(
      (flag) =>
        new Map(
          flag.value.split(',').map((field) => {
            const equals = field.indexOf('=');
            return equals === -1
              ? [field.toLowerCase(), '']
              : [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)];
          }),
        ),
    );
}

/** Where a mount lies in the container, as it is written (Dockerfile reference, RUN --mount). */
export function mountTarget(mount: ReadonlyMap<string, string>): string {
  return mount.get('target') ?? mount.get('dst') ?? mount.get('destination') ?? '';
}

/** The stages before `before` that a COPY or the mounts of a RUN take files from. */
export function sourcesOf(instruction: Instruction, stages: readonly Stage[], before: number): Stage[] {
  const names = [flagOf(instruction, 'from')?.value, ...mountsOf(instruction).map((mount) => mount.get('from'))];
  return names.flatMap((name) => (name === undefined ? [] : (stageNamed(stages, name, before) ?? [])));
}

/** What `--from` and the mounts of an instruction name, stages or images, before it is expanded. */
export function namedSources(instruction: Instruction): { readonly text: string; readonly range: Range }[] {
  const from = flagOf(instruction, 'from');
  const mounts = instruction.flags.filter(({ name }) => name === 'mount');
  return [
    ...(from === undefined ? [] : [{ text: from.value, range: flagValueRange(instruction, from) }]),
    ...mounts.flatMap((flag) => {
      const text = /(?:^|,)from=([^,]*)/.exec(flag.value)?.[1];
      return text === undefined ? [] : [{ text, range: flag.range }];
    }),
  ];
}

/** Names that are set where a step stands, those of its stage first. */
export function namesSetBefore({ stage, index }: Step): string[] {
  const own = stage.environment.settings().filter(({ step }) => step < index);
  const inherited: Stage[] = [];
  for (let at = stage; at.base.kind === 'stage'; at = at.base.stage) inherited.push(at.base.stage);
  return [...own, ...inherited.flatMap(({ environment }) => environment.settings())].map(({ name }) => name);
}

/** Whether a stage begins with an image that the build is told: it may bring anything along. */
export function isTold({ base }: Stage): boolean {
  return base.kind === 'image' && base.reference === undefined;
}

/** The stage that is built; undefined where there is none of that name. */
export function finalStage(stages: readonly Stage[]): Stage | undefined {
  return stages.find(({ role }) => role === 'final');
}

function assignRoles(stages: readonly Stage[], target: Stage | undefined): void {
  for (let stage = target; stage !== undefined; stage = stage.base.kind === 'stage' ? stage.base.stage : undefined)
    stage.role = stage === target ? 'final' : 'inherited';
  // Later stages first: a stage is reached only from those behind it.
  for (const stage of stages.toReversed()) {
    if (stage.role === 'unused') continue;
    const sources = [
      ...(stage.base.kind === 'stage' ? [stage.base.stage] : []),
      ...stage.steps.flatMap(({ instruction }) => sourcesOf(instruction, stages, stage.index)),
    ];
    for (const source of sources) if (source.role === 'unused') source.role = 'copied';
  }
}
