import type { Value } from '../dockerfile/expand.ts';
import { programOf } from '../shell/script.ts';
import type { BaseFacts } from './bases.ts';
import type { Interpreter, PythonEnvironment, Target } from './model.ts';

/** What a stage knows of its Pythons at some step. */
export interface Pythons {
  readonly base: BaseFacts | undefined;
  readonly environments: readonly PythonEnvironment[];
  /** Another Python came in that is not followed: compiled, copied, pyenv, a PPA. */
  readonly isUncertain: boolean;
  /** A package has brought the distribution's python3. */
  readonly hasPythonPackage: boolean;
  /** Where uv keeps a Python that `uv python install` has fetched. */
  readonly managed: Value | undefined;
}

const UNKNOWN: Target = { kind: 'unknown' };

/** Directories of PATH that bring no Python of their own: the system's, and those of other tools. */
const SYSTEM_DIRECTORIES = new Set([
  ...['/usr/local/sbin', '/usr/sbin', '/sbin', '/bin', '/usr/games', '/usr/local/games'],
  ...['/snap/bin', '/usr/local/bundle/bin', '/opt/java/openjdk/bin'],
]);
const PLAIN_DIRECTORIES = [
  /\/(?:\.?cargo|go|node_modules\/\.|\.local|\.poetry|\.npm-global|nodejs?|dotnet|gcloud|google-cloud-sdk)\/?s?bin$/,
  /\/(?:cuda|nvidia|mpi|openmpi|ucx)[^/]*\/bin$/,
  /^\/usr\/lib\/postgresql\/.*bin$/,
];

/** `python`, `python3`, `python3.12`, `pip`, `pip3`, `pip3.12`: the version named, '' for none. */
function pythonVersionOf(program: string): string | undefined {
  return /^(?:python|pip)(?:3(?:\.(\d+))?)?$/.exec(program) === null ? undefined : (/3\.\d+$/.exec(program)?.[0] ?? '');
}

/** Where a command named `name` works: by its path, or looked up along `searchPath`. */
export function resolveTarget(name: Value, searchPath: Value, pythons: Pythons): Target {
  if (name.text.includes('/')) return name.known ? targetOfProgram(name.text, pythons) : UNKNOWN;
  const program = name.text;
  for (const directory of searchPath.text.split(':')) {
    if (directory.includes('$')) return UNKNOWN;
    // An image with a Python of its own need not have the distribution's: only a path says that it is there.
    if (pythons.base?.python === 'official' && /^(?:\/usr)?\/bin$/.test(directory)) continue;
    const found = targetInDirectory(directory, program, pythons);
    if (found !== undefined) return found;
  }
  return UNKNOWN;
}

/** The environment or interpreter that a program's path belongs to. */
function targetOfProgram(path: string, pythons: Pythons): Target {
  const directory = path.slice(0, path.lastIndexOf('/'));
  return targetInDirectory(directory, programOf(path), pythons) ?? UNKNOWN;
}

/** What `program` is in a directory; undefined where the search goes on to the next one. */
function targetInDirectory(directory: string, program: string, pythons: Pythons): Target | undefined {
  const prefix = /^(.+)\/bin\/?$/.exec(directory)?.[1];
  if (prefix !== undefined) {
    const environment = environmentAt(prefix, pythons.environments);
    if (environment !== undefined)
      // A venv without pip leaves `pip` to the next directory.
      return environment.hasPip || !program.startsWith('pip')
        ? { kind: 'environment', path: environment.path, environment }
        : undefined;
  }
  const { base } = pythons;
  if (directory === '/usr/local/bin') {
    if (base === undefined || pythons.isUncertain) return UNKNOWN;
    if (base.python !== 'official') return undefined;
    const fits = fitsVersion(program, base.officialVersion);
    if (fits === undefined) return UNKNOWN;
    return fits ? { kind: 'base', interpreter: officialPython(base) } : undefined;
  }
  if (directory === '/usr/bin' || directory === '/bin') {
    const isKnown = base?.distribution !== undefined && base.python !== undefined && base.python !== 'own';
    if (!isKnown || pythons.isUncertain || !fitsVersion(program, base.distribution.python)) return UNKNOWN;
    return { kind: 'base', interpreter: distributionPython(base) };
  }
  if (/(?:conda|mamba|miniforge)[^/]*\/(?:envs\/[^/]+\/)?bin$/.test(directory))
    return { kind: 'conda', isBase: !directory.includes('/envs/') };
  return SYSTEM_DIRECTORIES.has(directory) || PLAIN_DIRECTORIES.some((pattern) => pattern.test(directory))
    ? undefined
    : UNKNOWN;
}

/** Whether `python3.12` is the Python of that version; undefined where the version is not known. */
function fitsVersion(program: string, version: string | undefined): boolean | undefined {
  const named = pythonVersionOf(program);
  if (named === '' || named === undefined) return true;
  return version === undefined ? undefined : named === version;
}

/** The latest environment at a path. */
export function environmentAt(path: string, environments: readonly PythonEnvironment[]): PythonEnvironment | undefined {
  return environments.findLast((environment) => environment.path.known && environment.path.text === path);
}

/** The environment whose programs a PATH finds before those of the image; undefined where none is in front. */
export function environmentOnPath(
  path: Value | undefined,
  environments: readonly PythonEnvironment[],
): PythonEnvironment | undefined {
  for (const directory of path?.text.split(':') ?? []) {
    const prefix = /^(.+)\/bin\/?$/.exec(directory)?.[1];
    const environment = prefix === undefined ? undefined : environmentAt(prefix, environments);
    if (environment !== undefined) return environment;
    if (/^(?:\/usr(?:\/local)?)?\/bin$/.test(directory) || directory.includes('$')) return undefined;
  }
  return undefined;
}

/** The distribution's own interpreter, whatever PATH says. */
export function distributionPython(base: BaseFacts | undefined): Interpreter {
  const distribution = base?.distribution;
  return {
    kind: 'distribution',
    marker: distribution?.marker ?? 'unknown',
    version: distribution?.python,
    path: '/usr/bin/python3',
  };
}

/** The Python of docker-library's images, compiled into /usr/local and unmarked. */
export function officialPython(base: BaseFacts | undefined): Interpreter {
  return { kind: 'official', marker: 'no', version: base?.officialVersion, path: '/usr/local/bin/python3' };
}

/** conda's own Python, or that of one of its environments. */
export function condaPython(base: BaseFacts | undefined): Interpreter {
  const prefix = base?.condaPrefix;
  return { kind: 'conda', marker: 'no', version: undefined, path: prefix && `${prefix}/bin/python` };
}
