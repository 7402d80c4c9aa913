import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { buildFileKind, mentionsInline } from './build-file-names.ts';
import { reasonOf, UsageError } from './errors.ts';

/** `Dockerfile`, `Dockerfile.dev`, `Dockerfile-dev`, `api.Dockerfile`, and the same with `Containerfile`, in any case. */
const NAME = /^(?:(?:docker|container)file(?:[._-].*)?|.+[._-](?:docker|container)file)$/i;
/** Files beside a Dockerfile that carry its name. */
const OTHER = /\.(?:dockerignore|containerignore|md|rst|txt|json|ya?ml|toml|py|[jt]s|sh|lock|orig|bak|swp)$/i;

/** Whether a file is a Dockerfile by its name. */
export function isDockerfileName(name: string): boolean {
  return NAME.test(name) && !OTHER.test(name);
}

/** Rules of one .gitignore and the directory they count from. */
interface Rules {
  readonly directory: string;
  readonly matcher: Ignore;
}

/**
 * Dockerfiles below a directory, and files of Compose and Bake that have one in them, sorted. What git ignores is left out, as
 * are .git and node_modules; links to directories are not followed. Directories that cannot be read are named to `warn`.
 */
export function findDockerfiles(directory: string, warn: (message: string) => void): string[] {
  const root = resolve(directory);
  const found: string[] = [];
  const walk = (current: string, inherited: readonly Rules[]): void => {
    let entries: import('node:fs').Dirent[];
    try {
      entries = readdirSync(current, { withFileTypes: true });
    } catch (error) {
      warn(`${join(directory, relative(root, current))}: left out: ${reasonOf(error)}`);
      return;
    }
    const rules = [...inherited, ...rulesOf(current)];
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(current, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== '.git' && entry.name !== 'node_modules' && !isIgnored(path, true, rules)) walk(path, rules);
      } else if (isWanted(entry.name, path) && !isIgnored(path, false, rules) && isFile(path, entry)) {
        found.push(join(directory, relative(root, path)));
      }
    }
  };
  walk(root, rulesAbove(root));
  return found;
}

function isWanted(name: string, path: string): boolean {
  if (isDockerfileName(name)) return true;
  if (buildFileKind(name, false) === undefined) return false;
  try {
    return mentionsInline(readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
}

function isFile(path: string, entry: import('node:fs').Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isFile();
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function rulesOf(directory: string): Rules[] {
  const path = join(directory, '.gitignore');
  if (!existsSync(path)) return [];
  try {
    return [{ directory, matcher: ignore().add(readFileSync(path, 'utf8')) }];
  } catch (error) {
    throw new UsageError(`${path}: cannot be read: ${reasonOf(error)}`);
  }
}

/** The .gitignore files from the repository's root down to the directory above. */
function rulesAbove(directory: string): Rules[] {
  const above: string[] = [];
  for (let current = directory; ; current = dirname(current)) {
    if (current !== directory) above.push(current);
    if (existsSync(join(current, '.git'))) return above.toReversed().flatMap(rulesOf);
    if (dirname(current) === current) return [];
  }
}

function isIgnored(path: string, isDirectory: boolean, rules: readonly Rules[]): boolean {
  // The nearest file that says something of the path decides.
  for (const { directory, matcher } of rules.toReversed()) {
    const below = relative(directory, path).split(sep).join('/');
    const { ignored, unignored } = matcher.test(isDirectory ? `${below}/` : below);
    if (ignored || unignored) return ignored;
  }
  return false;
}
