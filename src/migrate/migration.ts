import type { BuildSettings } from '../dockerfile/build.ts';
import type { BuildContext } from '../dockerfile/context.ts';
import { applyEdits, type Edit } from '../dockerfile/edit.ts';
import type { Dockerfile } from '../dockerfile/instructions.ts';
import { readDockerfile } from '../dockerfile/reader.ts';
import { evaluateStages, type Stage } from '../dockerfile/stages.ts';
import { baseFacts } from '../python/bases.ts';
import { chainOf, changesPackages, heirsOf, isKept, type PythonFacts, pythonFacts } from '../python/facts.ts';
import type { Install, PythonStage } from '../python/model.ts';
import { environmentOnPath } from '../python/search.ts';
import { isOn } from '../python/settings.ts';
import { isLedElsewhere } from '../python/targets.ts';
import { carryEnvironment } from './carry.ts';
import { EditList } from './edit-list.ts';
import { type Group, groupOf, type Mover } from './group.ts';
import { type Made, makeEnvironment, VENV } from './make.ts';
import { removeOptOuts } from './opt-outs.ts';
import { retarget } from './retarget.ts';
import { isForTrying, namesBaseElsewhere, startsOfGroup } from './surroundings.ts';

/** A Dockerfile with what its stages have to do with Python. */
export interface Evaluated extends Dockerfile {
  readonly stages: readonly Stage[];
  readonly python: PythonFacts;
  readonly context?: BuildContext | undefined;
  readonly build?: BuildSettings | undefined;
  /** What the image is for, as names say; undefined: to be kept. */
  readonly purpose?: 'test' | 'development' | undefined;
}

/** A change of a whole file: all its edits or none. */
export interface Migration {
  readonly title: string;
  readonly applicability: 'unsafe';
  readonly edits: readonly Edit[];
  readonly isWide: true;
}

const found = new WeakMap<Evaluated, Map<PythonStage, Migration | undefined>>();

/**
 * Moves what a stage, and those it shares its packages with, install into the base Python to a venv at /opt/venv: the venv is
 * made by the same Python and activated by two ENV, opt-outs of the marker go, later stages get the venv in place of the
 * packages. The same object for all stages that one change mends. Undefined where the file does not tell enough, or where
 * the changed file, read anew, would not install into the venv.
 */
export function migrationOf(file: Evaluated, stage: PythonStage): Migration | undefined {
  const known = found.get(file) ?? new Map<PythonStage, Migration | undefined>();
  found.set(file, known);
  if (!known.has(stage)) {
    const group = groupOf(stage, file.python.stages);
    const migration = group && migrate(file, group);
    for (const one of group?.stages ?? [stage]) known.set(one, migration);
  }
  return known.get(stage);
}

function migrate(file: Evaluated, group: Group): Migration | undefined {
  const { stages, movers, carries, makers } = group;
  const [first] = movers;
  const isOne = movers.every(
    ({ interpreter }) =>
      interpreter.kind === first?.interpreter.kind &&
      interpreter.path === first.interpreter.path &&
      interpreter.version === first.interpreter.version,
  );
  const starts = startsOfGroup(file, group);
  if (!isOne || !isReadable(group) || starts === undefined || isForTrying(file, group)) return undefined;
  const edits = new EditList();
  const made: Made[] = [];
  for (const maker of makers) {
    // What gets the environment by COPY makes none.
    if (carries.some(({ stage }) => chainOf(maker).includes(stage))) continue;
    const one = makeEnvironment(file, group, maker, edits);
    if (one === undefined) return undefined;
    made.push(one);
  }
  for (const stage of stages) {
    if (!carries.some((carry) => carry.stage === stage)) continue;
    const one = carryEnvironment(file, group, stage, made, edits);
    if (one === undefined) return undefined;
    made.push(one);
  }
  removeOptOuts(file, group, edits);
  for (const one of made)
    for (const heir of heirsOf(one.stage, stages))
      retarget(file, heir, heir === one.stage ? one : { ...one, order: 0, within: undefined }, edits);
  const all = edits.edits;
  if (
    all === undefined ||
    namesBaseElsewhere(file, group, all) ||
    !holds(file, applyEdits(file.text, all), group, made)
  )
    return undefined;
  const unread = starts.length === 0 ? '' : ` (${starts.join(', ')} was not read: it must not name Python by its path)`;
  return {
    title: `Move the installs into a virtual environment, ${VENV}${unread}`,
    applicability: 'unsafe',
    isWide: true,
    edits: all,
  };
}

/** Installs of tools that are not followed, or that run in images built on top, would be left behind. */
function isReadable({ stages, movers }: Group): boolean {
  const FOLLOWED = new Set(['pip', 'uv', 'poetry', 'pipenv']);
  if (movers.some(isOld) || stages.some(hasOtherPackages)) return false;
  // Something stands there already, or is to.
  if (stages.some(({ stage }) => stage.steps.some(({ instruction }) => instruction.logical.text.includes(VENV))))
    return false;
  return stages.every(({ installs }) =>
    installs.every(
      (install) =>
        install.target.kind !== 'base' ||
        !changesPackages(install) ||
        (FOLLOWED.has(install.tool) && install.step.instruction.keyword === 'RUN' && !install.step.onbuild),
    ),
  );
}

/** Packages that came into the base in a way that is not followed would stay there, apart from those that move. */
function hasOtherPackages({ installs, copies }: PythonStage): boolean {
  const leadsPast = (install: Install) =>
    (install.tool === 'pip' || install.tool === 'uv') &&
    install.action === 'install' &&
    install.target.kind === 'base' &&
    isLedElsewhere(install);
  const fillsBase = copies.some(
    ({ from, sources, target }) =>
      from !== undefined &&
      /^\/usr\/local(?:\/lib.*)?\/?$/.test(target.text) &&
      sources.some(({ path }) => !/^\/usr\/local/.test(path.text)),
  );
  return installs.some(leadsPast) || fillsBase;
}

/** Python 2 has no venv, and the pip that comes with those of Python 3.6 and older finds little of today's index. */
function isOld({ install: { call }, interpreter, stage }: Mover): boolean {
  const minor = Number(interpreter.version?.split('.')[1] ?? 99);
  if (interpreter.kind === 'official') return /^[^:]*:(?:2|pypy|rc-)/.test(stage.baseName) || minor < 7;
  // There `python` and `pip` without a number are Python 2's.
  return minor < 7 || (minor < 8 && !call.program.includes('3'));
}

/** Reads the changed file anew: every mover works on the venv, every image that had them starts with it, nothing opts out. */
function holds(file: Evaluated, text: string, group: Group, made: readonly Made[]): boolean {
  const changed = readDockerfile(text);
  const stages = evaluateStages(changed, baseFacts, file.build);
  const { stages: after } = pythonFacts(stages, changed);
  if (changed.problems.length > file.problems.length || stages.length !== file.stages.length) return false;
  return group.stages.every((before) => {
    const now = after[before.stage.index];
    const installs = before.installs.filter(changesPackages);
    const installsNow = now?.installs.filter(changesPackages) ?? [];
    if (now === undefined || installsNow.length !== installs.length) return false;
    const hasVenv = made.some((one) => chainOf(before).includes(one.stage));
    const isActive = environmentOnPath(now.stage.environment.get('PATH'), now.known)?.path.text === VENV;
    if (hasVenv && isKept(now) && !isActive) return false;
    // What made a stage uncertain was the copied Python; where that is gone all the same, something else is there.
    if (now.isUncertain && group.carries.some(({ stage }) => stage === before)) return false;
    if (now.markerSites.some(({ effect }) => effect !== 'emptied')) return false;
    // What was cut leaves no RUN without a command.
    const isEmpty = now.stage.steps.some(
      ({ instruction: { keyword, argument } }) => keyword === 'RUN' && argument.text.trim() === '',
    );
    if (isEmpty) return false;
    return installs.every((install, index) => {
      const isUnknown = install.target.kind === 'unknown' && (install.tool === 'pip' || install.label === 'uv pip');
      if (!isUnknown && !group.movers.some((mover) => mover.install === install)) return true;
      const { target, setting } = installsNow[index] ?? install;
      const isMoved = target.kind === 'environment' && target.path.text === VENV;
      return isMoved && !isOn(setting('break-system-packages')) && !isOn(setting('user'));
    });
  });
}
