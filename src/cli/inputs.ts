import { statSync } from 'node:fs';
import { targetProblem } from '../engine/build-target.ts';
import type { EmbeddedBuild, NamedBuild } from '../engine/builds.ts';
import type { LintArguments } from './argument-types.ts';
import { buildFileKind, mentionsInline } from './build-file-names.ts';
import type { BuildInputs } from './build-files.ts';
import type { FileContext } from './context.ts';
import { reasonOf, UsageError } from './errors.ts';
import { decode, readTextFile, type TextFile } from './files.ts';
import type { RuleChoices } from './rule-choices.ts';
import type { Terminal } from './terminal.ts';

/** A text to be judged, with how it is called in reports. */
export interface Input {
  readonly path: string;
  readonly file: TextFile;
  /** It is a Dockerfile that is named or found by itself: a plain build is one of those it serves. */
  readonly isPlain: boolean;
  /** Its builds by files of Compose and Bake, with the files on disk as they are when it is called. */
  readonly builds: readonly (() => NamedBuild<FileContext>[])[];
  /** For a file that has Dockerfiles in it: reads them from its text. */
  readonly embedded: ((text: string) => EmbeddedBuild<FileContext>[]) | undefined;
}

/**
 * The files that are named, those that are found in directories, and those that files of Compose and Bake build. What cannot be
 * read is told in `problems`.
 */
export async function readInputs(
  args: LintArguments,
  choices: RuleChoices,
  terminal: Terminal,
  problems: string[],
): Promise<Input[]> {
  const inputs = new InputList(args.target, problems, terminal);
  if (args.paths[0] === '-') {
    await addStdin(shown(args.stdinFilename), decode(terminal.readStdin(), args.stdinFilename), inputs);
    return inputs.all();
  }
  for (const path of args.paths) {
    let isDirectory = false;
    try {
      isDirectory = statSync(path).isDirectory();
    } catch (error) {
      problems.push(`${path}: ${reasonOf(error)}`);
      continue;
    }
    if (isDirectory) await addDirectory(path, inputs, choices);
    else if (!args.forceExclude || !(await choices.isExcluded(path))) {
      const kind = buildFileKind(path, true);
      if (kind === undefined) inputs.add(path, true);
      // A hook names all files there are: what they build is named by itself.
      else await addBuildFile(path, kind, args.forceExclude ? undefined : args.paths.map(shown), inputs, choices);
    }
  }
  const isTold = args.target !== undefined || args.context !== undefined || Object.keys(args.buildArgs).length > 0;
  if (isTold && inputs.all().length > 0 && !inputs.all().some(({ isPlain }) => isPlain))
    problems.push(
      '--target, --build-arg and --context are for Dockerfiles: files of Compose and Bake say it of their builds',
    );
  return inputs.all();
}

async function addDirectory(path: string, inputs: InputList, choices: RuleChoices): Promise<void> {
  const { findDockerfiles } = await import('./discover.ts');
  const found = findDockerfiles(path, (message) => inputs.tell([], [message]));
  let excluded = 0;
  for (const file of found) {
    const kind = buildFileKind(file, false);
    if (await choices.isExcluded(file)) excluded++;
    else if (kind === undefined) inputs.add(file, false);
    else await addBuildFile(file, kind, undefined, inputs, choices);
  }
  if (excluded > 0 && excluded === found.length)
    inputs.tell([`${path}: the configuration excludes all ${excluded} Dockerfiles here`], []);
  else if (!found.some((file) => inputs.has(file)))
    inputs.tell(
      [`${path}: no Dockerfile here (looked for Dockerfile, Dockerfile.*, *.Dockerfile, Containerfile …)`],
      [],
    );
}

/**
 * Adds what a file of Compose or Bake builds. `named`: all files that are; undefined for one that is only found, of which the
 * Dockerfiles that stand in it are taken.
 */
async function addBuildFile(
  given: string,
  kind: 'compose' | 'bake',
  named: readonly string[] | undefined,
  inputs: InputList,
  choices: RuleChoices,
): Promise<void> {
  const path = shown(given);
  if (inputs.isRead(path)) return;
  const isNamed = named !== undefined;
  const { readBuildFile } = await import('./build-files.ts');
  try {
    const file = readTextFile(path);
    if (!isNamed && !mentionsInline(file.text)) return;
    const read = await readBuildFile(path, kind, file.text, named);
    inputs.addBuildFile(path, file, read, isNamed);
    // What a directory has is not all there is to say of a file that is only found.
    inputs.tell(isNamed ? read.problems : read.faults, isNamed ? read.notes : []);
    if (!isNamed) return;
    let excluded = 0;
    for (const [dockerfile, builds] of read.dockerfiles)
      if (await choices.isExcluded(dockerfile)) excluded++;
      else inputs.add(dockerfile, true, builds);
    if (excluded > 0 && excluded === read.dockerfiles.size && read.embedded === undefined)
      inputs.tell([`${path}: the configuration excludes all ${excluded} Dockerfiles that it builds`], []);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    inputs.tell([error.message], []);
  }
}

/** What an editor hands over: a Dockerfile, or a file of Compose or Bake with one in it. */
async function addStdin(path: string, file: TextFile, inputs: InputList): Promise<void> {
  const kind = buildFileKind(path, true);
  if (kind === undefined) return inputs.addText(path, file);
  const { readBuildFile } = await import('./build-files.ts');
  const read = await readBuildFile(path, kind, file.text);
  inputs.tell(read.faults, read.notes);
  inputs.addBuildFile(path, file, { embedded: read.embedded ?? (() => []), overrides: [] }, true);
}

function shown(path: string): string {
  return path.replaceAll('\\', '/').replace(/^\.\//, '');
}

/** Inputs by path, each once. */
class InputList {
  readonly #inputs = new Map<string, Input>();
  /** Files of Compose and Bake that were named, and what was merged over them. */
  readonly #read = new Set<string>();
  /** The stage of plain builds, where that is not the last one. */
  readonly #target: string | undefined;
  readonly #problems: string[];
  readonly #terminal: Terminal;

  constructor(target: string | undefined, problems: string[], terminal: Terminal) {
    this.#target = target;
    this.#problems = problems;
    this.#terminal = terminal;
  }

  all(): Input[] {
    return [...this.#inputs.values()];
  }

  has(path: string): boolean {
    return this.#inputs.has(shown(path));
  }

  isRead(path: string): boolean {
    return this.#read.has(path);
  }

  tell(problems: readonly string[], notes: readonly string[]): void {
    this.#problems.push(...problems);
    for (const note of notes) this.#terminal.err(`plimsoll: ${note}\n`);
  }

  addText(path: string, file: TextFile): void {
    this.#checkTarget(path, file);
    this.#inputs.set(path, { path, file, isPlain: true, builds: [], embedded: undefined });
  }

  /** A Dockerfile; `builds`: what asks for it, where that is a file of Compose or Bake. */
  add(given: string, isNamed: boolean, builds?: () => NamedBuild<FileContext>[]): void {
    const path = shown(given);
    const known = this.#inputs.get(path);
    try {
      const file = known?.file ?? readTextFile(given);
      if (builds === undefined) this.#checkTarget(path, file);
      this.#inputs.set(path, {
        path,
        file,
        isPlain: known?.isPlain === true || builds === undefined,
        builds: [...(known?.builds ?? []), ...(builds === undefined ? [] : [builds])],
        embedded: undefined,
      });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      // A found file that is no text only has the name of a Dockerfile; it is said, and the rest counts.
      if (isNamed || !error.message.endsWith('not a text file')) this.#problems.push(error.message);
      else this.#terminal.err(`plimsoll: left out: ${error.message}\n`);
    }
  }

  #checkTarget(path: string, { text }: TextFile): void {
    const problem = this.#target === undefined ? undefined : targetProblem(text, this.#target);
    if (problem !== undefined) throw new UsageError(`${path}: ${problem}`);
  }

  /** `isNamed`: all that it builds is added, and what is merged over it is a part of that. */
  addBuildFile(
    path: string,
    file: TextFile,
    { embedded, overrides }: Pick<BuildInputs, 'embedded' | 'overrides'>,
    isNamed: boolean,
  ): void {
    if (isNamed) for (const read of [path, ...overrides]) this.#read.add(read);
    if (embedded !== undefined) this.#inputs.set(path, { path, file, isPlain: false, builds: [], embedded });
  }
}
