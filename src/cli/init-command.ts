import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Rule } from '../engine/rule.ts';
import type { InitArguments } from './argument-types.ts';
import { isUsageError, reasonOf, UsageError } from './errors.ts';
import { readTextFile, writeTextFile } from './files.ts';
import { CONFIG_NAMES, isConfig } from './find-config.ts';
import { fromHadolint } from './from-hadolint.ts';
import { withHook } from './pre-commit-entry.ts';
import type { Terminal } from './terminal.ts';

const CONFIG = 'plimsoll.yaml';
const WORKFLOWS = '.github/workflows';
const WORKFLOW = `${WORKFLOWS}/plimsoll.yml`;
const REPOSITORY = 'https://github.com/plimsoll-lint/plimsoll';

/** Where hadolint looks in the current directory. */
const HADOLINT = ['.hadolint.yaml', '.hadolint.yml'];
/** The one name that pre-commit reads without `--config`. */
const PRE_COMMIT = '.pre-commit-config.yaml';
const GITLAB = '.gitlab-ci.yml';

const FRESH = `# What this project asks of its Dockerfiles. Keys: https://github.com/plimsoll-lint/plimsoll/blob/main/docs/config.md; rules: plimsoll rules
# python: rules about Python. recommended: general rules as well. all, hadolint, buildkit: see docs/presets.md
preset: python
`;

/**
 * `plimsoll init`: a configuration, and what the repository's own files show that it wants besides: a workflow where it lives
 * on GitHub, a hook where it has pre-commit. Nothing that is there is overwritten. What one of them stumbles over does not stop
 * the others: exit code 2 at the end.
 */
export function initCommand(args: InitArguments, rules: readonly Rule[], version: string, terminal: Terminal): number {
  const said: Said = (what, path, why) => terminal.out(`${what}: ${path}${why === undefined ? '' : ` (${why})`}\n`);
  let code = 0;
  const steps = [
    () => initConfig(args, rules, terminal, said),
    () => initWorkflow(version, said),
    () => initHook(version, terminal, said),
    () => showGitlabJob(version, terminal),
  ];
  for (const step of steps)
    try {
      step();
    } catch (error) {
      if (!isUsageError(error)) throw error;
      terminal.err(`plimsoll: ${error.message}\n`);
      code = 2;
    }
  const root = repositoryAbove();
  if (root !== undefined)
    terminal.err(`plimsoll: the repository begins in ${root}: run it there for a workflow and a hook\n`);
  return code;
}

type Said = (what: 'written' | 'kept' | 'added to', path: string, why?: string) => void;

function initConfig(args: InitArguments, rules: readonly Rule[], terminal: Terminal, said: Said): void {
  const existing = CONFIG_NAMES.find(isConfig);
  if (existing !== undefined) {
    if (args.fromHadolint !== undefined) throw new UsageError(`${existing} is there already, and stays as it is`);
    said('kept', existing, 'it is there already');
    return;
  }
  const source =
    args.fromHadolint === undefined ? HADOLINT.find((name) => existsSync(name)) : hadolintFile(args.fromHadolint);
  const { text, left } = source === undefined ? { text: FRESH, left: [] } : translated(source, rules);
  writeNew(CONFIG, text);
  said('written', CONFIG, source === undefined ? undefined : `made of ${source}`);
  for (const line of left) terminal.err(`plimsoll: not carried over: ${line}\n`);
}

function initWorkflow(version: string, said: Said): void {
  if (!isOnGithub()) return;
  const own = workflowOfOurs();
  if (own !== undefined) {
    said('kept', own, own === WORKFLOW ? 'it is there already' : 'it names plimsoll');
    return;
  }
  writeNew(WORKFLOW, workflow(defaultBranch(), version));
  said('written', WORKFLOW, 'for GitHub Actions');
}

function initHook(version: string, terminal: Terminal, said: Said): void {
  if (!existsSync(PRE_COMMIT)) return;
  const file = readTextFile(PRE_COMMIT);
  if (names(file.text)) {
    said('kept', PRE_COMMIT, 'it names plimsoll');
    return;
  }
  const text = withHook(file.text, REPOSITORY, `v${version}`, 'plimsoll');
  if (text === undefined) {
    terminal.out(
      `for ${PRE_COMMIT}, to add by hand: it is written in a way that is not safe to edit\n${hookEntry(version)}`,
    );
    return;
  }
  writeTextFile(PRE_COMMIT, { ...file, text });
  said('added to', PRE_COMMIT, 'hook plimsoll, behind the others');
}

function showGitlabJob(version: string, terminal: Terminal): void {
  if (existsSync(GITLAB) && !names(readTextFile(GITLAB).text))
    terminal.out(`for ${GITLAB}, to add by hand:\n${gitlabJob(version)}`);
}

/** Whether a file of YAML names the tool outside of comments. */
function names(text: string): boolean {
  return /\bplimsoll\b/.test(text.replaceAll(/(?<=^|\s)#.*/gm, ''));
}

function writeNew(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new UsageError(`${path}: cannot be written: ${reasonOf(error)}`);
  }
}

function isOnGithub(): boolean {
  return existsSync('.github') || /^\s*url\s*=.*\bgithub\.com[:/]/m.test(readIfThere(join(gitDirectory(), 'config')));
}

/** Where git keeps what all worktrees share; `.git` is a file in all but the first (gitrepository-layout). */
function gitDirectory(): string {
  const [, own] = /^gitdir: (.+)/.exec(readIfThere('.git')) ?? [];
  if (own === undefined) return '.git';
  const common = readIfThere(join(own, 'commondir')).trim();
  return common === '' ? own : resolve(own, common);
}

/** The root of a repository that the current directory is a part of. */
function repositoryAbove(): string | undefined {
  if (existsSync('.git')) return undefined;
  for (let at = '..'; ; at = join('..', at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (resolve(at) === dirname(resolve(at))) return undefined;
  }
}

/** The workflow of our name, or one that names the tool. */
function workflowOfOurs(): string | undefined {
  if (existsSync(WORKFLOW)) return WORKFLOW;
  let files: string[];
  try {
    files = readdirSync(WORKFLOWS);
  } catch {
    return undefined;
  }
  return files.map((name) => `${WORKFLOWS}/${name}`).find((path) => /\.ya?ml$/.test(path) && names(readIfThere(path)));
}

/** As the remote's HEAD has it, else the branch that is checked out where it is one of the usual names, else main. */
function defaultBranch(): string {
  const git = gitDirectory();
  const [, remote] =
    /^ref: refs\/remotes\/origin\/(\S+)/.exec(readIfThere(join(git, 'refs/remotes/origin/HEAD'))) ?? [];
  const [, local] = /^ref: refs\/heads\/(main|master|trunk|develop)\s*$/.exec(readIfThere(join(git, 'HEAD'))) ?? [];
  return remote ?? local ?? 'main';
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function workflow(branch: string, version: string): string {
  return `name: Plimsoll
on:
  push:
    branches: [${JSON.stringify(branch)}]
  pull_request:
permissions:
  contents: read
jobs:
  plimsoll:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: plimsoll-lint/plimsoll@v${version}
`;
}

function hookEntry(version: string): string {
  return `- repo: ${REPOSITORY}
  rev: v${version}
  hooks:
    - id: plimsoll
`;
}

function gitlabJob(version: string): string {
  return `plimsoll:
  image: node:24-slim
  script:
    - npx --yes plimsoll@${version} lint --format text --format gitlab=gl-code-quality-report.json
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
`;
}

function hadolintFile(given: string): string {
  const path = given === '' ? HADOLINT.find((name) => existsSync(name)) : given;
  if (path === undefined) throw new UsageError(`no ${HADOLINT.join(' or ')} here; --from-hadolint=FILE names another`);
  return path;
}

function translated(path: string, rules: readonly Rule[]) {
  const { text } = readTextFile(path);
  try {
    return fromHadolint(
      text,
      path,
      rules.map(({ meta }) => meta),
    );
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
