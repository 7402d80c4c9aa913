import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';

const bin = join(import.meta.dirname, '../../bin/plimsoll.js');
const BAD = 'FROM python:3.13-slim\nRUN pip install flask==3.1.0\n';
const GOOD = BAD.replace('install', 'install --no-cache-dir');
let folder = '';
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-watch-'));
  mkdirSync(join(folder, '.git'));
});
afterEach(() => {
  child?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts to watch. What comes on both streams is waited for, piece by piece: `next` gives the text up to a word. */
function watching(...args: string[]) {
  child = spawn(process.execPath, [bin, 'lint', '--watch', '--format', 'concise', ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let text = '';
  let wake = () => {};
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      wake();
    });
  return async (word: string): Promise<string> => {
    while (!text.includes(word))
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    const end = text.indexOf(word) + word.length;
    const piece = text.slice(0, end);
    text = text.slice(end);
    return piece;
  };
}

const write = (path: string, text: string) => writeFileSync(join(folder, path), text);

test('runs again when the file changes, also by a rename as editors do it', async () => {
  write('Dockerfile', BAD);
  const next = watching();
  expect(await next('watching;')).toContain('Found 1 problem');
  write('Dockerfile', GOOD);
  expect(await next('No problems in 1 file.')).toContain('has changed');
  write('draft', BAD);
  renameSync(join(folder, 'draft'), join(folder, 'Dockerfile'));
  await next('Found 1 problem');
});

test('a new Dockerfile and a configuration count; a mistake in it is told and waited out', async () => {
  mkdirSync(join(folder, 'api'));
  write('api/Dockerfile', BAD);
  const next = watching('.');
  await next('watching;');
  write('Dockerfile', GOOD);
  await next('Found 1 problem in 2 files');
  write('plimsoll.yaml', 'rules: { pip-cache-in-layr: off }\n');
  await next('did you mean pip-cache-in-layer?');
  write('plimsoll.yaml', 'rules: { pip-cache-in-layer: "off" }\n');
  await next('No problems in 2 files.');
  write('plimsoll.yaml', '');
  await next('Found 1 problem in 2 files');
  write('api/Dockerfile', GOOD);
  await next('No problems in 2 files.');
});

test('what it writes itself is no reason to run for ever', async () => {
  write('Dockerfile', BAD);
  const next = watching('--format', 'json=report.json', '--fix');
  await next('Mended 1 problem');
  await next('watching;');
  write('Dockerfile', BAD);
  await next('Mended 1 problem');
  await next('Mended 0 problems');
  write('end.Dockerfile', BAD);
  // The mended file is a change too, the report is none.
  expect((await next('Mended 1 problem')).split('has changed').length).toBeLessThan(4);
});

test('a log of its own beside the file is no reason to run', async () => {
  write('Dockerfile', BAD);
  const log = openSync(join(folder, 'lint.log'), 'w');
  child = spawn(process.execPath, [bin, 'lint', '--watch'], { cwd: folder, stdio: ['ignore', log, log] });
  const text = () => readFileSync(join(folder, 'lint.log'), 'utf8');
  while (!text().includes('watching;')) await sleep(20);
  await sleep(1500);
  expect(text()).not.toContain('has changed');
  write('Dockerfile', GOOD);
  while (!text().includes('No problems in 1 file.')) await sleep(20);
  await sleep(1500);
  expect(text().split('has changed')).toHaveLength(2);
});

test('what a file of Compose builds is watched where it stands', async () => {
  mkdirSync(join(folder, 'api'));
  write('api/Dockerfile', BAD);
  write('compose.yaml', 'services: { a: { build: api } }\n');
  const next = watching('compose.yaml');
  expect(await next('watching;')).toContain('Found 1 problem');
  write('api/Dockerfile', GOOD);
  await next('No problems in 1 file.');
  write('compose.yaml', 'services: { a: { build: app } }\n');
  await next('its Dockerfile cannot be read: app/Dockerfile');
});

test('a directory that goes and comes back is watched again', async () => {
  mkdirSync(join(folder, 'api'));
  write('api/Dockerfile', GOOD);
  const next = watching('.');
  await next('watching;');
  rmSync(join(folder, 'api'), { recursive: true });
  mkdirSync(join(folder, 'api'));
  write('api/Dockerfile', BAD);
  await next('Found 1 problem');
  write('api/Dockerfile', GOOD);
  await next('No problems in 1 file.');
});

test('it does not go with what is done once', () => {
  for (const args of [['--diff'], ['-'], ['--update-baseline', '--baseline', 'b.json']]) {
    const { status, stderr } = spawnSync(process.execPath, [bin, 'lint', '--watch', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^plimsoll: --watch runs again and again: [^\n]+\n$/)]);
  }
  write('Dockerfile', GOOD);
  for (const args of [['gone'], ['--config', 'gone.yaml'], ['--select', 'no-such-rule']]) {
    const { status } = spawnSync(process.execPath, [bin, 'lint', '--watch', ...args], { cwd: folder, timeout: 60_000 });
    expect(status).toBe(2);
  }
});
