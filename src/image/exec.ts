import type { FileSystem, Identity } from './file-system.ts';
import type { ImageEnvironment } from './python/environments.ts';
import type { Interpreter } from './python/interpreters.ts';

/** What is known of Python in an image. */
export interface ImagePython {
  readonly interpreters: readonly Interpreter[];
  readonly environments: readonly ImageEnvironment[];
}

/** How a command is started. */
export interface Start {
  readonly name: string;
  /** The value of PATH. */
  readonly path: string;
  readonly user: Identity;
  readonly cwd: string;
}

/** What the kernel, a shebang and Python make of a command. */
export interface ExecChain {
  /** The file that the name stands for; undefined where there is none that may be executed. */
  readonly found: string | undefined;
  /** Each file on the way: the script, what its first line names, the interpreter in the end. */
  readonly steps: readonly string[];
  /** The interpreter that runs in the end, where it is a Python. */
  readonly interpreter: Interpreter | undefined;
  readonly environment: ImageEnvironment | undefined;
  /** Why it cannot start. */
  readonly failure: string | undefined;
}

/** Scripts that name scripts: more than this is a cycle (Linux allows 5, fs/exec.c). */
const MAX_SCRIPTS = 5;

/** The PATH that engines and execvp(3) fall back to. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Follows a command to what runs: the name through PATH, the first line of a script (with `env`, `env -S` and pip's
 * trampoline of `/bin/sh`), links, `pyvenv.cfg` beside the python (PEP 405), the interpreter behind it; each with the rights
 * of the user.
 */
export function resolveCommand(files: FileSystem, python: ImagePython, start: Start): ExecChain {
  const steps: string[] = [];
  const fail = (failure: string): ExecChain => ({
    found: steps[0],
    steps,
    interpreter: undefined,
    environment: undefined,
    failure,
  });
  let name = start.name;
  for (let scripts = 0; scripts <= MAX_SCRIPTS; scripts++) {
    const found = search(files, name, start);
    if (typeof found !== 'string') return fail(found.because);
    steps.push(found);
    const { node, path: real } = files.resolve(found);
    const head = node?.inode.body?.toString('utf8') ?? '';
    const next = head.startsWith('#!') ? shebangOf(head) : undefined;
    if (next === undefined) {
      if (real !== found) steps.push(real);
      const environment = environmentOf(python, found);
      const own = python.interpreters.find(({ path }) => path === real);
      const interpreter =
        own ??
        (environment !== undefined && real.startsWith(`${environment.path}/`) ? environment.interpreter : undefined);
      return { found: steps[0], steps, interpreter, environment: interpreter && environment, failure: undefined };
    }
    name = next;
  }
  return fail(`${start.name}: scripts name each other without end`);
}

/** The file of a name: with a slash it is a path, else the first on PATH that the user may execute. */
function search(files: FileSystem, name: string, { path, user, cwd }: Start): string | { readonly because: string } {
  const usable = (file: string): string | undefined => {
    const { node } = files.resolve(file);
    if (node === undefined) return `${file} is not there`;
    if (node.inode.type !== '0') return `${file} is not a file`;
    return files.access(file, 'execute', user).because;
  };
  if (name.includes('/')) {
    const file = absolute(name, cwd);
    const because = usable(file);
    return because === undefined ? file : { because };
  }
  let denied: string | undefined;
  for (const directory of path.split(':')) {
    const file = absolute(`${directory === '' ? '.' : directory}/${name}`, cwd);
    const because = usable(file);
    if (because === undefined) return file;
    if (!because.endsWith(' is not there')) denied ??= because;
  }
  return { because: denied ?? `${name} is not on PATH` };
}

/** What a script's first line starts; the name behind `env` is looked up on PATH. */
function shebangOf(head: string): string | undefined {
  const [first = '', second = ''] = head.split('\n');
  const [interpreter, ...args] = first.slice(2).trim().split(/\s+/);
  // pip's trampoline, for paths that a first line cannot hold: a shell that at once becomes Python.
  const trampoline = /^'''exec' (?:"([^"]+)"|'([^']+)'|(\S+))/.exec(second);
  if (trampoline !== null && /\/sh$/.test(interpreter ?? '')) {
    const target = trampoline[1] ?? trampoline[2] ?? trampoline[3];
    return target?.includes('$') === true ? undefined : target;
  }
  if (interpreter === undefined || interpreter === '') return undefined;
  if (!/(?:^|\/)env$/.test(interpreter)) return interpreter;
  const words = args.flatMap((arg) => (arg === '-S' || arg === '--split-string' ? [] : [arg.replace(/^-S(?=.)/, '')]));
  return words.find((word) => !word.startsWith('-') && !word.includes('=')) ?? interpreter;
}

/** Python looks for `pyvenv.cfg` in the directory of the file that was started and in the one above, links not followed. */
function environmentOf({ environments }: ImagePython, found: string): ImageEnvironment | undefined {
  const directory = found.slice(0, found.lastIndexOf('/'));
  const above = directory.slice(0, directory.lastIndexOf('/'));
  return environments.find(({ path }) => path === directory || path === above);
}

/** `..` stays: what it leads to depends on links. */
function absolute(path: string, cwd: string): string {
  const whole = path.startsWith('/') ? path : `${cwd}/${path}`;
  return `/${whole
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`;
}
