import { nearest } from '../dockerfile/nearest.ts';
import { readDockerfile } from '../dockerfile/reader.ts';
import { evaluateStages, stageNamed } from '../dockerfile/stages.ts';

/** Why a stage cannot be built, in words for people; undefined where it can, or the text has no stage at all. */
export function targetProblem(text: string, target: string): string | undefined {
  const stages = evaluateStages(readDockerfile(text), () => undefined);
  if (stages.length === 0 || stageNamed(stages, target, stages.length) !== undefined) return undefined;
  const names = stages.flatMap(({ name }) => name ?? []);
  const meant = nearest(target, names);
  return `there is no stage "${target}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
}
