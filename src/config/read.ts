import type { ErrorObject } from 'ajv';
import { parse as parseToml, TomlError } from 'smol-toml';
import { isMap, isPair, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { nearest } from '../dockerfile/nearest.ts';
import type { WrittenConfig } from './config.ts';
import validate from './validate.generated.ts';

/** A configuration file as read: what it says with the lines it stands on, or what is wrong with it. */
export interface ReadConfig {
  readonly config: WrittenConfig;
  /** One line each: `FILE:LINE:COLUMN: what is wrong`. The configuration is not to be used where there are any. */
  readonly problems: readonly string[];
  /** The line of a key, by its path (`rules`, `package-unpinned`). */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** A text with the places of its keys. */
interface Source {
  readonly value: unknown;
  readonly problems: readonly (Place & { readonly message: string })[];
  placeOf(path: readonly (string | number)[]): Place | undefined;
}

/** Reads plimsoll.yaml, or the table [tool.plimsoll] of a pyproject.toml. Never throws for any text. */
export function readConfig(path: string, text: string): ReadConfig {
  const source = path.endsWith('.toml') ? readToml(text) : readYaml(text);
  const { problems } = source;
  const at = ({ line, column }: Place) => `${path}:${line}:${column}`;
  const lineOf: ReadConfig['lineOf'] = (keys) => source.placeOf(keys)?.line;
  if (problems.length > 0)
    return { config: {}, problems: problems.map((problem) => `${at(problem)}: ${problem.message}`), lineOf };
  // An empty file says nothing, and that is fine.
  const value = source.value ?? {};
  if (validate(value)) return { config: value as WrittenConfig, problems: [], lineOf };
  const told = new Map<string, string>();
  const { errors } = validate as unknown as { errors: ErrorObject[] };
  for (const error of errors) {
    const found = problemOf(error, value);
    if (found === undefined) continue;
    const place = source.placeOf(found.path) ?? { line: 1, column: 1 };
    // Of several sayings about one place the first is the most exact.
    const key = at(place);
    if (!told.has(key)) told.set(key, `${key}: ${found.message}`);
  }
  if (told.size === 0) {
    // None that has words of its own: the deepest place tells most.
    const deepest = errors.toSorted((a, b) => b.instancePath.length - a.instancePath.length)[0];
    const keys = partsOf(deepest?.instancePath ?? '');
    const place = at(source.placeOf(keys) ?? { line: 1, column: 1 });
    told.set(place, `${place}: ${keys.at(-1) ?? 'the configuration'} has a value that is not allowed here`);
  }
  return { config: {}, problems: [...told.values()], lineOf };
}

/** A JSON pointer as its keys. */
function partsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function readYaml(text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems = document.errors.map(({ pos, message }) => ({ ...placeAt(pos[0]), message }));
  let value: unknown;
  try {
    if (problems.length === 0) value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // An alias without its anchor, or too many of them.
    problems.push({ line: 1, column: 1, message: error instanceof Error ? error.message : String(error) });
  }
  return {
    value,
    problems,
    placeOf(path) {
      let node: unknown = document.contents;
      let at: Node | undefined;
      for (const key of path) {
        if (isMap(node)) {
          const pair = node.items.find(
            (item) => isPair(item) && String((item.key as { value?: unknown })?.value) === String(key),
          );
          at = pair?.key as Node | undefined;
          node = pair?.value;
        } else if (isSeq(node)) {
          node = node.items[Number(key)];
          at = node as Node | undefined;
        } else return undefined;
      }
      const start = at?.range?.[0];
      return start === undefined || start === null ? undefined : placeAt(start);
    },
  };
}

/** TOML's parser keeps no places: a key is sought by its name. */
function readToml(text: string): Source {
  const placeOf: Source['placeOf'] = (path) => {
    const key = path.findLast((part) => typeof part === 'string');
    if (key === undefined) return undefined;
    const lines = text.split(/\r?\n/);
    const table = lines.findIndex((line) => /^\s*\[+\s*tool\.plimsoll\b/.test(line));
    const escaped = String(key).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const pattern = new RegExp(`(?:^|[\\s{,.\\["'])(${escaped})(?=["'\\]]*\\s*[=\\].])`);
    for (let line = Math.max(0, table); line < lines.length; line++) {
      const match = pattern.exec(lines[line] ?? '');
      if (match !== null) return { line: line + 1, column: match.index + match[0].length - String(key).length + 1 };
    }
    return undefined;
  };
  try {
    const { tool } = parseToml(text) as { tool?: { plimsoll?: unknown } };
    return { value: tool?.plimsoll, problems: [], placeOf };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    const [message = ''] = error.message.split('\n');
    return { value: undefined, problems: [{ line, column, message }], placeOf };
  }
}

/** A mistake in words, and the key it is about. */
function problemOf(error: ErrorObject, root: unknown): { path: (string | number)[]; message: string } | undefined {
  const path = partsOf(error.instancePath);
  const name = path.at(-1) ?? '';
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params.additionalProperty);
      const isRule = path.at(-1) === 'rules';
      const meant = nearest(key, namesAllowed(error));
      const what = isRule ? 'unknown rule' : path.length > 1 ? 'unknown option' : 'unknown key';
      return {
        path: [...path, key],
        message: `${what} "${key}"${meant === undefined ? '' : `; did you mean ${meant}?`}`,
      };
    }
    case 'enum': {
      const allowed = (error.params.allowedValues as unknown[]).map(String);
      const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], root);
      if (typeof value === 'object' && value !== null) return undefined;
      const meant = nearest(String(value), allowed);
      return {
        path,
        message: `${name} takes ${allowed.join(', ')}, not "${String(value)}"${meant === undefined ? '' : `; did you mean ${meant}?`}`,
      };
    }
    case 'type':
      return {
        path,
        message: `${name === '' ? 'a configuration' : name} has to be of type ${String(error.params.type)}`,
      };
    case 'required':
      return { path, message: `"${String(error.params.missingProperty)}" is missing` };
    default:
      return undefined;
  }
}

function namesAllowed({ parentSchema, schemaPath }: ErrorObject): string[] {
  const { properties = {} } = (parentSchema ?? {}) as { properties?: Record<string, unknown> };
  return schemaPath === '' ? [] : Object.keys(properties);
}
