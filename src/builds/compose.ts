import { posix } from 'node:path';
import { parseEnv } from 'node:util';
import { imageOfContext } from '../dockerfile/build.ts';
import type { Piece } from '../dockerfile/embedded.ts';
import type { Value } from '../dockerfile/expand.ts';
import { type BuildFile, type FileBuild, type Files, isElsewhere } from './build-file.ts';
import { inlineScalar } from './inline.ts';
import { interpolate } from './variables.ts';
import { entriesOf, entry, itemsOf, type Leaf, readTree, type Tree } from './yaml-tree.ts';

/** A text of the file with its variables filled in, and where it stands. */
interface Text extends Value {
  readonly leaf: Leaf;
  readonly pieces: readonly Piece[];
  readonly unknown: readonly string[];
}

/** The `build` of a service, as far as it is looked at; what a file leaves out is undefined. */
interface Build {
  /** With the directory that it counts from. */
  readonly context?: { readonly text: Text; readonly from: string } | undefined;
  readonly dockerfile?: Text | undefined;
  readonly inline?: Text | undefined;
  readonly target?: Text | undefined;
  /** Undefined: what the environment has, else what the Dockerfile says. */
  readonly args: ReadonlyMap<string, Value | undefined>;
  readonly contexts: ReadonlyMap<string, Text>;
}

/** A service by the files it is described in. */
interface Service {
  readonly build: Build | undefined;
}

/** Files that extend or include one another are followed that far. */
const MAX_DEPTH = 20;

/**
 * Reads what a Compose file builds (Compose file reference, Build, Extend, Include, Interpolation): all services that have a
 * `build`, whatever their profiles. `overrides` are merged over the file as `docker compose -f … -f …` does. Variables are those
 * of the `.env` beside the file; what it does not set is not known. Paths are written with `/`.
 */
export function readCompose(path: string, overrides: readonly string[], files: Files): BuildFile {
  const reader = new ComposeReader(files);
  const project = reader.project([path, ...overrides], posix.dirname(path), 0);
  const builds = [...project].flatMap(([name, { build }]) =>
    build === undefined ? [] : (reader.buildOf(name, build, posix.dirname(path), path) ?? []),
  );
  return { builds, problems: reader.problems, notes: [...new Set(reader.notes)] };
}

class ComposeReader {
  readonly problems: string[] = [];
  readonly notes: string[] = [];
  readonly #files: Files;

  constructor(files: Files) {
    this.#files = files;
  }

  /** The services of files that are merged, and of those that they include. */
  project(paths: readonly string[], directory: string, depth: number): Map<string, Service> {
    const services = new Map<string, Service>();
    if (depth > MAX_DEPTH) return services;
    const variables = this.#variablesOf(directory);
    for (const path of paths) {
      const tree = this.#tree(path);
      for (const included of itemsOf(entry(tree, 'include')))
        for (const [name, service] of this.#included(included, directory, variables, depth))
          services.set(name, service);
      for (const [name] of entriesOf(entry(tree, 'services'))) {
        const build = this.#service(tree, name, directory, variables, depth);
        const known = services.get(name)?.build;
        const { tag } = entry(entry(entry(tree, 'services'), name), 'build') ?? {};
        const isWhole = tag === '!override' || tag === '!reset';
        services.set(name, { build: isWhole ? build : merged(known, build) });
      }
    }
    return services;
  }

  #tree(path: string): Tree | undefined {
    const text = this.#files.read(path);
    const tree = text === undefined ? `${path}: no such file or directory` : readTree({ path, text });
    if (typeof tree !== 'string') return tree;
    if (!this.problems.includes(tree)) this.problems.push(tree);
    return undefined;
  }

  #variablesOf(directory: string): (name: string) => string | undefined {
    const values = parseEnv(this.#files.read(posix.join(directory, '.env')) ?? '');
    return (name) => values[name];
  }

  #included(tree: Tree, directory: string, variables: Variables, depth: number): Map<string, Service> {
    const paths = tree.kind === 'map' ? itemsOf(entry(tree, 'path')) : [tree];
    const files = paths.flatMap((path) => this.#path(path, directory, variables) ?? []);
    const [first] = files;
    if (first === undefined) return new Map();
    const own = entry(tree, 'project_directory');
    return this.project(files, (own && this.#path(own, directory, variables)) ?? posix.dirname(first), depth + 1);
  }

  #path(tree: Tree, directory: string, variables: Variables): string | undefined {
    const text = textOf(tree, variables);
    return text === undefined || !text.known || isElsewhere(text.text) ? undefined : resolved(directory, text.text);
  }

  /** A service of one file with what it extends. */
  #service(
    tree: Tree | undefined,
    name: string,
    directory: string,
    variables: Variables,
    depth: number,
  ): Build | undefined {
    const service = entry(entry(tree, 'services'), name);
    const own = this.#build(entry(service, 'build'), directory, variables);
    const extended = entry(service, 'extends');
    if (extended === undefined || depth > MAX_DEPTH) return own;
    const base = textOf(extended.kind === 'map' ? entry(extended, 'service') : extended, variables)?.text;
    const file = entry(extended, 'file');
    if (base === undefined) return own;
    if (file === undefined) return merged(this.#service(tree, base, directory, variables, depth + 1), own);
    const path = this.#path(file, directory, variables);
    if (path === undefined) return own;
    // What it says counts from where it stands.
    return merged(this.#service(this.#tree(path), base, posix.dirname(path), variables, depth + 1), own);
  }

  #build(tree: Tree | undefined, directory: string, variables: Variables): Build | undefined {
    if (tree === undefined || tree.tag === '!reset' || (tree.kind === 'leaf' && tree.value === null)) return undefined;
    if (tree.kind === 'leaf') {
      const text = textOf(tree, variables);
      return { context: text && { text, from: directory }, args: new Map(), contexts: new Map() };
    }
    const text = (name: string) => textOf(entry(tree, name), variables);
    const context = text('context');
    return {
      context: context && { text: context, from: directory },
      dockerfile: text('dockerfile'),
      inline: text('dockerfile_inline'),
      target: text('target'),
      args: this.#args(entry(tree, 'args'), variables),
      contexts: new Map(
        pairsOf(entry(tree, 'additional_contexts'), variables).flatMap(([name, value]) =>
          value === undefined ? [] : [[name.toLowerCase(), value] as const],
        ),
      ),
    };
  }

  #args(tree: Tree | undefined, variables: Variables): Map<string, Value | undefined> {
    return new Map(
      pairsOf(tree, variables).map(([name, value]) => {
        if (value === undefined) {
          const told = variables(name);
          return [name, told === undefined ? undefined : { text: told, known: true }];
        }
        const { leaf, text, known } = value;
        // A version is what this goes wrong for: 3.10 is 3.1.
        if (typeof leaf.value === 'number' && /^\d+\.\d*0$/.test(leaf.source))
          this.notes.push(
            `${leaf.file.path}:${leaf.line}: ${name}: ${leaf.source} is a number in YAML, and the build gets ${text}: put it in quotes`,
          );
        return [name, { text, known }];
      }),
    );
  }

  /** What is built for a service; undefined where that is elsewhere or not known. */
  buildOf(name: string, build: Build, directory: string, host: string): FileBuild | undefined {
    const { context, dockerfile, inline, target } = build;
    const leftOut = ({ leaf, unknown }: Text, what: string): undefined => {
      this.notes.push(
        `${leaf.file.path}:${leaf.line}: service ${name}: left out: ${unknown.length === 0 ? what : `the value of ${unknown.join(', ')} is not known: give it a default, or set it in .env`}`,
      );
    };
    const root = context === undefined ? directory : resolved(context.from, context.text.text);
    if (context !== undefined && !context.text.known) return leftOut(context.text, '');
    const isHere = context === undefined || !isElsewhere(context.text.text);
    const unknown = [inline, target].flatMap((text) => text?.unknown ?? []);
    const settings = {
      target: target?.known === true ? target.text : undefined,
      args: new Map([...build.args].flatMap(([arg, value]) => (value === undefined ? [] : [[arg, value] as const]))),
      contexts: new Map([...build.contexts].map(([key, { text }]) => [key, imageOfContext(text)])),
      ...(unknown.length === 0 ? {} : { unknown: new Set(unknown) }),
    };
    const common = { name, context: isHere ? root : undefined, settings };
    if (inline !== undefined) {
      if (inline.leaf.file.path !== host)
        return leftOut(
          { ...inline, unknown: [] },
          `its Dockerfile stands in ${inline.leaf.file.path}: check that file`,
        );
      return {
        ...common,
        dockerfile: { inline: inlineScalar(inline.leaf, inline.pieces, (text) => text.replaceAll('$', '$$$$')) },
      };
    }
    if (context !== undefined && !isHere) return leftOut(context.text, `it is built from ${context.text.text}`);
    if (dockerfile !== undefined && !dockerfile.known) return leftOut(dockerfile, '');
    return { ...common, dockerfile: { path: resolved(root, dockerfile?.text ?? 'Dockerfile') } };
  }
}

type Variables = (name: string) => string | undefined;

function resolved(directory: string, path: string): string {
  return posix.isAbsolute(path) || /^[A-Za-z]:\//.test(path) ? path : posix.join(directory, path);
}

function textOf(tree: Tree | undefined, variables: Variables): Text | undefined {
  if (tree?.kind !== 'leaf' || tree.value === null || tree.tag === '!reset') return undefined;
  const { text, pieces, unknown } = interpolate(String(tree.value), variables);
  return { text, pieces, known: unknown.length === 0, unknown, leaf: tree };
}

/** A mapping, or a list of `NAME=VALUE`; names without a value have none. */
function pairsOf(tree: Tree | undefined, variables: Variables): [string, Text | undefined][] {
  if (tree?.kind === 'map') return entriesOf(tree).map(([name, value]) => [name, textOf(value, variables)]);
  return itemsOf(tree).flatMap((item): [string, Text | undefined][] => {
    const text = textOf(item, variables);
    if (text === undefined) return [];
    const equals = text.text.indexOf('=');
    return equals === -1
      ? [[text.text, undefined]]
      : [[text.text.slice(0, equals), { ...text, text: text.text.slice(equals + 1) }]];
  });
}

/** What a later file or service says holds against an earlier one; maps are put together (Compose file reference, Merge). */
function merged(earlier: Build | undefined, later: Build | undefined): Build | undefined {
  if (earlier === undefined || later === undefined) return later ?? earlier;
  const given = Object.fromEntries(Object.entries(later).filter(([, value]) => value !== undefined));
  return {
    ...earlier,
    ...given,
    args: new Map([...earlier.args, ...later.args]),
    contexts: new Map([...earlier.contexts, ...later.contexts]),
  };
}
