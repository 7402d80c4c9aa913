import { posix } from 'node:path';
import { imageOfContext } from '../dockerfile/build.ts';
import type { Value } from '../dockerfile/expand.ts';
import { BakeDefinitions, type Expression } from './bake-definitions.ts';
import { type BuildFile, type FileBuild, type Files, isElsewhere, pathFrom } from './build-file.ts';
import { type ParseHcl, type Scope, within } from './hcl.ts';
import { type HclObject, type HclValue, isObject, textOfValue, Unknown } from './hcl-values.ts';

/** Functions that call themselves, and targets that inherit from one another, are followed that deep. */
const MAX_DEPTH = 30;
/** More steps are not evaluated in a file. */
const MAX_STEPS = 200_000;
/** More combinations of a matrix are not looked at. */
const MAX_COMBINATIONS = 500;

/**
 * Reads what a Bake file builds (Bake file reference): all targets, those apart that others only inherit from. `overrides` are
 * merged over the file. Variables have their defaults; what the environment sets is not looked at.
 */
export function readBake(path: string, overrides: readonly string[], files: Files, parseHcl: ParseHcl): BuildFile {
  const definitions = new BakeDefinitions();
  const problems = [path, ...overrides].flatMap((file) => {
    const text = files.read(file);
    return text === undefined
      ? `${file}: no such file or directory`
      : (definitions.add({ path: file, text }, parseHcl) ?? []);
  });
  const reader = new BakeReader(definitions, path, files);
  const builds = reader.builds();
  if (reader.isExhausted) problems.push(`${path}: it takes too long to evaluate, so nothing of it is checked`);
  return { builds: reader.isExhausted ? [] : builds, problems, notes: reader.notes };
}

/** A target, or one combination of its matrix. */
interface Target {
  readonly block: string;
  readonly name: string;
  readonly scope: Scope;
}

/** An attribute with the names that hold where it stands. */
interface Attribute {
  readonly expression: Expression;
  readonly scope: Scope;
}

class BakeReader {
  readonly notes: string[] = [];
  readonly #definitions: BakeDefinitions;
  readonly #path: string;
  readonly #files: Files;
  readonly #values = new Map<string, HclValue>();
  readonly #made = new Map<string, readonly Target[]>();
  readonly #global: Scope;
  #depth = 0;

  constructor(definitions: BakeDefinitions, path: string, files: Files) {
    this.#definitions = definitions;
    this.#path = path;
    this.#files = files;
    this.#global = {
      variable: (name) => this.#variable(name),
      userFunction: (name) => this.#function(name),
      attribute: (target, key) => this.#attribute(target, key),
      budget: { left: MAX_STEPS },
    };
  }

  /** Whether not all could be evaluated. */
  get isExhausted(): boolean {
    return this.#global.budget.left <= 0;
  }

  builds(): FileBuild[] {
    const all = [...this.#definitions.targets.keys()].flatMap((block) => this.#combinations(block));
    const inherited = new Set(all.flatMap((target) => this.#parents(target)));
    const wanted = this.#inGroups();
    const isInherited = ({ block, name }: Target) => inherited.has(block) || inherited.has(name);
    const built = all.filter(
      (target) =>
        wanted.has(target.block) ||
        wanted.has(target.name) ||
        (!target.block.startsWith('_') && (!isInherited(target) || this.#isForItself(target))),
    );
    return (built.length === 0 ? all : built).flatMap((target) => this.#build(target) ?? []);
  }

  /** Whether a target that others inherit from is one to build as well: it says what comes of it. */
  #isForItself({ block }: Target): boolean {
    // The name that the Action docker/metadata-action fills in.
    if (block.startsWith('docker-metadata-action')) return false;
    return ['target', 'tags', 'output', 'dockerfile-inline'].some((key) =>
      this.#definitions.targets.get(block)?.has(key),
    );
  }

  /** What groups name, and what is built where nothing is named. */
  #inGroups(): Set<string> {
    const names = [...this.#definitions.groups.values()].flat().flatMap((targets) => {
      const value = targets.evaluate(this.#global);
      return Array.isArray(value) ? value.flatMap((name) => textOfValue(name) ?? []) : [];
    });
    return new Set([...names, 'default']);
  }

  #variable(name: string): HclValue | undefined {
    const expression = this.#definitions.variables.get(name);
    return expression && this.#once(name, expression);
  }

  #function(name: string): ReturnType<Scope['userFunction']> {
    const own = this.#definitions.functions.get(name);
    if (own === undefined) return undefined;
    return (args) => {
      if (this.#depth > MAX_DEPTH) return new Unknown(`\${${name}()}`);
      const names = new Map(own.params.map((param, index) => [param, args[index] ?? null] as const));
      if (own.variadic !== undefined) names.set(own.variadic, args.slice(own.params.length));
      this.#depth++;
      const value = own.result.evaluate(within(this.#global, names));
      this.#depth--;
      return value;
    };
  }

  /** `target.app.args`: what another target says; what asks for itself is not known. */
  #attribute(target: string, key: string): HclValue | undefined {
    const expression = this.#definitions.targets.get(target)?.get(key)?.at(-1);
    return expression && this.#once(`target ${target} ${key}`, expression);
  }

  #once(name: string, expression: Expression): HclValue {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    this.#values.set(name, new Unknown(`\${${name}}`));
    const value = expression.evaluate(this.#global);
    this.#values.set(name, value);
    return value;
  }

  #combinations(block: string): readonly Target[] {
    const known = this.#made.get(block) ?? this.#combine(block);
    this.#made.set(block, known);
    return known;
  }

  #combine(block: string): Target[] {
    const attributes = this.#definitions.targets.get(block);
    const matrix = attributes?.get('matrix')?.at(-1)?.evaluate(this.#global);
    if (!isObject(matrix)) return [{ block, name: block, scope: this.#global }];
    let rows: HclObject[] = [new Map()];
    for (const [key, values] of matrix) {
      if (!Array.isArray(values)) continue;
      rows = rows.flatMap((row) => values.map((value) => new Map([...row, [key, value]])));
      if (rows.length <= MAX_COMBINATIONS) continue;
      rows = rows.slice(0, MAX_COMBINATIONS);
      this.notes.push(
        `${this.#path}: target ${block}: only the first ${MAX_COMBINATIONS} combinations of its matrix are checked`,
      );
    }
    return rows.map((row) => {
      const scope = within(this.#global, row);
      const name = textOfValue(attributes?.get('name')?.at(-1)?.evaluate(scope));
      return { block, name: name ?? block, scope };
    });
  }

  #parents({ block, scope }: Target): string[] {
    const value = this.#definitions.targets.get(block)?.get('inherits')?.at(-1)?.evaluate(scope);
    return Array.isArray(value) ? value.flatMap((name) => textOfValue(name) ?? []) : [];
  }

  /** What a target says of something, what it inherits in front. */
  #attributes(target: Target, key: string, depth = 0): Attribute[] {
    if (depth > MAX_DEPTH || this.#global.budget.left-- <= 0) return [];
    const own = (this.#definitions.targets.get(target.block)?.get(key) ?? []).map((expression) => ({
      expression,
      scope: target.scope,
    }));
    const inherited = this.#parents(target).flatMap((name) => {
      const parent = this.#target(name);
      return parent === undefined ? [] : this.#attributes(parent, key, depth + 1);
    });
    return [...inherited, ...own];
  }

  #target(name: string): Target | undefined {
    if (this.#definitions.targets.has(name)) return { block: name, name, scope: this.#global };
    for (const block of this.#definitions.targets.keys()) {
      const found = this.#combinations(block).find((target) => target.name === name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The last word on something. */
  #value(target: Target, key: string): (Value & { readonly at: Attribute }) | undefined {
    // null is as good as not given.
    const at = this.#attributes(target, key).findLast(({ expression, scope }) => expression.evaluate(scope) !== null);
    const value = at?.expression.evaluate(at.scope);
    // An empty text is as good as none.
    if (at === undefined || value === null || value === undefined || value === '') return undefined;
    return { ...asText(value), at };
  }

  /** What is put together of all that a target says and inherits; null is as good as not given. */
  #object(target: Target, key: string): Map<string, HclValue> {
    const objects = this.#attributes(target, key).map(({ expression, scope }) => expression.evaluate(scope));
    return new Map(
      objects.flatMap((object) => (isObject(object) ? [...object].filter(([, value]) => value !== null) : [])),
    );
  }

  #build(target: Target): FileBuild | undefined {
    const { name } = target;
    const [context, dockerfile, stage] = ['context', 'dockerfile', 'target'].map((key) => this.#value(target, key));
    const leftOut = ({ at: { expression } }: { at: Attribute }, why: string): undefined => {
      this.notes.push(`${expression.file.path}:${expression.line}: target ${name}: left out: ${why}`);
    };
    const told = (value: { text: string; at: Attribute }, key: string) =>
      leftOut(
        value,
        /^\$\{\w+\}$/.test(value.text)
          ? `the value of ${value.text} is not known: give it a default`
          : `its ${key} is not known`,
      );
    if (context?.known === false) return told(context, 'context');
    if (stage?.known === false) return told(stage, 'target');
    const inline = this.#attributes(target, 'dockerfile-inline').at(-1);
    const settings = {
      target: stage?.text,
      args: new Map([...this.#object(target, 'args')].map(([arg, value]) => [arg, asText(value)])),
      contexts: new Map(
        [...this.#object(target, 'contexts')].map(([key, value]) => [
          key.toLowerCase(),
          imageOfContext(textOfValue(value) ?? ''),
        ]),
      ),
    };
    const isHere = context === undefined || !isElsewhere(withoutScheme(context.text));
    if (inline !== undefined) {
      const text = inline.expression.inline(inline.scope);
      if (text === undefined) return leftOut({ at: inline }, 'the text of its Dockerfile is not known');
      if (inline.expression.file.path !== this.#path)
        return leftOut({ at: inline }, `its Dockerfile stands in ${inline.expression.file.path}: check that file`);
      const unknown = new Set([...text.fixedText.matchAll(/\$\{(\w+)\}/g)].map((match) => match[1] ?? ''));
      return {
        name,
        context: isHere ? this.#resolved(context?.text ?? '.', '') : undefined,
        dockerfile: { inline: text },
        settings: { ...settings, ...(unknown.size === 0 ? {} : { unknown }) },
      };
    }
    if (context !== undefined && !isHere) return leftOut(context, `it is built from ${context.text}`);
    if (dockerfile?.known === false) return told(dockerfile, 'dockerfile');
    const file = dockerfile?.text ?? 'Dockerfile';
    const root = this.#resolved(context?.text ?? '.', file);
    return { name, context: root, dockerfile: { path: joined(root, file) }, settings };
  }

  /** Paths count from where Bake is called: beside the file, most often, else here. */
  #resolved(context: string, file: string): string {
    const path = withoutScheme(context);
    const beside = joined(posix.dirname(this.#path), path);
    if (context !== path) return path === '' ? '.' : path;
    const isThere = (root: string) => this.#files.read(joined(root, file)) !== undefined;
    return file !== '' && !isThere(beside) && isThere(path) ? path : beside;
  }
}

function joined(directory: string, path: string): string {
  return pathFrom(directory, withoutScheme(path));
}

/** `cwd://` means the directory that Bake is called in. */
function withoutScheme(path: string): string {
  return path.replace(/^cwd:\/\//, '');
}

/** A value as the build gets it; one that is not known, or no text, as a text that is not known. */
function asText(value: HclValue): Value {
  const text = textOfValue(value);
  return { text: text ?? (value instanceof Unknown ? value.text : ''), known: text !== undefined };
}
