import { posix } from 'node:path';
import { imageOfContext } from '../dockerfile/build.ts';
import type { Piece } from '../dockerfile/embedded.ts';
import type { Value } from '../dockerfile/expand.ts';
import { type BuildFile, type FileBuild, type Files, isElsewhere, pathFrom } from './build-file.ts';
import { readEnvFile } from './env-file.ts';
import { inlineScalar } from './inline.ts';
import { interpolate } from './variables.ts';
import { numberText } from './yaml-numbers.ts';
import { entriesOf, entry, itemsOf, type Leaf, readTrees, type Tree } from './yaml-tree.ts';

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
  readonly args: ReadonlyMap<string, Value>;
  readonly contexts: ReadonlyMap<string, Text>;
  /** Keys with `!reset` or `!override`: what an earlier file says of them is gone. */
  readonly replaced: ReadonlySet<string>;
}

/** A service by the files it is described in. */
interface Service {
  readonly build: Build | undefined;
  /** Of the project that it belongs to: where paths count from that nobody gives. */
  readonly directory: string;
}

/** What variables hold; undefined: it is not known. */
type Variables = (name: string) => string | undefined;

/** Where something is read. */
interface Place {
  readonly directory: string;
  readonly variables: Variables;
}

/** Services that extend one another are followed that far. */
const MAX_DEPTH = 20;

/**
 * Reads what a Compose file builds (Compose file reference, Build, Extend, Include, Interpolation, Merge): all services that
 * have a `build`, whatever their profiles. `overrides` are merged over the file as `docker compose -f … -f …` does. Variables
 * are those of the `.env` beside the file; what it does not set is not known. Paths are written with `/`.
 */
export function readCompose(path: string, overrides: readonly string[], files: Files): BuildFile {
  const reader = new ComposeReader(files);
  const project = reader.project([path, ...overrides], posix.dirname(path), () => undefined, [], []);
  const builds = [...project].flatMap(([name, { build, directory }]) =>
    build === undefined ? [] : (reader.buildOf(name, build, directory, path) ?? []),
  );
  return { builds, problems: reader.problems, notes: [...new Set(reader.notes)] };
}

class ComposeReader {
  readonly problems: string[] = [];
  readonly notes: string[] = [];
  readonly #files: Files;
  readonly #trees = new Map<string, readonly Tree[]>();

  constructor(files: Files) {
    this.#files = files;
  }

  /**
   * The services of files that are merged, and of those that they include. `outer`: variables of the project that includes it;
   * they hold against its own. `open`: files that it is included by.
   */
  project(
    paths: readonly string[],
    directory: string,
    outer: Variables,
    envFiles: readonly string[],
    open: readonly string[],
  ): Map<string, Service> {
    const services = new Map<string, Service>();
    const own = this.#environment(envFiles.length > 0 ? envFiles : [posix.join(directory, '.env')]);
    const place = { directory, variables: (name: string) => outer(name) ?? own(name) };
    const inside = [...open, ...paths];
    for (const tree of paths.flatMap((path) => this.#read(path))) {
      for (const included of itemsOf(entry(tree, 'include')))
        for (const [name, service] of this.#included(included, place, inside)) services.set(name, service);
      for (const [name, service] of entriesOf(entry(tree, 'services'))) {
        const isGone = (part: Tree | undefined) => part?.tag === '!reset';
        const isNew = service.tag === '!override' || isGone(entry(service, 'build'));
        const earlier = isNew ? undefined : services.get(name)?.build;
        if (isGone(service)) services.delete(name);
        else services.set(name, { directory, build: merged(earlier, this.#service(tree, name, place, 0)) });
      }
    }
    return services;
  }

  /** The documents of a file. */
  #read(path: string, asker?: Leaf): readonly Tree[] {
    const known = this.#trees.get(path);
    if (known !== undefined) return known;
    const text = this.#files.read(path);
    const by = asker === undefined ? '' : `${asker.file.path}:${asker.line}: `;
    const trees = text === undefined ? `${by}${path}: no such file or directory` : readTrees({ path, text });
    if (typeof trees === 'string') this.problems.push(trees);
    const read = typeof trees === 'string' ? [] : trees;
    this.#trees.set(path, read);
    return read;
  }

  /** The variables of `.env` files, the later ones with those of the earlier. */
  #environment(paths: readonly string[]): Variables {
    const known = paths.reduce<ReadonlyMap<string, string | undefined>>(
      (earlier, path) => readEnvFile(this.#files.read(path) ?? '', earlier),
      new Map(),
    );
    return (name) => known.get(name);
  }

  #included(tree: Tree, place: Place, open: readonly string[]): Map<string, Service> {
    const paths = tree.kind === 'map' ? itemsOf(entry(tree, 'path')) : [tree];
    const files = paths.flatMap((path) => this.#path(path, place) ?? []);
    const [first] = files;
    for (const [index, file] of files.entries()) {
      const asker = paths[index];
      this.#read(file, asker?.kind === 'leaf' ? asker : undefined);
    }
    if (first === undefined || files.some((file) => open.includes(file))) return new Map();
    const own = entry(tree, 'project_directory');
    const directory = (own && this.#path(own, place)) ?? posix.dirname(first);
    const envFiles = itemsOf(entry(tree, 'env_file')).flatMap((file) => this.#path(file, place) ?? []);
    return this.project(files, directory, place.variables, envFiles, open);
  }

  /** A path that the file names; what is not here, or not known, is said. */
  #path(tree: Tree, { directory, variables }: Place): string | undefined {
    const text = textOf(tree, variables);
    if (text === undefined) return undefined;
    if (text.known && !isElsewhere(text.text)) return pathFrom(directory, text.text);
    this.notes.push(
      `${text.leaf.file.path}:${text.leaf.line}: left out: ${text.known ? `${text.text} is elsewhere` : whyUnknown(text)}`,
    );
    return undefined;
  }

  /** The build of a service of one file, with what it extends. */
  #service(tree: Tree | undefined, name: string, place: Place, depth: number): Build | undefined {
    const service = entry(entry(tree, 'services'), name);
    const own = this.#build(entry(service, 'build'), place);
    const extended = entry(service, 'extends');
    if (extended === undefined || depth > MAX_DEPTH) return own;
    const base = textOf(extended.kind === 'map' ? entry(extended, 'service') : extended, place.variables);
    if (base === undefined) return own;
    const file = entry(extended, 'file');
    const path = file && this.#path(file, place);
    if (file !== undefined && path === undefined) return own;
    // What another file says counts from where it stands.
    const there = path === undefined ? place : { ...place, directory: posix.dirname(path) };
    const trees = path === undefined ? [tree] : this.#read(path, base.leaf);
    const found = trees.find((other) => entry(entry(other, 'services'), base.text) !== undefined);
    if (found === undefined && trees.length > 0)
      this.notes.push(
        `${base.leaf.file.path}:${base.leaf.line}: service ${name}: there is no service ${base.text} to extend`,
      );
    return merged(this.#service(found, base.text, there, depth + 1), own);
  }

  #build(tree: Tree | undefined, { directory, variables }: Place): Build | undefined {
    if (tree === undefined || tree.tag === '!reset' || (tree.kind === 'leaf' && tree.value === null)) return undefined;
    const none = { args: new Map<string, Value>(), contexts: new Map<string, Text>() };
    const isNew = (key: string) => entry(tree, key)?.tag !== undefined || isEmpty(entry(tree, key));
    const replaced = new Set(tree.tag === '!override' ? KEYS : KEYS.filter(isNew));
    if (tree.kind === 'leaf') {
      const text = textOf(tree, variables);
      return { ...none, context: text && { text, from: directory }, replaced };
    }
    // An empty text is as good as none.
    const text = (name: (typeof KEYS)[number]) => {
      const given = textOf(entry(tree, name), variables);
      return given?.text === '' ? undefined : given;
    };
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
      replaced,
    };
  }

  #args(tree: Tree | undefined, variables: Variables): Map<string, Value> {
    return new Map(
      pairsOf(tree, variables).map(([name, value]) => {
        if (value === undefined) {
          const told = variables(name);
          return [name, { text: told ?? `\${${name}}`, known: told !== undefined }];
        }
        const { leaf, known } = value;
        const number = leaf.scalar?.type === 'PLAIN' ? numberText(leaf.source) : undefined;
        // A version is what this goes wrong for: 3.10 is 3.1.
        if (number !== undefined && number !== leaf.source)
          this.notes.push(
            `${leaf.file.path}:${leaf.line}: ${name}: ${leaf.source} is a number in YAML, and the build gets ${number}: put it in quotes`,
          );
        return [name, { text: number ?? (typeof leaf.value === 'number' ? leaf.source : value.text), known }];
      }),
    );
  }

  /** What is built for a service; undefined where that is elsewhere or not known, which is said. */
  buildOf(name: string, build: Build, directory: string, host: string): FileBuild | undefined {
    const { context, dockerfile, inline, target } = build;
    const leftOut = (text: Text, what?: string): undefined => {
      const { file, line } = text.leaf;
      this.notes.push(`${file.path}:${line}: service ${name}: left out: ${what ?? whyUnknown(text)}`);
    };
    if (context !== undefined && !context.text.known) return leftOut(context.text);
    if (target?.known === false) return leftOut(target);
    const isHere = context === undefined || !isElsewhere(context.text.text);
    const root = context === undefined ? directory : pathFrom(context.from, context.text.text);
    const unknown = inline?.unknown ?? [];
    const settings = {
      target: target?.text,
      args: build.args,
      contexts: new Map([...build.contexts].map(([key, { text }]) => [key, imageOfContext(text)])),
      ...(unknown.length === 0 ? {} : { unknown: new Set(unknown) }),
    };
    const common = { name, context: isHere ? root : undefined, settings };
    if (inline !== undefined) {
      if (inline.leaf.file.path !== host)
        return leftOut(inline, `its Dockerfile stands in ${inline.leaf.file.path}: check that file`);
      const escape = (text: string) => text.replaceAll('$', '$$$$');
      return { ...common, dockerfile: { inline: inlineScalar(inline.leaf, inline.pieces, escape) } };
    }
    if (context !== undefined && !isHere) return leftOut(context.text, `it is built from ${context.text.text}`);
    if (dockerfile !== undefined && !dockerfile.known) return leftOut(dockerfile);
    return { ...common, dockerfile: { path: pathFrom(root, dockerfile?.text ?? 'Dockerfile') } };
  }
}

/** The keys of a build that are looked at. */
const KEYS = ['context', 'dockerfile', 'dockerfile_inline', 'target', 'args', 'additional_contexts'] as const;

function isEmpty(tree: Tree | undefined): boolean {
  return tree?.kind === 'leaf' && tree.value === '';
}

function whyUnknown({ unknown }: Text): string {
  return `the value of ${unknown.join(', ')} is not known: give it a default, or set it in .env`;
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
  const kept = (key: string) => !later.replaced.has(key);
  return {
    context: later.context ?? (kept('context') ? earlier.context : undefined),
    dockerfile: later.dockerfile ?? (kept('dockerfile') ? earlier.dockerfile : undefined),
    inline: later.inline ?? (kept('dockerfile_inline') ? earlier.inline : undefined),
    target: later.target ?? (kept('target') ? earlier.target : undefined),
    args: new Map([...(kept('args') ? earlier.args : []), ...later.args]),
    contexts: new Map([...(kept('additional_contexts') ? earlier.contexts : []), ...later.contexts]),
    replaced: earlier.replaced,
  };
}
