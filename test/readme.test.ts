import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseArguments } from '../src/cli/arguments.ts';
import { PRESETS } from '../src/engine/rule.ts';

// What the README shows is tried as it stands there.

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({
  language,
  text: text ?? '',
}));
const commands = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ text }) => text.split('\n'))
  .map((line) => line.replace(/\s+#.*$/, '').trim())
  .filter((line) => /(?:^|\| )plimsoll /.test(line));

/** What needs more than files: an engine or a registry (test/engines runs such commands), or somebody to end it (test/cli/watch.test.ts). */
const NEEDS_MORE = /\bprove\b|registry:|docker save|--watch|(?:inspect|--image) app:1\b|oci:layout/;

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-readme-'));

beforeAll(async () => {
  // The program under its name.
  const program = join(folder, 'bin/plimsoll');
  mkdirSync(dirname(program));
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/plimsoll.js')}' "$@"\n`);
  chmodSync(program, 0o755);
  const image = pack();
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [] },
    history: [],
  };
  image.entry({ name: 'manifest.json' }, JSON.stringify([{ Config: 'c.json', RepoTags: ['app:1'], Layers: [] }]));
  image.entry({ name: 'c.json' }, JSON.stringify(config));
  image.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of image) chunks.push(chunk as Buffer);
  writeFileSync(join(folder, 'app.tar'), Buffer.concat(chunks));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A project as the commands expect it, new for each of them. */
function project(): string {
  const directory = mkdtempSync(join(folder, 'project-'));
  mkdirSync(join(directory, 'api'));
  const text = 'ARG BASE=python:3.13-slim\nFROM ${BASE} AS dev\nRUN pip install flask==3.1.0\n';
  for (const name of ['Dockerfile', 'api/Dockerfile']) writeFileSync(join(directory, name), text);
  writeFileSync(join(directory, 'compose.yaml'), 'services: { api: { build: api } }\n');
  writeFileSync(join(directory, 'docker-bake.hcl'), 'target "api" {\n  context = "api"\n}\n');
  writeFileSync(join(directory, 'app.tar'), readFileSync(join(folder, 'app.tar')));
  return directory;
}

function shell(command: string, directory: string) {
  return spawnSync('bash', ['-o', 'pipefail', '-c', command], {
    cwd: directory,
    encoding: 'utf8',
    env: { PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}`, NO_COLOR: '1', HOME: directory },
  });
}

describe('the commands of the README', () => {
  test('are found', () => expect(commands.length).toBeGreaterThan(25));

  for (const command of new Set(commands)) {
    const [words = ''] = /plimsoll [^|<>]*/.exec(command) ?? [];
    test(`${command}: the options are there`, () => {
      const argv = execFileSync('bash', ['-c', `printf '%s\\0' ${words.replace(/^plimsoll/, '')}`], {
        encoding: 'utf8',
      });
      expect(() => parseArguments(argv.split('\0').slice(0, -1))).not.toThrow();
    });
    if (NEEDS_MORE.test(command)) continue;
    test(command, ({ skip }) => {
      if (/\| patch /.test(command) && spawnSync('patch', ['--version']).status !== 0) skip('patch is not installed');
      const directory = project();
      // The third of them reads what the second wrote.
      if (/--baseline known\.json$/.test(command))
        shell('plimsoll lint --baseline known.json --update-baseline', directory);
      const { status, stderr } = shell(command, directory);
      expect(stderr).not.toMatch(/^plimsoll: /m);
      expect([0, 1]).toContain(status);
    });
  }
});

test('the first finding is the one that is shown', () => {
  const shown = blocks.find(({ text }) => text.startsWith('sample-dockerfiles/'))?.text ?? '';
  expect(shown).not.toBe('');
  const [path = ''] = shown.split(':');
  const { stdout } = spawnSync(process.execPath, ['bin/plimsoll.js', 'lint', path], { cwd: root, encoding: 'utf8' });
  for (const line of shown.trimEnd().split('\n')) expect(stdout).toContain(line);
});

test('the workflow and the hook entry are those of action.yml and .pre-commit-hooks.yaml', () => {
  const [workflow, hook] = blocks
    .filter(({ language }) => language === 'yaml')
    .map(({ text }) => (parse(text) as Record<string, unknown>[])[0]);
  const action = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as { inputs: object };
  for (const input of Object.keys(workflow?.with ?? {})) expect(Object.keys(action.inputs)).toContain(input);
  const hooks = parse(readFileSync(join(root, '.pre-commit-hooks.yaml'), 'utf8')) as { id: string }[];
  for (const { id } of (hook?.hooks ?? []) as { id: string }[]) expect(hooks.map((own) => own.id)).toContain(id);
});

test('the Dockerfile of our own is one that nothing is found in', () => {
  for (const preset of PRESETS) {
    const args = ['bin/plimsoll.js', 'lint', '--isolated', '--pedantic', '--preset', preset, 'Dockerfile'];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    expect([preset, status, stdout]).toEqual([preset, 0, '']);
  }
});
