import type { BuildContext } from '../dockerfile/context.ts';
import { contextPath } from '../python/copied.ts';
import { chainOf, isKept, orderOf } from '../python/facts.ts';
import type { PythonStage } from '../python/model.ts';
import { startsOf } from '../python/starts.ts';
import { isPosixShell } from '../shell/script.ts';
import type { Group } from './group.ts';

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
    const { entrypoint, cmd } = startsOf(stage);
    for (const call of [...(entrypoint?.calls ?? []), ...(cmd?.calls ?? [])]) {
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
  const hasStart = stages.some((stage) => {
    const { entrypoint, cmd } = startsOf(stage);
    return isKept(stage) && (entrypoint !== undefined || cmd !== undefined);
  });
  // One of several targets may be for tests, and name the file.
  return (purpose === 'test' && stages.length === 1) || (purpose === 'development' && !hasStart);
}

/** Whether a script that cannot be read runs between an instruction and a place behind it: it may rely on what is set. */
export function runsScriptBetween(stage: PythonStage, step: Parameters<typeof orderOf>[0], order: number): boolean {
  return stage.opaque.some((one) => one.order > orderOf(step) && one.order < order);
}
