import type { BuildSettings } from '../dockerfile/build.ts';
import type { BuildContext } from '../dockerfile/context.ts';
import type { Dockerfile } from '../dockerfile/instructions.ts';
import { LineIndex } from '../dockerfile/range.ts';
import { readDockerfile } from '../dockerfile/reader.ts';
import { evaluateStages, finalStage, type Stage } from '../dockerfile/stages.ts';
import { baseFacts } from '../python/bases.ts';
import { type PythonFacts, pythonFacts } from '../python/facts.ts';
import { type ShellChecker, type ShellFinding, shellFindings } from '../shell/shellcheck.ts';
import { readSuppressions, type Suppression } from './suppressions.ts';

/** Everything a rule can ask about a Dockerfile. Readonly; made once per text. */
export interface DockerfileModel extends Dockerfile {
  readonly stages: readonly Stage[];
  /** The stage that is built; undefined where there is none. */
  readonly final: Stage | undefined;
  /** What the build is told. */
  readonly build: BuildSettings;
  readonly python: PythonFacts;
  readonly suppressions: readonly Suppression[];
  readonly lines: LineIndex;
  /** Undefined where the files of the build are not known. */
  readonly context: BuildContext | undefined;
  /** What the image is for where it is not made to last, as the names of the file, its directories and the stage that is built say. */
  readonly purpose: 'test' | 'development' | undefined;
  /** What ShellCheck says of the RUNs, asked when it is called. Undefined where it is not to be asked. */
  readonly shellFindings: (() => readonly ShellFinding[]) | undefined;
}

/** What is known of a Dockerfile besides its text. */
export interface ModelOptions {
  readonly path?: string | undefined;
  /** The files that the build sends along. */
  readonly context?: BuildContext | undefined;
  /** What it is told; undefined: a plain build. */
  readonly build?: BuildSettings | undefined;
  /** Runs ShellCheck, where there is one. */
  readonly shellChecker?: ShellChecker | undefined;
  /** The day, as `2027-01-31`, for comments that hold until one; undefined: they all hold. */
  readonly today?: string | undefined;
}

const TEST = /(?:^|[._-])(?:tests?(?:ops)?|testing|e2e|ci|lint)(?:[._-]|$)/i;
const TEST_DIRECTORY = /(?:^|\/)(?:(?:[\w.-]*[-_])?tests?(?:[-_][\w-]+)?|testing|testdata|fixtures|golden|e2e|ci)\//i;
const DEVELOPMENT = /(?:^|[._-])(?:dev|devel|development|devcontainer)(?:[._-]|$)/i;
const DEVELOPMENT_DIRECTORY = /(?:^|\/|[_-])(?:\.devcontainer|build-?images?|devel|development|[\w.]+-dev(?:-\w+)?)\//i;

function purposeOf(path = '', stage = ''): DockerfileModel['purpose'] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (TEST.test(name) || TEST.test(stage) || TEST_DIRECTORY.test(path)) return 'test';
  return DEVELOPMENT.test(name) || DEVELOPMENT.test(stage) || DEVELOPMENT_DIRECTORY.test(path)
    ? 'development'
    : undefined;
}

/** Reads and evaluates a Dockerfile. Never throws for any text. */
export function modelOf(
  text: string,
  { path, context, build = {}, shellChecker, today }: ModelOptions = {},
): DockerfileModel {
  const file = readDockerfile(text);
  const stages = evaluateStages(file, baseFacts, build);
  const final = finalStage(stages);
  const python = pythonFacts(stages, file, context);
  return {
    ...file,
    stages,
    final,
    build,
    python,
    shellFindings: shellChecker && (() => askShellCheck(file, python, shellChecker)),
    suppressions: readSuppressions(file, today),
    lines: new LineIndex(text),
    context,
    purpose: purposeOf(path, final?.name),
  };
}

function askShellCheck(file: Dockerfile, { stages }: PythonFacts, checker: ShellChecker): readonly ShellFinding[] {
  const facts = new Map(stages.map(({ stage, base }) => [stage, base?.distribution?.sh]));
  return shellFindings(
    file,
    stages.flatMap(({ scripts }) => scripts.map(({ step }) => step)),
    checker,
    ({ stage }) => facts.get(stage),
  );
}
