import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { LintArguments } from './argument-types.ts';
import { isUsageError } from './errors.ts';
import type { Terminal } from './terminal.ts';

/** Milliseconds for an editor to finish what it writes, often several files at once. */
const SETTLE = 100;
/** What a re-run never depends on: git's own files, and the drafts of editors. */
const PASSED_OVER = /^(?:\.git|node_modules)$|~$|\.sw[a-z]$|^4913$|^\.#/;

/**
 * `plimsoll lint --watch`: runs again when something changes beside a Dockerfile or in a directory that is named; ends with the
 * first run's code where that could not begin, else by Ctrl-C alone. Directories are not watched with all that lies below:
 * a tree such as node_modules would take more watches than there are.
 */
export async function watchLint(args: LintArguments, run: () => Promise<number>, terminal: Terminal): Promise<number> {
  const { findDockerfiles } = await import('./discover.ts');
  /** Reports that go to files are no reason to run. */
  const reports = new Set(args.outputs.flatMap(({ file }) => (file === undefined ? [] : resolve(file))));
  const directories = (): Set<string> =>
    new Set([
      ...args.paths.flatMap((path) =>
        isDirectory(path)
          ? [resolve(path), ...findDockerfiles(path, () => {}).map((file) => dirname(resolve(file)))]
          : dirname(resolve(path)),
      ),
      process.cwd(),
    ]);
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  /** From the first run on, what changes while one is going on is looked at behind it. */
  let isRunning = true;
  let changed: string | undefined;
  const rerun = async (name: string): Promise<void> => {
    isRunning = true;
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
    if (changed !== undefined) later(changed);
  };
  const follow = (): void => {
    const wanted = directories();
    for (const [directory, watcher] of watchers) {
      if (wanted.has(directory)) continue;
      watcher.close();
      watchers.delete(directory);
    }
    for (const directory of wanted) {
      if (watchers.has(directory) || !isDirectory(directory)) continue;
      const watcher = watch(directory, (_event, name) => {
        if (name === null || PASSED_OVER.test(name) || reports.has(resolve(directory, name))) return;
        later(name);
      });
      // A directory that goes away takes its watch along.
      watcher.on('error', () => watchers.delete(directory));
      watchers.set(directory, watcher);
    }
  };
  follow();
  let hasBegun = false;
  try {
    const code = await run();
    hasBegun = code !== 2 || args.paths.some(isThere);
    if (!hasBegun) return code;
  } finally {
    // Nothing may keep the process where the first run could not begin.
    if (!hasBegun) for (const watcher of watchers.values()) watcher.close();
  }
  settle();
  terminal.err('plimsoll: watching; Ctrl-C ends it\n');
  return await new Promise(() => {});
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
