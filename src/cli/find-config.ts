import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { reasonOf, UsageError } from './errors.ts';
import { shownPath } from './files.ts';

/** Names that a configuration has, in the order they are looked for in a directory. */
export const CONFIG_NAMES = ['plimsoll.yaml', '.plimsoll.yaml', 'plimsoll.yml', '.plimsoll.yml', 'pyproject.toml'];

/** The configurations of a run, each read once. */
export class Configs {
  readonly #given: string | undefined;
  readonly #isIsolated: boolean;
  readonly #byDirectory = new Map<string, string | undefined>();
  readonly #byPath = new Map<string, Promise<Config>>();

  /** `given`: `--config`, for all files; `isIsolated`: `--isolated`, none is looked for. */
  constructor(given: string | undefined, isIsolated: boolean) {
    this.#given = given;
    this.#isIsolated = isIsolated;
  }

  /** The configuration of a file or directory: the nearest one upwards, up to the repository's root. */
  async of(path: string, isDirectory = false): Promise<Config | undefined> {
    const directory = isDirectory ? resolve(path) : dirname(resolve(path));
    const found = this.#given ?? (this.#isIsolated ? undefined : this.#find(directory));
    return found === undefined ? undefined : await this.#load(resolve(found));
  }

  #find(directory: string): string | undefined {
    if (this.#byDirectory.has(directory)) return this.#byDirectory.get(directory);
    const own = CONFIG_NAMES.map((name) => join(directory, name)).find(isConfig);
    const parent = dirname(directory);
    const isTop = parent === directory || existsSync(join(directory, '.git'));
    const found = own ?? (isTop ? undefined : this.#find(parent));
    this.#byDirectory.set(directory, found);
    return found;
  }

  #load(path: string): Promise<Config> {
    const known = this.#byPath.get(path) ?? load(path);
    this.#byPath.set(path, known);
    return known;
  }
}

/** Whether a file is a configuration; a pyproject.toml is one only where it has our table. */
export function isConfig(path: string): boolean {
  if (!existsSync(path)) return false;
  if (!path.endsWith('pyproject.toml')) return true;
  try {
    return /^\s*(?:\[+\s*)?tool\s*\.\s*["']?plimsoll["']?\s*[.\]]|^\s*\[\s*tool\s*\][^[]*^\s*plimsoll\s*[.=]/m.test(
      readFileSync(path, 'utf8'),
    );
  } catch {
    return false;
  }
}

async function load(path: string): Promise<Config> {
  const { loadConfig } = await import('../config/load.ts');
  const loaded = loadConfig(
    path,
    (file) => {
      try {
        return { text: readFileSync(file, 'utf8') };
      } catch (error) {
        return { reason: reasonOf(error) };
      }
    },
    shownPath,
  );
  if ('problems' in loaded) throw new UsageError(loaded.problems.join('\nplimsoll: '));
  return loaded.config;
}
