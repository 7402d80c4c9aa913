import { UsageError } from '../cli/errors.ts';
import { isDirectory } from '../cli/files.ts';
import { nearest } from '../dockerfile/nearest.ts';

/** What an option has to be, in words, and whether a value is it. */
interface Kind {
  readonly what: string;
  readonly fits: (value: unknown) => boolean;
}

type Kinds = Readonly<Record<string, Kind>>;

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const text: Kind = { what: 'a string', fits: (value) => typeof value === 'string' };
const flag: Kind = { what: 'true or false', fits: (value) => typeof value === 'boolean' };
const object: Kind = { what: 'an object', fits: isObject };
const strings: Kind = {
  what: 'an object of strings',
  fits: (value) => isObject(value) && Object.values(value as object).every((item) => typeof item === 'string'),
};
const list: Kind = {
  what: 'a list of strings',
  fits: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
};
const count: Kind = { what: 'a number of layers', fits: (value) => Number.isInteger(value) && Number(value) >= 0 };
const directory: Kind = {
  what: 'a directory that is there',
  fits: (value) => typeof value === 'string' && isDirectory(value),
};

const RULES: Kinds = { preset: text, rules: object, select: list, ignore: list, pedantic: flag };

export const LINT: Kinds = { ...RULES, path: text, context: directory, target: text, buildArgs: strings };

export const FIX: Kinds = { ...LINT, unsafe: flag };

export const INSPECT: Kinds = {
  ...RULES,
  platform: text,
  image: text,
  insecure: flag,
  baseLayers: count,
  dockerfile: {
    what: 'an object with the text of the Dockerfile',
    fits: (value) => isObject(value) && typeof (value as { text?: unknown }).text === 'string',
  },
};

export const DOCKERFILE: Kinds = { text, path: text, context: directory, target: text };

/** Throws a UsageError for an option that there is not, or a value that it cannot have; undefined stands for left out. */
export function checkOptions(options: unknown, kinds: Kinds): void {
  if (!isObject(options)) throw new UsageError('the options have to be an object');
  for (const [name, value] of Object.entries(options as object)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      const meant = nearest(name, Object.keys(kinds));
      throw new UsageError(`unknown option "${name}"${meant === undefined ? '' : `; did you mean ${meant}?`}`);
    }
    if (value !== undefined && !kind.fits(value)) throw new UsageError(`${name} has to be ${kind.what}`);
  }
}

/** Throws a UsageError for what is no string. */
export function checkText(name: string, value: unknown): void {
  if (!text.fits(value)) throw new UsageError(`${name} has to be ${text.what}`);
}
