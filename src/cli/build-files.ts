import { existsSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { readBake } from '../builds/bake.ts';
import type { BuildFile, FileBuild } from '../builds/build-file.ts';
import { readCompose } from '../builds/compose.ts';
import type { ParseHcl } from '../builds/hcl.ts';
import { targetProblem } from '../engine/build-target.ts';
import type { EmbeddedBuild, NamedBuild } from '../engine/builds.ts';
import { buildFileKind } from './build-file-names.ts';
import { contextIn, type FileContext } from './context.ts';
import { isUsageError } from './errors.ts';
import { readTextFile } from './files.ts';

/** What a file of Compose or Bake has built. */
export interface BuildInputs {
  /** By path of the Dockerfile: its builds, with the files on disk as they are when it is called. */
  readonly dockerfiles: ReadonlyMap<string, () => NamedBuild<FileContext>[]>;
  /** The Dockerfiles that stand in the file itself, read from its text; undefined where there is none. */
  readonly embedded: ((text: string) => EmbeddedBuild<FileContext>[]) | undefined;
  /** Files that are merged over it. */
  readonly overrides: readonly string[];
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/** Reads a file of Compose or Bake: its text, and what that names on disk. */
export async function readBuildFile(path: string, kind: 'compose' | 'bake', text: string): Promise<BuildInputs> {
  const overrides = overridesOf(path);
  const parse = kind === 'bake' ? await (await import('./hcl-grammar.ts')).hclParser() : undefined;
  const read = (current: string): BuildFile => buildFileOf(path, current, overrides, parse);
  const { builds, problems, notes } = read(text);
  const more = [...problems];
  const dockerfiles = new Map<string, FileBuild[]>();
  for (const build of builds) {
    if (!('path' in build.dockerfile)) continue;
    const file = dockerfileOf(build.dockerfile.path);
    const problem = problemOf(build, file, path);
    if (problem === undefined) dockerfiles.set(file, [...(dockerfiles.get(file) ?? []), build]);
    else more.push(problem);
  }
  if (builds.length === 0 && problems.length === 0 && notes.length === 0)
    more.push(
      `${path}: nothing is built here (${kind === 'compose' ? 'no service has a `build:`' : 'there is no target'})`,
    );
  return {
    dockerfiles: new Map(
      [...dockerfiles].map(([file, all]) => [file, () => all.map((build) => namedBuild(build, file))]),
    ),
    embedded: builds.some(isEmbedded)
      ? (current) =>
          read(current)
            .builds.filter(isEmbedded)
            .map((build) => ({
              ...namedBuild(build, posix.join(build.context ?? posix.dirname(path), 'Dockerfile')),
              inline: build.dockerfile.inline,
            }))
      : undefined,
    overrides,
    problems: more,
    notes,
  };
}

function buildFileOf(path: string, text: string, overrides: readonly string[], parse: ParseHcl | undefined): BuildFile {
  const files = { read: (other: string) => (other === path ? text : textOf(other)) };
  return parse === undefined ? readCompose(path, overrides, files) : readBake(path, overrides, files, parse);
}

/** What cannot be read is as good as not there: whoever asks for it says so. */
function textOf(path: string): string | undefined {
  try {
    return existsSync(path) ? readTextFile(path).text : undefined;
  } catch (error) {
    if (!isUsageError(error)) throw error;
    return undefined;
  }
}

/** The files that Compose and Bake merge over one of the usual name where none is named. */
function overridesOf(path: string): string[] {
  const [, stem, ending = ''] =
    /^((?:.*\/)?(?:docker-)?compose)\.(ya?ml)$/.exec(path) ?? /^((?:.*\/)?docker-bake)\.(hcl|json)$/.exec(path) ?? [];
  if (stem === undefined) return [];
  const endings = ending.startsWith('y') ? ['yaml', 'yml'] : ['json', 'hcl'];
  return endings.map((other) => `${stem}.override.${other}`).filter((file) => existsSync(file));
}

/** Podman takes a Containerfile where there is no Dockerfile. */
function dockerfileOf(path: string): string {
  const other = posix.join(posix.dirname(path), 'Containerfile');
  return posix.basename(path) === 'Dockerfile' && !existsSync(path) && existsSync(other) ? other : path;
}

function problemOf({ name, settings: { target } }: FileBuild, file: string, from: string): string | undefined {
  const text = textOf(file);
  const what = `${from}: ${buildFileKind(from, true) === 'compose' ? 'service' : 'target'} ${name}`;
  if (text === undefined) return `${what}: its Dockerfile cannot be read: ${file}`;
  if (target === undefined) return undefined;
  const problem = targetProblem(text, target);
  return problem === undefined ? undefined : `${what}: ${file}: ${problem}`;
}

function isEmbedded(
  build: FileBuild,
): build is FileBuild & { readonly dockerfile: { readonly inline: EmbeddedBuild['inline'] } } {
  return 'inline' in build.dockerfile;
}

function namedBuild({ name, context, settings }: FileBuild, dockerfile: string): NamedBuild<FileContext> {
  return {
    name,
    build: settings,
    context: context === undefined ? undefined : contextIn(resolve(context), resolve(dockerfile)),
  };
}
