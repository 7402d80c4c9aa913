import { nearest } from '../dockerfile/nearest.ts';
import { UsageError } from './errors.ts';

/** Names separated by commas, of all times an option is given. */
export function listOf(given: readonly string[] | undefined): string[] {
  return (given ?? [])
    .flatMap((list) => list.split(','))
    .map((name) => name.trim())
    .filter(Boolean);
}

/** The word itself; throws a UsageError for one that an option does not take. */
export function oneOf<T extends string>(option: string, given: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === given);
  if (found !== undefined) return found;
  const meant = nearest(given, allowed);
  throw new UsageError(
    `${option} takes ${allowed.join(', ')}, not "${given}"${meant === undefined ? '' : `; did you mean ${meant}?`}`,
  );
}

/** `NAME=VALUE`, all times it is given; without a value the one of the environment, as docker build has it. */
export function buildArgsOf(given: readonly string[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (given ?? []).map((one) => {
      const [, name, value] = /^([A-Za-z_]\w*)(?:=([\s\S]*))?$/.exec(one) ?? [];
      const text = value ?? (name === undefined ? undefined : process.env[name]);
      if (name === undefined || text === undefined)
        throw new UsageError(`--build-arg takes NAME=VALUE, or the name of a variable that is set, not "${one}"`);
      return [name, text];
    }),
  );
}
