import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { booleanOf, type HclValue, isEqual, isObject, textOfValue, Unknown } from './hcl-values.ts';

type BuiltIn = (...args: HclValue[]) => HclValue | undefined;

const text = (value: HclValue | undefined): string => textOfValue(value) ?? '';
const list = (value: HclValue | undefined): readonly HclValue[] => (Array.isArray(value) ? value : []);
const number = (value: HclValue | undefined): number => Number(text(value));

/** More combinations are not made. */
const MAX_PRODUCT = 10_000;

/** Those of Bake's functions that files are seen to use (Bake standard library functions); what others give is not known. */
const FUNCTIONS: Readonly<Record<string, BuiltIn>> = {
  and: (a, b) => booleanOf(a) === true && booleanOf(b) === true,
  or: (a, b) => booleanOf(a) === true || booleanOf(b) === true,
  not: (a) => booleanOf(a) === false,
  equal: (a, b) => isEqual(a, b),
  notequal: (a, b) => !isEqual(a, b),
  greaterthan: (a, b) => number(a) > number(b),
  lessthan: (a, b) => number(a) < number(b),
  add: (a, b) => number(a) + number(b),
  subtract: (a, b) => number(a) - number(b),
  multiply: (a, b) => number(a) * number(b),
  max: (...all) => Math.max(...all.map(number)),
  min: (...all) => Math.min(...all.map(number)),
  coalesce: (...all) => all.find((value) => value !== null),
  concat: (...all) => all.flatMap(list),
  compact: (all) => list(all).filter((value) => value !== ''),
  contains: (all, value) => list(all).includes(value ?? null),
  distinct: (all) => [...new Set(list(all))],
  element: (all, index) => list(all)[number(index) % Math.max(1, list(all).length)],
  flatten: (all) => flat(list(all)),
  join: (separator, ...lists) => lists.flatMap(list).map(text).join(text(separator)),
  keys: (map) => (isObject(map) ? [...map.keys()].sort() : undefined),
  values: (map) =>
    isObject(map) ? [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value) : undefined,
  length: (value) => (isObject(value) ? value.size : Array.isArray(value) ? value.length : undefined),
  strlen: (value) => text(value).length,
  lookup: (map, key, otherwise) => (isObject(map) ? (map.get(text(key)) ?? otherwise) : undefined),
  merge: (...maps) => new Map(maps.flatMap((map) => (isObject(map) ? [...map] : []))),
  reverselist: (all) => list(all).toReversed(),
  slice: (all, from, to) => list(all).slice(number(from), number(to)),
  sort: (all) => list(all).map(text).sort(),
  split: (separator, value) => text(value).split(text(separator)),
  lower: (value) => text(value).toLowerCase(),
  upper: (value) => text(value).toUpperCase(),
  replace: (value, search, by) => text(value).replaceAll(text(search), () => text(by)),
  // A negative offset counts from the end, a negative length goes to it.
  substr: (value, from, count) => {
    const rest = text(value).slice(number(from));
    return number(count) < 0 ? rest : rest.slice(0, number(count));
  },
  trimspace: (value) => text(value).trim(),
  trimprefix: (value, prefix) =>
    text(value).startsWith(text(prefix)) ? text(value).slice(text(prefix).length) : value,
  trimsuffix: (value, suffix) =>
    text(suffix) !== '' && text(value).endsWith(text(suffix)) ? text(value).slice(0, -text(suffix).length) : value,
  format: (pattern, ...values) => {
    let next = 0;
    const given = text(pattern);
    return /%(?![sdv%])/.test(given)
      ? undefined
      : given.replace(/%([sdv%])/g, (_, verb) => (verb === '%' ? '%' : text(values[next++])));
  },
  setproduct: (...lists) => {
    if (lists.reduce<number>((count, next) => count * list(next).length, 1) > MAX_PRODUCT) return undefined;
    return lists.reduce<readonly HclValue[]>(
      (made, next) => made.flatMap((one) => list(next).map((item) => [...list(one), item])),
      [[]],
    );
  },
  basename: (path) => posix.basename(text(path)),
  dirname: (path) => posix.dirname(text(path)),
  md5: (value) => createHash('md5').update(text(value)).digest('hex'),
  sha1: (value) => createHash('sha1').update(text(value)).digest('hex'),
  sha256: (value) => createHash('sha256').update(text(value)).digest('hex'),
  try: (...all) => all.find((value) => !(value instanceof Unknown)),
};

/** More characters or items are not followed. */
const MAX_SIZE = 1_000_000;

function sizeOf(value: HclValue | undefined): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : 0;
}

/** What a function that is built in gives; undefined where that is not known. */
export function callFunction(name: string, args: readonly HclValue[]): HclValue | undefined {
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (known === undefined || (name !== 'try' && args.some(isUnknown))) return undefined;
  const value = known(...args);
  return sizeOf(value) > MAX_SIZE ? undefined : value;
}

function isUnknown(value: HclValue): boolean {
  if (Array.isArray(value)) return value.some(isUnknown);
  return value instanceof Unknown;
}

function flat(values: readonly HclValue[]): HclValue[] {
  return values.flatMap((value) => (Array.isArray(value) ? flat(value) : [value]));
}
