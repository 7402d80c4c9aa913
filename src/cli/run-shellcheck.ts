import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import type { ShellCheckComment, ShellChecker } from '../shell/shellcheck.ts';
import { reasonOf, UsageError } from './errors.ts';

/** Where ShellCheck is: the path that is given, or on PATH. Undefined where it is on neither. */
export function shellCheckerAt(path: string | undefined): ShellChecker | undefined {
  const program = path === undefined ? onPath('shellcheck') : resolve(path);
  if (path !== undefined && !isProgram(program ?? '')) throw new UsageError(`--shellcheck: ${path} is no program`);
  return program === undefined ? undefined : (scripts) => run(program, scripts);
}

function onPath(name: string): string | undefined {
  const names = process.platform === 'win32' ? [`${name}.exe`] : [name];
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .flatMap((directory) => names.map((file) => join(directory, file)))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

interface Json1 {
  readonly comments: readonly {
    readonly file: string;
    readonly line: number;
    readonly endLine: number;
    readonly column: number;
    readonly endColumn: number;
    readonly level: ShellCheckComment['level'];
    readonly code: number;
    readonly message: string;
    readonly fix: { readonly replacements: ShellCheckComment['replacements'] } | null;
  }[];
}

/** One process for all scripts. Sourced files are not followed, and no `.shellcheckrc` is read. */
function run(program: string, scripts: readonly string[]): readonly ShellCheckComment[] {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-shellcheck-'));
  try {
    const names = scripts.map((script, index) => {
      writeFileSync(join(folder, `${index}`), script);
      return `${index}`;
    });
    const { stdout, status, error } = spawnSync(program, ['--norc', '--format=json1', '--', ...names], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 120_000,
      maxBuffer: 256 * 1024 * 1024,
    });
    if (error !== undefined) throw new UsageError(`${program}: ${reasonOf(error)}`);
    // 0: nothing found, 1: something; 2 and more: it could not read its arguments or files.
    if (status === null || status > 1) throw new UsageError(`${program}: ended with ${status ?? 'a signal'}`);
    return commentsOf(program, stdout).map(({ file, fix, ...comment }) => ({
      ...comment,
      script: Number(file),
      replacements: fix?.replacements ?? [],
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function commentsOf(program: string, stdout: string): Json1['comments'] {
  try {
    return (JSON.parse(stdout) as Json1).comments;
  } catch {
    throw new UsageError(`${program}: did not answer as ShellCheck does`);
  }
}
