import { isBaseTree, isUserBase } from '../python/copied.ts';
import type { CopyFacts } from '../python/copies.ts';
import { chainOf, changesPackages, factsOf, heirsOf } from '../python/facts.ts';
import type { Install, Interpreter, PythonStage } from '../python/model.ts';
import { isLedElsewhere } from '../python/targets.ts';
import { ENVIRONMENT_TOOLS, SEEDS } from '../python/tools.ts';

/** An install that goes to the base Python of its stage and belongs into an environment. */
export interface Mover {
  readonly install: Install;
  readonly interpreter: Interpreter;
  readonly stage: PythonStage;
}

/** A COPY that takes what movers have installed from their stage into another one. */
export interface Carry {
  readonly copy: CopyFacts;
  readonly source: PythonStage;
  readonly stage: PythonStage;
}

/** Stages that share what is installed into their base Python: by FROM, or by COPY of its packages. */
export interface Group {
  readonly stages: readonly PythonStage[];
  readonly movers: readonly Mover[];
  readonly carries: readonly Carry[];
  /** The stages whose own movers are the first of their FROM chain: each makes an environment. */
  readonly makers: readonly PythonStage[];
  /** Makers whose environment gets no pip: that of the base works on it from outside. */
  readonly driven: readonly PythonStage[];
}

/** The group of a stage; undefined where nothing in it is to be moved. */
export function groupOf(stage: PythonStage, all: readonly PythonStage[]): Group | undefined {
  const stages = reach(stage, all);
  const movers = stages.flatMap(moversOf);
  // What is only taken away, or only renews the base's own tools, need not move.
  if (movers.every(({ install }) => install.action === 'uninstall' || install.installsOnly(SEEDS))) return undefined;
  const carries = stages.flatMap((one) => carriesOf(one, all));
  const moves = (one: PythonStage) => movers.some((mover) => mover.stage === one);
  const makers = stages.filter((one) => moves(one) && chainOf(one).filter(moves).length === 1);
  const driven = makers.filter((maker) => isDrivenFromOutside(maker, stages, movers, carries));
  const seeds = makers.filter((maker) => !driven.includes(maker)).flatMap((maker) => seedMoversOf(maker, movers));
  const inOrder = [...seeds, ...movers].sort(
    (a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage) || a.install.order - b.install.order,
  );
  return { stages, movers: inOrder, carries, makers, driven };
}

/** `pip install --upgrade pip setuptools` before the first mover is for it, and goes to the environment with it. */
function seedMoversOf(maker: PythonStage, movers: readonly Mover[]): Mover[] {
  const first = movers.find((mover) => mover.stage === maker);
  const earlier = maker.installs.filter(
    ({ order, target }) => target.kind === 'base' && order < (first?.install.order ?? 0),
  );
  // A tool that is installed in between stays outside, and what it needs does.
  if (first === undefined || !earlier.every((install) => !changesPackages(install) || install.installsOnly(SEEDS)))
    return [];
  return earlier.flatMap((install) =>
    changesPackages(install) && install.tool === 'pip' && install.step.instruction.keyword === 'RUN'
      ? [{ install, interpreter: first.interpreter, stage: maker }]
      : [],
  );
}

/** `pip --python` came with 22.3; a builder's environment needs no pip of its own then, and does not carry one along. */
function isDrivenFromOutside(
  maker: PythonStage,
  stages: readonly PythonStage[],
  movers: readonly Mover[],
  carries: readonly Carry[],
): boolean {
  const heirs = heirsOf(maker, stages);
  if (heirs.some(({ stage: { role } }) => role !== 'copied')) return false;
  if (!carries.some(({ source }) => heirs.includes(source))) return false;
  // setuptools that the author asked for is asked for by what is built with it.
  const isPipAlone = (install: Install) => !install.installsOnly(SEEDS) || install.installsOnly(new Set(['pip']));
  if (!heirs.every(({ installs }) => installs.filter(changesPackages).every(isPipAlone))) return false;
  return movers
    .filter((mover) => heirs.includes(mover.stage))
    .every(({ install: { tool, call }, interpreter: { kind, marker, version = '' } }) => {
      // Until 3.11 the official image has setuptools, which came along with site-packages and may be missed.
      const isNew = kind === 'official' ? Number(version.split('.')[1]) >= 12 : marker === 'yes';
      const isPlain = call.command.wrappers.length === 0 && /^(?:pip|python)[\d.]*$/.test(call.command.program);
      return tool === 'pip' && isNew && isPlain;
    });
}

/** All stages that are connected with one, in the order of the file. */
function reach(from: PythonStage, all: readonly PythonStage[]): PythonStage[] {
  const links = all.flatMap((stage) => [
    ...(stage.parent === undefined ? [] : [[stage, stage.parent] as const]),
    ...carriesOf(stage, all).map(({ source }) => [stage, source] as const),
  ]);
  const reached = new Set([from]);
  for (let size = 0; size < reached.size; ) {
    size = reached.size;
    for (const [a, b] of links) if (reached.has(a) || reached.has(b)) reached.add(a).add(b);
  }
  return all.filter((stage) => reached.has(stage));
}

function moversOf(stage: PythonStage): Mover[] {
  return stage.installs.flatMap((install) => {
    const { tool, label, target, step } = install;
    if (target.kind !== 'base' || !changesPackages(install) || step.instruction.keyword !== 'RUN') return [];
    if (tool === 'uv' && label !== 'uv pip') return [];
    // PIP_TARGET and the like lead past the base.
    if (isLedElsewhere(install)) return [];
    const { interpreter } = target;
    // Tools that fill environments stay where nobody minds.
    if (interpreter.marker === 'no' && install.installsOnly(ENVIRONMENT_TOOLS)) return [];
    return [{ install, interpreter, stage }];
  });
}

/** The copies of a stage that bring packages of the base Python of another, or of a home there. */
function carriesOf(stage: PythonStage, all: readonly PythonStage[]): Carry[] {
  return stage.copies.flatMap((copy) => {
    const source = factsOf(copy.from, all);
    if (source === undefined || chainOf(stage).includes(source)) return [];
    if (!chainOf(source).some((one) => moversOf(one).length > 0)) return [];
    const isCarry = copy.sources.some(({ path }) => isBaseTree(path.text, copy, source) || isUserBase(path.text));
    return isCarry ? [{ copy, source, stage }] : [];
  });
}
