import { existsSync, type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { LintArguments } from './argument-types.ts';
import { buildFileKind } from './build-file-names.ts';
import { isUsageError, reasonOf } from './errors.ts';
import { isDirectory, shownPath } from './files.ts';
import { CONFIG_NAMES } from './find-config.ts';
import type { Terminal } from './terminal.ts';

/** Milliseconds for an editor to finish what it writes, often several files at once. */
const SETTLE = 100;
/** Milliseconds behind a run in which what is no input may be its own output on the way into a file (`| tee lint.log`). */
const ECHO = 500;
/** What a re-run never depends on: git's own files, and the drafts of editors. */
const PASSED_OVER = /^(?:\.git|node_modules)$|~$|\.sw[a-z]$|^4913$|^\.#/;

/**
 * `plimsoll lint --watch`: runs again when something changes beside a Dockerfile or in a directory that is named; ends with the
 * first run's code where that could not begin, else by Ctrl-C alone. Directories are not watched with all that lies below:
 * a tree such as node_modules would take more watches than there are.
 */
export async function watchLint(
  args: LintArguments,
  lint: (seen: (paths: readonly string[]) => void) => Promise<number>,
  terminal: Terminal,
): Promise<number> {
  const { findDockerfiles, isDockerfileName } = await import('./discover.ts');
  /** What the last run has read: files of Compose and Bake lead to Dockerfiles elsewhere. */
  let inputs: readonly string[] = [];
  const run = () =>
    lint((paths) => {
      inputs = paths;
    });
  /** Reports that go to files are no reason to run. */
  const reports = new Set(args.outputs.flatMap(({ file }) => (file === undefined ? [] : resolve(file))));
  const directories = (): Set<string> =>
    new Set([
      ...args.paths.flatMap((path) =>
        isDirectory(path)
          ? [resolve(path), ...findDockerfiles(path, () => {}).map((file) => dirname(resolve(file)))]
          : dirname(resolve(path)),
      ),
      ...inputs.map((path) => dirname(resolve(path))),
      process.cwd(),
    ]);
  /** With the directory's identity: one that was made anew needs a new watch, and the old one says nothing. */
  const watchers = new Map<string, { readonly watcher: FSWatcher; readonly identity: string }>();
  const isInput = (name: string): boolean =>
    isDockerfileName(name) ||
    buildFileKind(name, false) !== undefined ||
    CONFIG_NAMES.includes(name) ||
    [...args.paths, ...inputs, ...watchers.keys()].some((path) => basename(path) === name);
  let timer: NodeJS.Timeout | undefined;
  /** From the first run on, what changes while one is going on is looked at behind it. */
  let isRunning = true;
  let changed: string | undefined;
  let ended = Number.NEGATIVE_INFINITY;
  const rerun = async (name: string): Promise<void> => {
    isRunning = true;
    // Before anything is read: what changes behind the reading is told.
    follow();
    terminal.err(process.stderr.isTTY ? '\u001b[2J\u001b[H' : `\nplimsoll: ${name} has changed\n`);
    try {
      await run();
    } catch (error) {
      // What is half written is put right in a moment.
      if (!isUsageError(error)) throw error;
      terminal.err(`plimsoll: ${error.message}\n`);
    }
    settle();
  };
  const later = (name: string): void => {
    if (!isInput(name) && (isRunning || performance.now() - ended < ECHO)) return;
    changed = name;
    if (isRunning) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      changed = undefined;
      void rerun(name);
    }, SETTLE);
  };
  const settle = (): void => {
    follow();
    isRunning = false;
    ended = performance.now();
    if (changed !== undefined) later(changed);
  };
  const follow = (): void => {
    const wanted = directories();
    for (const [directory, { watcher, identity }] of watchers) {
      if (wanted.has(directory) && identityOf(directory) === identity) continue;
      watcher.close();
      watchers.delete(directory);
    }
    for (const directory of wanted) {
      if (watchers.has(directory) || !isDirectory(directory)) continue;
      try {
        const watcher = watch(directory, (_event, name) => {
          if (name === null || PASSED_OVER.test(name) || reports.has(resolve(directory, name))) return;
          later(name);
        });
        // A directory that goes away takes its watch along.
        watcher.on('error', () => watchers.delete(directory));
        watchers.set(directory, { watcher, identity: identityOf(directory) });
      } catch (error) {
        terminal.err(`plimsoll: ${shownPath(directory)} is not watched: ${reasonOf(error)}\n`);
      }
    }
  };
  follow();
  let hasBegun = false;
  try {
    const code = await run();
    hasBegun = code !== 2 || args.paths.some((path) => existsSync(path));
    if (!hasBegun) return code;
  } finally {
    // Nothing may keep the process where the first run could not begin.
    if (!hasBegun) for (const { watcher } of watchers.values()) watcher.close();
  }
  settle();
  terminal.err('plimsoll: watching; Ctrl-C ends it\n');
  return await new Promise(() => {});
}

/** Inodes are given anew at once; the time of birth tells the directories apart. */
function identityOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return `${stats?.ino} ${stats?.birthtimeMs}`;
}
