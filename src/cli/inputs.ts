import { statSync } from 'node:fs';
import type { LintArguments } from './argument-types.ts';
import { reasonOf, UsageError } from './errors.ts';
import { decode, readTextFile, type TextFile } from './files.ts';
import type { RuleChoices } from './rule-choices.ts';
import type { Terminal } from './terminal.ts';

/** A text to be judged, with how it is called in reports. */
export interface Input {
  readonly path: string;
  readonly file: TextFile;
}

/** The files that are named, and those that are found in directories. What cannot be read is told in `problems`. */
export async function readInputs(
  args: LintArguments,
  choices: RuleChoices,
  terminal: Terminal,
  problems: string[],
): Promise<Input[]> {
  if (args.paths[0] === '-')
    return [{ path: args.stdinFilename, file: decode(terminal.readStdin(), args.stdinFilename) }];
  const inputs: Input[] = [];
  const seen = new Set<string>();
  const read = (path: string, isNamed: boolean): void => {
    const shown = path.replaceAll('\\', '/').replace(/^\.\//, '');
    if (seen.has(shown)) return;
    seen.add(shown);
    try {
      inputs.push({ path: shown, file: readTextFile(path) });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      // A found file that is no text only has the name of a Dockerfile; it is said, and the rest counts.
      if (isNamed || !error.message.endsWith('not a text file')) problems.push(error.message);
      else terminal.err(`plimsoll: left out: ${error.message}\n`);
    }
  };
  for (const path of args.paths) {
    let isDirectory = false;
    try {
      isDirectory = statSync(path).isDirectory();
    } catch (error) {
      problems.push(`${path}: ${reasonOf(error)}`);
      continue;
    }
    if (!isDirectory) {
      if (!(args.forceExclude && (await choices.isExcluded(path)))) read(path, true);
      continue;
    }
    const { findDockerfiles } = await import('./discover.ts');
    const found = findDockerfiles(path, (message) => terminal.err(`plimsoll: ${message}\n`));
    if (found.length === 0)
      problems.push(`${path}: no Dockerfile here (looked for Dockerfile, Dockerfile.*, *.Dockerfile, Containerfile …)`);
    let excluded = 0;
    for (const file of found) {
      if (await choices.isExcluded(file)) excluded++;
      else read(file, false);
    }
    if (excluded > 0 && excluded === found.length)
      problems.push(`${path}: the configuration excludes all ${excluded} Dockerfiles here`);
  }
  return inputs;
}
