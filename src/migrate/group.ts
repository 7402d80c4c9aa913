import { isBaseTree, isUserBase } from '../python/copied.ts';
import type { CopyFacts } from '../python/copies.ts';
import { chainOf, changesPackages, factsOf } from '../python/facts.ts';
import type { Install, Interpreter, PythonStage } from '../python/model.ts';
import { ENVIRONMENT_TOOLS } from '../python/tools.ts';

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
}

/** The group of a stage; undefined where nothing in it is to be moved. */
export function groupOf(stage: PythonStage, all: readonly PythonStage[]): Group | undefined {
  const stages = reach(stage, all);
  const movers = stages.flatMap(moversOf);
  // What is only taken away need not move.
  if (movers.every(({ install }) => install.action === 'uninstall')) return undefined;
  const carries = stages.flatMap((one) => carriesOf(one, all));
  const moves = (one: PythonStage) => movers.some((mover) => mover.stage === one);
  const makers = stages.filter((one) => moves(one) && chainOf(one).filter(moves).length === 1);
  return { stages, movers, carries, makers };
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
    if (['target', 'prefix', 'root'].some((name) => install.setting(name) !== undefined)) return [];
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
