import type { BuildContext } from '../dockerfile/context.ts';
import type { Dockerfile } from '../dockerfile/instructions.ts';
import { LineIndex } from '../dockerfile/range.ts';
import { readDockerfile } from '../dockerfile/reader.ts';
import { evaluateStages, type Stage } from '../dockerfile/stages.ts';
import { baseFacts } from '../python/bases.ts';
import { type PythonFacts, pythonFacts } from '../python/facts.ts';
import { readSuppressions, type Suppression } from './suppressions.ts';

/** Everything a rule can ask about a Dockerfile. Readonly; made once per text. */
export interface DockerfileModel extends Dockerfile {
  readonly stages: readonly Stage[];
  readonly python: PythonFacts;
  readonly suppressions: readonly Suppression[];
  readonly lines: LineIndex;
  /** Undefined where the files of the build are not known. */
  readonly context: BuildContext | undefined;
}

/** Reads and evaluates a Dockerfile. Never throws for any text. */
export function modelOf(text: string, context?: BuildContext): DockerfileModel {
  const file = readDockerfile(text);
  const stages = evaluateStages(file, baseFacts);
  return {
    ...file,
    stages,
    python: pythonFacts(stages, file),
    suppressions: readSuppressions(file),
    lines: new LineIndex(text),
    context,
  };
}
