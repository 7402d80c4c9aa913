import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBake } from '../../src/builds/bake.ts';
import type { BuildFile, FileBuild } from '../../src/builds/build-file.ts';
import { readCompose } from '../../src/builds/compose.ts';
import { hclParser } from '../../src/cli/hcl-grammar.ts';

/** Files of realistic shape. */
export const PROJECTS = join(import.meta.dirname, 'projects');

const parse = await hclParser();

/** Reads a file of a project, or of texts by path. */
export function readProject(
  path: string,
  overrides: readonly string[] = [],
  texts?: Readonly<Record<string, string>>,
): BuildFile {
  const at = (name: string) => join(PROJECTS, name);
  const files = {
    read: (name: string) =>
      texts !== undefined ? texts[name] : existsSync(at(name)) ? readFileSync(at(name), 'utf8') : undefined,
  };
  return /\.ya?ml$/.test(path) ? readCompose(path, overrides, files) : readBake(path, overrides, files, parse);
}

/** A build in a few words. */
export interface Brief {
  readonly context: string | undefined;
  readonly dockerfile?: string;
  readonly inline?: string;
  readonly target: string | undefined;
  /** `?` for what is not known. */
  readonly args: Readonly<Record<string, string>>;
}

export function briefs({ builds }: BuildFile): Record<string, Brief> {
  return Object.fromEntries(builds.map((build) => [build.name, briefOf(build)]));
}

function briefOf({ context, dockerfile, settings }: FileBuild): Brief {
  const args = [...(settings.args ?? [])].map(([name, { text, known }]) => [name, known ? text : '?'] as const);
  return {
    context,
    ...('path' in dockerfile ? { dockerfile: dockerfile.path } : { inline: dockerfile.inline.text }),
    target: settings.target,
    args: Object.fromEntries(args.toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}
