import { existsSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { readBake } from '../builds/bake.ts';
import type { BuildFile, FileBuild } from '../builds/build-file.ts';
import { readCompose } from '../builds/compose.ts';
import type { ParseHcl } from '../builds/hcl.ts';
import { targetProblem } from '../engine/build-target.ts';
import type { EmbeddedBuild, NamedBuild } from '../engine/builds.ts';
import { buildFileKind, mentionsInline } from './build-file-names.ts';
import { contextIn, type FileContext } from './context.ts';
import { isUsageError } from './errors.ts';
import { readTextFile } from './files.ts';

/** What a file of Compose or Bake has built. */
export interface BuildInputs {
  /** By path of the Dockerfile: its builds, with the files on disk as they are when it is called. */
  readonly dockerfiles: ReadonlyMap<string, () => NamedBuild<FileContext>[]>;
  /** The Dockerfiles that stand in the file itself, read from its text; undefined where there is none. */
  readonly embedded: ((text: string) => EmbeddedBuild<FileContext>[]) | undefined;
  /** Files that are merged over it, where it has no Dockerfile of its own in them. */
  readonly overrides: readonly string[];
  readonly problems: readonly string[];
  /** Those of them that are about the file itself: it cannot be read, or a Dockerfile in it cannot be built. */
  readonly faults: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Reads a file of Compose or Bake: its text, and what that names on disk. `named`: all files that are named; of Compose those of a
 * variant behind one of the usual name are merged over it, as `docker compose -f … -f …` does.
 */
export async function readBuildFile(
  path: string,
  kind: 'compose' | 'bake',
  text: string,
  named: readonly string[] = [],
): Promise<BuildInputs> {
  const variants = COMPOSE.includes(posix.basename(path)) ? variantsOf(path, named) : [];
  const overrides = variants.length > 0 ? variants : overridesOf(path);
  const parse = kind === 'bake' ? await (await import('./hcl-grammar.ts')).hclParser() : undefined;
  const read = (current: string): BuildFile => buildFileOf(path, current, overrides, parse);
  const { builds, problems, notes } = read(text);
  const faults = [...problems];
  const more: string[] = [];
  const dockerfiles = new Map<string, FileBuild[]>();
  for (const build of builds) {
    const file = 'path' in build.dockerfile ? dockerfileOf(build.dockerfile.path) : path;
    const problem = problemOf(build, file);
    if (problem !== undefined)
      ('path' in build.dockerfile ? more : faults).push(
        `${path}: ${kind === 'compose' ? 'service' : 'target'} ${build.name}: ${problem}`,
      );
    else if ('path' in build.dockerfile) dockerfiles.set(file, [...(dockerfiles.get(file) ?? []), build]);
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
            .filter((build) => problemOf(build, path) === undefined)
            .map((build) => ({
              ...namedBuild(build, posix.join(build.context ?? posix.dirname(path), 'Dockerfile')),
              inline: build.dockerfile.inline,
            }))
      : undefined,
    overrides: overrides.filter((file) => !mentionsInline(textOf(file) ?? '')),
    problems: [...faults, ...more],
    faults,
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

/** In the order in which Compose looks for them; of each list it takes the first that is there. */
const COMPOSE = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const COMPOSE_OVERRIDES = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];
const BAKE = ['docker-bake.json', 'docker-bake.hcl'];

/** Files such as `compose.prod.yaml` that are named behind one and stand beside it. */
function variantsOf(path: string, named: readonly string[]): string[] {
  return named.filter(
    (other, index) =>
      index > named.indexOf(path) &&
      posix.dirname(other) === posix.dirname(path) &&
      buildFileKind(other, false) === 'compose' &&
      !COMPOSE.includes(posix.basename(other)),
  );
}

/** The files that Compose and Bake merge over one of their usual names, where none is named. */
function overridesOf(path: string): string[] {
  const beside = (names: readonly string[]) =>
    names.map((name) => posix.join(posix.dirname(path), name)).filter((file) => existsSync(file));
  const name = posix.basename(path);
  if (COMPOSE.includes(name)) return beside(COMPOSE_OVERRIDES).slice(0, 1);
  return BAKE.includes(name) ? beside(BAKE.map((usual) => usual.replace('.', '.override.'))) : [];
}

/** Podman takes a Containerfile where there is no Dockerfile. */
function dockerfileOf(path: string): string {
  const other = posix.join(posix.dirname(path), 'Containerfile');
  return posix.basename(path) === 'Dockerfile' && !existsSync(path) && existsSync(other) ? other : path;
}

/** Why a build cannot be looked at. */
function problemOf({ dockerfile, settings: { target } }: FileBuild, file: string): string | undefined {
  const text = 'inline' in dockerfile ? dockerfile.inline.text : textOf(file);
  if (text === undefined) return `its Dockerfile cannot be read: ${file}`;
  const problem = target === undefined ? undefined : targetProblem(text, target);
  return problem === undefined || 'inline' in dockerfile ? problem : `${file}: ${problem}`;
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
