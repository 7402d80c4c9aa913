/** The system as a start-up file sees it. */
export interface StartupWorld {
  readonly uid: number;
  readonly userName: string | undefined;
  /** Tests of `[`: `-f`, `-d`, `-r` and so on; undefined where it is not known. */
  test(operator: string, path: string): boolean | undefined;
  /** Names in a directory. */
  list(directory: string): readonly string[];
  /** The text of a file; undefined where it is not known. */
  text(path: string): string | undefined;
}

/** A status: 0, another, or not known. */
export type Status = boolean | null;

/** Operators of `[` between two texts (POSIX, test). */
const COMPARISONS: Readonly<Record<string, (left: string, right: string) => boolean>> = {
  '=': (left, right) => left === right,
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '-eq': (left, right) => Number(left) === Number(right),
  '-ne': (left, right) => Number(left) !== Number(right),
  '-gt': (left, right) => Number(left) > Number(right),
  '-ge': (left, right) => Number(left) >= Number(right),
  '-lt': (left, right) => Number(left) < Number(right),
  '-le': (left, right) => Number(left) <= Number(right),
};

/** Whether one of several is true. */
export function anyOf(statuses: readonly Status[]): Status {
  if (statuses.includes(true)) return true;
  return statuses.includes(null) ? null : false;
}

/** `[ … ]` with its operators (POSIX, test). */
export function bracket(world: StartupWorld, args: readonly (string | null)[]): Status {
  const or = args.indexOf('-o');
  if (or > 0 && args.length > 3) return anyOf([bracket(world, args.slice(0, or)), bracket(world, args.slice(or + 1))]);
  const and = args.indexOf('-a');
  if (and > 0 && args.length > 3) {
    const both = [bracket(world, args.slice(0, and)), bracket(world, args.slice(and + 1))];
    return both.includes(false) ? false : both.includes(null) ? null : true;
  }
  if (args[0] === '!' && args.length > 1) {
    const status = bracket(world, args.slice(1));
    return status === null ? null : !status;
  }
  const [first, second, third] = args;
  if (args.length === 0) return false;
  if (args.length === 1) return first === null ? null : first !== '';
  if (args.length === 2) return unary(world, first ?? '', second ?? null);
  return binary(first ?? null, second ?? '', third ?? null);
}

/** An operator before one text; of files, the world knows. */
export function unary(world: StartupWorld, operator: string, value: string | null): Status {
  if (value === null) return null;
  if (operator === '-n') return value !== '';
  if (operator === '-z') return value === '';
  if (operator === '-t') return false;
  return world.test(operator, value) ?? null;
}

/** An operator between two texts. */
export function binary(left: string | null, operator: string, right: string | null): Status {
  if (left === null || right === null) return null;
  const compare = COMPARISONS[operator];
  return compare === undefined ? null : compare(left, right);
}
