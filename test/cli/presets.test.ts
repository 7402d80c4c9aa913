import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

// Presets and configurations as users have them: the bundle in a folder with files.
const bin = join(import.meta.dirname, '../../bin/plimsoll.js');
const DOCKERFILE = 'FROM debian:13-slim\nRUN apt-get update && apt-get install git\nMAINTAINER me\n';
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-presets-'));
  // The root of a repository: nothing is looked for above it.
  mkdirSync(join(folder, '.git'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const read = (path: string) => readFileSync(join(folder, path), 'utf8');

/** Exit code and the lines of both streams; of findings place, severity and rule. */
function plimsoll(args: readonly string[], path = process.env.PATH ?? '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: path, NO_COLOR: '1' },
  });
  const lines = stdout.split('\n').map((line) => line.split(' ').slice(0, 3).join(' '));
  return { code: status, out: lines.filter(Boolean), text: stdout, err: stderr.trimEnd().split('\n') };
}

const lint = (...args: string[]) => plimsoll(['lint', '--format', 'concise', ...args]);

describe('presets', () => {
  test('the usual one leaves general matters to others; recommended does not', () => {
    write({ Dockerfile: DOCKERFILE });
    expect(lint()).toMatchObject({ code: 0, out: [] });
    expect(lint('--preset', 'recommended').out).toContain('Dockerfile:2:31: warning install-may-prompt');
    expect(lint('--preset', 'hadolint').out).toContain('Dockerfile:3:1: error maintainer-deprecated');
    expect(lint('--preset', 'buildkit')).toMatchObject({
      code: 1,
      out: ['Dockerfile:3:1: warning maintainer-deprecated'],
    });
  });

  test('a mistyped one is told', () => {
    expect(lint('--preset', 'recomended').err).toEqual([
      'plimsoll: --preset takes python, recommended, all, hadolint, buildkit, not "recomended"; did you mean recommended?',
    ]);
  });
});

describe('configuration', () => {
  test('the nearest one holds; --isolated and --config have their way; a pyproject.toml without our table is passed over', () => {
    write({
      Dockerfile: DOCKERFILE,
      'plimsoll.yaml': 'preset: buildkit\n',
      'app/Dockerfile': DOCKERFILE,
      'app/pyproject.toml': '[project]\nname = "app"\n',
      'own/Dockerfile': DOCKERFILE,
      'own/pyproject.toml': '[tool.plimsoll]\nrules = { apt-recommends = "error" }\n',
    });
    expect(lint().out).toEqual([
      'Dockerfile:3:1: warning maintainer-deprecated',
      'app/Dockerfile:3:1: warning maintainer-deprecated',
      'own/Dockerfile:2:31: error apt-recommends',
    ]);
    expect(lint('--isolated')).toMatchObject({ code: 0, out: [] });
    expect(lint('--config', 'own/pyproject.toml', 'Dockerfile').out).toEqual(['Dockerfile:2:31: error apt-recommends']);
    expect(lint('--preset', 'python', 'Dockerfile').out).toEqual([]);
  });

  test('overrides, exclude, fail-on', () => {
    write({
      'plimsoll.yaml': [
        'preset: buildkit',
        'fail-on: error',
        'exclude: [vendor/]',
        'overrides:',
        '  - files: ["*.dev.Dockerfile"]',
        '    rules: { maintainer-deprecated: off }',
        '  - files: [strict/]',
        '    rules: { maintainer-deprecated: error }',
      ].join('\n'),
      'a.Dockerfile': DOCKERFILE,
      'a.dev.Dockerfile': DOCKERFILE,
      'vendor/Dockerfile': DOCKERFILE,
    });
    expect(lint()).toMatchObject({ code: 0, out: ['a.Dockerfile:3:1: warning maintainer-deprecated'] });
    expect(lint('--fail-on', 'warning').code).toBe(1);
    // What is named is checked whatever a search leaves out.
    expect(lint('vendor/Dockerfile').out).toHaveLength(1);
    write({ 'strict/Dockerfile': DOCKERFILE });
    expect(lint('strict')).toMatchObject({ code: 1, out: ['strict/Dockerfile:3:1: error maintainer-deprecated'] });
  });

  test('each mistake is one line, and nothing is checked', () => {
    write({ Dockerfile: DOCKERFILE, 'plimsoll.yaml': 'preset: all\nrules:\n  apt-recomends: off\n  size: maybe\n' });
    expect(lint()).toMatchObject({
      code: 2,
      out: [],
      err: [
        'plimsoll: plimsoll.yaml:3:3: unknown rule "apt-recomends"; did you mean apt-recommends?',
        'plimsoll: plimsoll.yaml:4:3: size takes off, error, warning, info, not "maybe"',
      ],
    });
    expect(lint('--config', 'none.yaml').err).toEqual(['plimsoll: none.yaml: no such file or directory']);
  });

  test('plimsoll config says what holds and why', () => {
    write({
      Dockerfile: DOCKERFILE,
      'plimsoll.yaml': 'preset: hadolint\nrules:\n  hadolint:DL3008: off\n  apt-recommends: error\n',
    });
    const { rules, ...rest } = JSON.parse(plimsoll(['config', 'Dockerfile', '--format', 'json']).text);
    expect(rest).toEqual({ version: 1, file: 'plimsoll.yaml', preset: 'hadolint', failOn: 'warning', pedantic: true });
    const of = (id: string) => rules.find(({ rule }: { rule: string }) => rule === id);
    expect(of('apt-recommends')).toMatchObject({ severity: 'error', because: 'plimsoll.yaml:4' });
    expect(of('package-unpinned')).toMatchObject({
      severity: 'warning (DL3008 off)',
      options: { strict: true },
      because: 'plimsoll.yaml:3',
    });
    expect(of('marker-removed')).toMatchObject({ severity: 'off', because: 'preset hadolint' });
    expect(plimsoll(['config', '--ignore', 'apt-recommends']).text).not.toContain('apt-recommends');
  });
});

describe('ShellCheck', () => {
  /** A program that answers as ShellCheck does: what it is given is in `seen`. */
  function fake(): string {
    const path = join(folder, 'tools/shellcheck');
    write({
      'tools/shellcheck': [
        `#!${process.execPath}`,
        "const fs = require('node:fs');",
        "const files = process.argv.slice(process.argv.indexOf('--') + 1);",
        `fs.writeFileSync(${JSON.stringify(join(folder, 'seen'))}, files.map((f) => fs.readFileSync(f, 'utf8')).join('---'));`,
        "const comment = { file: files[0], line: 3, endLine: 3, column: 6, endColumn: 8, level: 'info', code: 2086, message: 'Double quote', fix: null };",
        'console.log(JSON.stringify({ comments: [comment] }));',
        'process.exitCode = 1;',
      ].join('\n'),
    });
    chmodSync(path, 0o755);
    return path;
  }

  test('it is asked where it is on PATH or named, for presets that have its rule', () => {
    write({ Dockerfile: 'FROM debian:13-slim\nRUN echo $A\nRUN ls\n' });
    const path = fake();
    const args = ['lint', '--format', 'concise', '--select', 'shellcheck', 'Dockerfile'];
    expect(plimsoll([...args, '--shellcheck', path], '').out).toEqual(['Dockerfile:2:10: info shellcheck']);
    expect(plimsoll(args, dirname(path)).out).toEqual(['Dockerfile:2:10: info shellcheck']);
    expect(readFileSync(join(folder, 'seen'), 'utf8')).toMatch(/^#!\/bin\/dash\nexport .*\necho \$A\n---#!/);
  });

  test('where it is not there, --verbose says so and nothing else does', () => {
    write({ Dockerfile: 'FROM debian:13-slim\nRUN echo $A\n' });
    const args = ['lint', '--select', 'shellcheck', 'Dockerfile'];
    expect(plimsoll(args, '')).toMatchObject({ code: 0, err: ['No problems in 1 file.'] });
    expect(plimsoll([...args, '--verbose'], '').err).toContain(
      'plimsoll: shellcheck is not on PATH: shell scripts are not checked; --shellcheck=PATH names it',
    );
    expect(plimsoll([...args, '--shellcheck', 'none'], '').err).toEqual(['plimsoll: --shellcheck: none is no program']);
  });
});

describe('init', () => {
  test('writes a configuration once', () => {
    write({ Dockerfile: DOCKERFILE });
    expect(plimsoll(['init'])).toMatchObject({ code: 0, out: ['written: plimsoll.yaml'] });
    expect(lint().code).toBe(0);
    write({ 'plimsoll.yaml': 'preset: all\n' });
    expect(plimsoll(['init'])).toMatchObject({ code: 0, text: 'kept: plimsoll.yaml (it is there already)\n' });
    expect(plimsoll(['init', '--from-hadolint'])).toMatchObject({
      code: 2,
      err: ['plimsoll: plimsoll.yaml is there already, and stays as it is'],
    });
    expect(read('plimsoll.yaml')).toBe('preset: all\n');
  });

  test('a configuration of hadolint is carried over unasked', () => {
    write({ Dockerfile: DOCKERFILE, '.hadolint.yaml': 'ignored: [DL4000]\n' });
    expect(plimsoll(['init']).text).toBe('written: plimsoll.yaml (made of .hadolint.yaml)\n');
    expect(read('plimsoll.yaml')).toContain('preset: hadolint');
  });

  test('a workflow where the repository is on GitHub, for its own branch', () => {
    write({
      '.git/config': '[remote "origin"]\n\turl = git@github.com:me/it.git\n',
      '.git/HEAD': 'ref: refs/heads/trunk\n',
    });
    expect(plimsoll(['init']).text).toBe(
      'written: plimsoll.yaml\nwritten: .github/workflows/plimsoll.yml (for GitHub Actions)\n',
    );
    const workflow = parse(read('.github/workflows/plimsoll.yml')) as Record<string, unknown>;
    expect(workflow).toMatchObject({
      on: { push: { branches: ['trunk'] }, pull_request: null },
      permissions: { contents: 'read' },
    });
    expect(plimsoll(['init']).text).toContain('kept: .github/workflows/plimsoll.yml (it is there already)\n');
  });

  test('a workflow that runs it under another name is enough', () => {
    write({ '.github/workflows/ci.yaml': 'jobs: { lint: { steps: [{ run: npx plimsoll lint }] } }\n' });
    expect(plimsoll(['init']).text).toContain('kept: .github/workflows/ci.yaml');
    expect(existsSync(join(folder, '.github/workflows/plimsoll.yml'))).toBe(false);
  });

  for (const [title, before] of [
    [
      'indented',
      'repos:\n  - repo: https://example.org/a\n    rev: v1\n    hooks:\n      - id: a # kept\n\n# the end\nci: {}\n',
    ],
    ['not indented', '# top\nrepos:\n- repo: https://example.org/a\n  rev: v1\n  hooks:\n  -   id: a\n'],
    ['wide, without a newline at the end', 'repos:\n-   repo: local\n    hooks:\n    -   id: a\n        args: [x]'],
    ['with carriage returns', 'repos:\r\n  - repo: https://example.org/a\r\n    rev: v1\r\n    hooks: [{ id: a }]\r\n'],
  ] as const)
    test(`a hook is added to .pre-commit-config.yaml, ${title}`, () => {
      write({ '.pre-commit-config.yaml': before });
      expect(plimsoll(['init']).text).toContain('added to: .pre-commit-config.yaml');
      const after = read('.pre-commit-config.yaml');
      const [old, now] = [parse(before), parse(after)] as { repos: unknown[] }[];
      expect(now).toEqual({
        ...old,
        repos: [
          ...(old?.repos ?? []),
          { repo: 'https://github.com/plimsoll-lint/plimsoll', rev: 'v0.1.0', hooks: [{ id: 'plimsoll' }] },
        ],
      });
      // Every line that was there is there, in its order.
      const lines = after.split(/\r?\n/);
      let at = 0;
      for (const line of before.split(/\r?\n/)) at = lines.indexOf(line, at) + 1 || Number.NaN;
      expect(at).not.toBeNaN();
      expect(plimsoll(['init']).text).toContain('kept: .pre-commit-config.yaml');
      expect(read('.pre-commit-config.yaml')).toBe(after);
    });

  test('a file of pre-commit that is written in another way stays, and it is told', () => {
    for (const text of [
      'repos: []\n',
      'repos: [{ repo: local, hooks: [] }]\n',
      'fail_fast: true\n',
      'repos:\n- {repo: local}\n',
      // The lines behind it are a part of the value.
      'repos:\n- repo: local\n  hooks:\n  - id: x\n    entry: |+\n      foo\n\n\nci: {}\n',
      'repos:\n- repo: a\n---\nrepos: []\n',
    ]) {
      write({ '.pre-commit-config.yaml': text });
      expect(plimsoll(['init']).text).toContain(
        'for .pre-commit-config.yaml, to add by hand: it is written in a way that is not safe to edit\n- repo: https',
      );
      expect(read('.pre-commit-config.yaml')).toBe(text);
    }
  });

  test('what one part stumbles over does not stop the others', () => {
    write({ '.github/workflows': 'no directory', '.pre-commit-config.yaml': 'repos:\n- repo: local\n  hooks: []\n' });
    const { code, err, text } = plimsoll(['init']);
    expect([code, err]).toEqual([
      2,
      [expect.stringMatching(/^plimsoll: \.github\/workflows\/plimsoll\.yml: cannot be written: /)],
    ]);
    expect(text).toContain('added to: .pre-commit-config.yaml');
  });

  test('comments do not count as its name, a workflow of its name does', () => {
    write({
      '.github/workflows/plimsoll.yml': 'name: CI\n',
      '.pre-commit-config.yaml': '# maybe plimsoll later\nrepos:\n- repo: local\n  hooks: []\n',
    });
    const { code, text } = plimsoll(['init']);
    expect([code, text]).toEqual([
      0,
      expect.stringMatching(/kept: \.github\/workflows\/plimsoll\.yml \(it is there already\)\nadded to: \.pre-commit/),
    ]);
  });

  test('a worktree is on GitHub as its repository is; below the root of one it says where that is', () => {
    rmSync(join(folder, '.git'), { recursive: true });
    write({
      'main/.git/config': '[remote "origin"]\n\turl = https://github.com/me/it\n',
      'main/.git/worktrees/w/commondir': '../..\n',
      'w/.git': `gitdir: ${join(folder, 'main/.git/worktrees/w')}\n`,
    });
    const inside = (directory: string) =>
      spawnSync(process.execPath, [bin, 'init'], { cwd: join(folder, directory), encoding: 'utf8' });
    expect(inside('w').stdout).toContain('written: .github/workflows/plimsoll.yml');
    mkdirSync(join(folder, 'main/docker'));
    expect(inside('main/docker').stderr).toBe(
      'plimsoll: the repository begins in ..: run it there for a workflow and a hook\n',
    );
  });

  test('an address that only stands in for another is none of the remotes', () => {
    write({
      '.git/config':
        '[url "https://github.com/"]\n\tinsteadOf = gh:\n[remote "origin"]\n\turl = https://gitlab.example/a\n',
    });
    expect(plimsoll(['init']).text).toBe('written: plimsoll.yaml\n');
  });

  test('for GitLab the job is shown', () => {
    write({ '.gitlab-ci.yml': 'test: { script: make }\n' });
    const { text } = plimsoll(['init']);
    const job = parse(text.slice(text.indexOf('plimsoll:\n'))) as object;
    expect(job).toMatchObject({ plimsoll: { artifacts: { reports: { codequality: 'gl-code-quality-report.json' } } } });
    expect(read('.gitlab-ci.yml')).toBe('test: { script: make }\n');
  });

  test('--from-hadolint carries over what has a counterpart', () => {
    expect(plimsoll(['init', '--from-hadolint']).err).toEqual([
      'plimsoll: no .hadolint.yaml or .hadolint.yml here; --from-hadolint=FILE names another',
    ]);
    write({ Dockerfile: DOCKERFILE, 'ci/hadolint.yml': 'ignored: [DL4000, DL3008]\nformat: tty\n' });
    expect(plimsoll(['init', '--from-hadolint=ci/hadolint.yml'])).toMatchObject({
      code: 0,
      err: ['plimsoll: not carried over: format: --format says in which form to report'],
    });
    const rules = lint().out.map((line) => line.split(' ')[2]);
    expect(rules).toContain('install-may-prompt');
    expect(rules).not.toContain('maintainer-deprecated');
    expect(rules).not.toContain('package-unpinned');
  });
});
