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
  /** The image is for tests or development, as the name of the file or of its last stage says. */
  readonly isThrowAway: boolean;
}

/** What is known of a Dockerfile besides its text. */
export interface ModelOptions {
  readonly path?: string | undefined;
  /** The files that the build sends along. */
  readonly context?: BuildContext | undefined;
}

/** Names of files, directories and stages that are not made to last. */
const PASSING = /(?:^|[._-])(?:tests?|testing|e2e|ci|lint|dev|devel|development|devcontainer)(?:[._-]|$)/i;
const PASSING_DIRECTORY = /(?:^|\/)(?:tests?|testing|e2e|test[_-]\w+|\.devcontainer)\//i;

function isThrowAway(path: string | undefined, stage: string | undefined): boolean {
  const name = path?.slice(path.lastIndexOf('/') + 1) ?? '';
  return PASSING.test(name) || PASSING_DIRECTORY.test(path ?? '') || PASSING.test(stage ?? '');
}

/** Reads and evaluates a Dockerfile. Never throws for any text. */
export function modelOf(text: string, { path, context }: ModelOptions = {}): DockerfileModel {
  const file = readDockerfile(text);
  const stages = evaluateStages(file, baseFacts);
  return {
    ...file,
    stages,
    python: pythonFacts(stages, file, context),
    suppressions: readSuppressions(file),
    lines: new LineIndex(text),
    context,
    isThrowAway: isThrowAway(path, stages.at(-1)?.name),
  };
}
