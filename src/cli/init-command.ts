import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Rule } from '../engine/rule.ts';
import type { InitArguments } from './argument-types.ts';
import { reasonOf, UsageError } from './errors.ts';
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

const FRESH = `# What this project asks of its Dockerfiles. Keys: docs/config.md; rules: plimsoll rules
# python: rules about Python. recommended: general rules as well. all, hadolint, buildkit: see docs/presets.md
preset: python
`;

/**
 * `plimsoll init`: a configuration, and what the repository's own files show that it wants besides: a workflow where it lives
 * on GitHub, a hook where it has pre-commit. Nothing that is there is overwritten.
 */
export function initCommand(args: InitArguments, rules: readonly Rule[], version: string, terminal: Terminal): number {
  const said = (what: string, path: string, why = '') =>
    terminal.out(`${what}: ${path}${why === '' ? '' : ` (${why})`}\n`);
  const existing = CONFIG_NAMES.find(isConfig);
  if (existing !== undefined) {
    if (args.fromHadolint !== undefined) throw new UsageError(`${existing} is there already, and stays as it is`);
    said('kept', existing, 'it is there already');
  } else {
    const source =
      args.fromHadolint === undefined ? HADOLINT.find((name) => existsSync(name)) : hadolintFile(args.fromHadolint);
    const { text, left } = source === undefined ? { text: FRESH, left: [] } : translated(source, rules);
    writeNew(CONFIG, text);
    said('written', CONFIG, source === undefined ? '' : `made of ${source}`);
    for (const line of left) terminal.err(`plimsoll: not carried over: ${line}\n`);
  }
  if (isOnGithub()) {
    const own = workflowOfOurs();
    if (own === undefined) writeNew(WORKFLOW, workflow(defaultBranch(), version));
    said(
      own === undefined ? 'written' : 'kept',
      own ?? WORKFLOW,
      own === undefined ? 'for GitHub Actions' : 'it names plimsoll',
    );
  }
  if (existsSync(PRE_COMMIT)) {
    const file = readTextFile(PRE_COMMIT);
    const text = /\bplimsoll\b/.test(file.text)
      ? file.text
      : withHook(file.text, REPOSITORY, `v${version}`, 'plimsoll');
    if (text === undefined)
      terminal.err(`plimsoll: ${PRE_COMMIT}: "repos" is no list in block style; add the hook of README.md by hand\n`);
    else if (text === file.text) said('kept', PRE_COMMIT, 'it names plimsoll');
    else {
      writeTextFile(PRE_COMMIT, { ...file, text });
      said('added to', PRE_COMMIT, 'hook plimsoll, behind the others');
    }
  }
  if (existsSync(GITLAB) && !/\bplimsoll\b/.test(readTextFile(GITLAB).text))
    terminal.out(`for ${GITLAB}, to add by hand:\n${gitlabJob(version)}`);
  return 0;
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
  return existsSync('.github') || /\bgithub\.com[:/]/.test(readIfThere('.git/config'));
}

/** A workflow that names the tool. */
function workflowOfOurs(): string | undefined {
  if (!existsSync(WORKFLOWS)) return undefined;
  return readdirSync(WORKFLOWS)
    .map((name) => `${WORKFLOWS}/${name}`)
    .find((path) => /\.ya?ml$/.test(path) && /\bplimsoll\b/.test(readIfThere(path)));
}

/** As the remote's HEAD has it, else the branch that is checked out where it is one of the usual names, else main. */
function defaultBranch(): string {
  const [, remote] =
    /^ref: refs\/remotes\/origin\/(\S+)/.exec(readIfThere(join('.git', 'refs/remotes/origin/HEAD'))) ?? [];
  const [, local] = /^ref: refs\/heads\/(main|master|trunk|develop)\s*$/.exec(readIfThere('.git/HEAD')) ?? [];
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
