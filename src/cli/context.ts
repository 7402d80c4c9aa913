import { type Dirent, existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import dockerignore, { type Ignore } from '@balena/dockerignore';
import type { BuildContext } from '../dockerfile/context.ts';

/** Files that stand at the root of what is built. */
const ROOT_FILES =
  /^(?:\.dockerignore|\.git|pyproject\.toml|setup\.(?:py|cfg)|requirements[\w.-]*\.(?:txt|in)|Pipfile|(?:poetry|uv|pdm)\.lock|environment\.ya?ml|package\.json|manage\.py|compose\.ya?ml|docker-compose\.ya?ml)$/;

/** Directories of a project that its Dockerfiles are kept in: the context is the directory above. */
const DOCKERFILE_DIRECTORY = /^\.?(?:docker|containers?|build|deploy(?:ment)?|ci)$/;

const MAX_FILE = 1024 * 1024;
const MAX_DEPTH = 3;
const MAX_ENTRIES = 5000;

/**
 * The files that a build of this Dockerfile most likely sends along: those of its directory, where that looks like the root of
 * a project. Undefined where it does not: nothing is known then. Nothing is read before a rule asks.
 */
export function contextOf(dockerfile: string): FileContext | undefined {
  const directory = dirname(resolve(dockerfile));
  const root = [directory, ...(DOCKERFILE_DIRECTORY.test(basename(directory)) ? [dirname(directory)] : [])].find(
    isRoot,
  );
  return root === undefined ? undefined : new DirectoryContext(root, resolve(dockerfile));
}

/** The files of a directory that a build is known to send along. */
export function contextIn(root: string, dockerfile: string): FileContext {
  return new DirectoryContext(root, dockerfile);
}

function isRoot(directory: string): boolean {
  try {
    return readdirSync(directory).some((name) => ROOT_FILES.test(name));
  } catch {
    return false;
  }
}

/** A context on disk. */
export interface FileContext extends BuildContext {
  /** The directory. */
  readonly root: string;
  /** Where its .dockerignore stands or would stand. */
  readonly ignoreFile: string;
}

/** The file that says what is not sent: the Dockerfile's own, else the context's (Dockerfile reference, .dockerignore). */
export function ignoreFileOf(root: string, dockerfile: string): string {
  const own = `${dockerfile}.dockerignore`;
  return existsSync(own) ? own : join(root, '.dockerignore');
}

class DirectoryContext implements FileContext {
  readonly ignoreFile: string;
  readonly root: string;
  #ignore: Ignore | undefined;
  #environments: readonly string[] | undefined;

  constructor(root: string, dockerfile: string) {
    this.root = root;
    this.ignoreFile = ignoreFileOf(root, dockerfile);
  }

  read(path: string): string | undefined {
    if (path === '' || this.#isIgnored(path)) return undefined;
    try {
      const file = realpathSync(join(this.root, path));
      // Links out of the context are not sent along.
      if (relative(realpathSync(this.root), file).startsWith(`..${sep}`)) return undefined;
      const { size } = statSync(file);
      return size > MAX_FILE ? undefined : readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  }

  leavesOut(path: string): boolean {
    const patterns = this.#ignoreText()
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
    if (patterns.some((pattern) => pattern.startsWith('!'))) return false;
    if (path === '.') return patterns.some((pattern) => /^\/?(?:\*|\*\*|\*\*\/\*)$/.test(pattern));
    return this.#isIgnored(path);
  }

  get environments(): readonly string[] {
    this.#environments ??= this.#findEnvironments();
    return this.#environments;
  }

  #findEnvironments(): string[] {
    const found: string[] = [];
    let entries = 0;
    const walk = (directory: string, depth: number): void => {
      if (depth > MAX_DEPTH || entries > MAX_ENTRIES) return;
      const children = this.#directoriesOf(directory);
      entries += children.length;
      for (const { name } of children) {
        const path = directory === '' ? name : `${directory}/${name}`;
        if (existsSync(join(this.root, path, 'pyvenv.cfg'))) {
          if (!this.#isIgnored(path) && !this.#isIgnored(`${path}/pyvenv.cfg`)) found.push(path);
        } else if (name !== '.git' && name !== 'node_modules' && !this.#isIgnored(path)) walk(path, depth + 1);
      }
    };
    walk('', 1);
    return found;
  }

  #directoriesOf(directory: string): Dirent[] {
    try {
      return readdirSync(join(this.root, directory), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    } catch {
      return [];
    }
  }

  #isIgnored(path: string): boolean {
    this.#ignore ??= dockerignore.default({ ignorecase: false }).add(this.#ignoreText());
    return this.#ignore.ignores(path);
  }

  #ignoreText(): string {
    try {
      return readFileSync(this.ignoreFile, 'utf8');
    } catch {
      return '';
    }
  }
}
