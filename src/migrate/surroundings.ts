import type { BuildContext } from '../dockerfile/context.ts';
import { type Edit, hasComment } from '../dockerfile/edit.ts';
import { type Step, sourcesOf } from '../dockerfile/stages.ts';
import type { Order } from '../python/call.ts';
import { contextPath } from '../python/copied.ts';
import { chainOf, isKept, orderOf } from '../python/facts.ts';
import type { PythonStage } from '../python/model.ts';
import { hasStart, startCalls } from '../python/starts.ts';
import { isPosixShell } from '../shell/script.ts';
import { isFilled } from './carry.ts';
import type { Group } from './group.ts';
import type { Evaluated } from './migration.ts';

/** What a file tells of its surroundings that a change of it has to go by. */
interface Surroundings {
  readonly context?: BuildContext | undefined;
  readonly purpose?: 'test' | 'development' | undefined;
}

/** Programs of the base by their path, and installs that no environment allows. */
const NAMES_BASE =
  /\/usr\/(?:local\/)?bin\/(?:python|pip)|\/usr\/local\/bin\/[a-z]|\bpip[\w.]*[)"'}]*\s+install\b[^\n]*--user\b|\bPIP_USER=/;

/**
 * The scripts of the build context that images of a group start with and that could not be read, by their names. Undefined
 * where a start would not work in an environment: a script that names the base by its path, or Apache Beam's, which makes an
 * environment of its own from whatever Python it finds.
 */
export function startsOfGroup({ context }: Surroundings, { stages }: Group): string[] | undefined {
  const unread = new Set<string>();
  for (const stage of stages) {
    if (!isKept(stage)) continue;
    for (const call of startCalls(stage)) {
      const [program, argument] = call.words;
      const word = program !== undefined && isPosixShell(call.program) ? argument : program;
      if (word === undefined || word.value.startsWith('-')) continue;
      const path = word.value.includes('/') || isPosixShell(call.program) ? call.path(word).text : undefined;
      if (path?.startsWith('/opt/apache/beam/')) return undefined;
      const file = path && sourceOf(path, stage);
      if (file === undefined) continue;
      const text = context?.read(file);
      if (text === undefined) unread.add(path?.split('/').at(-1) ?? file);
      else if (NAMES_BASE.test(text)) return undefined;
    }
  }
  return [...unread];
}

/** The file of the context that stands at a path of a stage. */
function sourceOf(path: string, stage: PythonStage): string | undefined {
  for (const one of chainOf(stage).toReversed()) {
    const found = contextPath(path, one.copies, Number.POSITIVE_INFINITY);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Images of tests are what their tests expect; people work in those without a start, and install as they like. */
export function isForTrying({ purpose }: Surroundings, { stages }: Group): boolean {
  const isStarted = stages.some((stage) => isKept(stage) && hasStart(stage));
  // One of several targets may be for tests, and name the file.
  return (purpose === 'test' && stages.length === 1) || (purpose === 'development' && !isStarted);
}

/** Whether a script that cannot be read runs between an instruction and a place behind it: it may rely on what is set. */
export function runsScriptBetween(stage: PythonStage, step: Step | undefined, order: Order): boolean {
  return step !== undefined && stage.opaque.some((one) => one.order > orderOf(step) && one.order < order);
}

/** Paths of the base Python and of what is installed into it. */
const BASE_PATHS =
  /\/usr\/local\/(?:bin\/[\w.-]+|lib\/python|share\/)|\/usr\/bin\/(?:python|pip)[\d.]*|\/\.local\/bin\/[\w.-]+/g;

/**
 * Whether the file names such a path in a place that the change does not touch: as an argument, in text that is written to a file, in
 * ENV, or in a COPY or mount from a stage of the group. It would lead to nothing, or past the environment.
 */
export function namesBaseElsewhere(file: Evaluated, { stages, movers }: Group, edits: readonly Edit[]): boolean {
  const firstOf = (stage: PythonStage) => movers.find((mover) => mover.stage === stage)?.install.order ?? 0;
  return file.python.stages.some((stage) => {
    const isOwn = stages.includes(stage);
    return stage.stage.steps.some((step) => {
      const { instruction } = step;
      const sources = sourcesOf(instruction, file.stages, step.stage.index);
      const source = stages.find(({ stage: own }) => sources.includes(own));
      if (!isOwn && source === undefined) return false;
      const { start, end } = instruction.range;
      return [...file.text.slice(start, end).matchAll(BASE_PATHS)].some(({ 0: path, index }) => {
        const at = start + index;
        const isTouched = edits.some(({ range }) => range.start <= at + path.length && at <= range.end);
        if (isTouched || hasComment(file, { start: at, end: at + 1 })) return false;
        // Before anything is installed there is only what the base has, and it stays.
        if (
          source === undefined &&
          orderOf(step) < firstOf(stage) &&
          !chainOf(stage).some((one) => one !== stage && firstOf(one) > 0)
        )
          return false;
        const owner = source ?? stage;
        return !isFilled(path, owner) && !/^\/usr\/local\/bin\/(?:docker-|entrypoint)/.test(path);
      });
    });
  });
}
