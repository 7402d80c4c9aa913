import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runAction } from './run-action.ts';

// On the Node that runs the tests; test/tools/node24.test.ts runs it on the one that action.yml names.
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-action-test-'));
  mkdirSync(join(folder, '.git'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (inputs: Readonly<Record<string, string>>) => runAction(process.execPath, folder, inputs);

test('annotations, outputs, summary, and an exit code by fail-on', () => {
  writeFileSync(join(folder, 'Dockerfile'), 'FROM python:3.13-slim\nRUN pip install flask==3.1.0\n');
  const { code, out, outputs, summary } = run({});
  expect(code).toBe(1);
  expect(out).toEqual([
    '::warning file=Dockerfile,line=2,endLine=2,col=5,endColumn=29,title=plimsoll pip-cache-in-layer::pip keeps its download cache in this layer',
  ]);
  expect(outputs).toMatchObject({ findings: '1', errors: '0', warnings: '1' });
  expect(summary).toContain('| [pip-cache-in-layer](');
  expect(run({ 'fail-on': 'error' }).code).toBe(0);
});

test('ten annotations, the worst first; all findings in the summary; SARIF for the upload', () => {
  const runs = Array.from({ length: 12 }, (_, index) => `RUN pip install a${index}==1\n`).join('');
  writeFileSync(join(folder, 'Dockerfile'), `FROM python:3.13-slim\n${runs}ENV A=1 B=$A\n`);
  const { out, outputs, summary } = run({ 'sarif-file': 'out.sarif' });
  expect(out.filter((line) => line.startsWith('::'))).toHaveLength(10);
  expect(out[0]).toMatch(/^::error /);
  expect(out.at(-1)).toBe('3 more are in the job summary.');
  expect(summary.match(/Dockerfile:\d+:\d+/g)).toHaveLength(13);
  expect(outputs).toMatchObject({ findings: '13', errors: '1', 'sarif-file': 'out.sarif' });
  expect(JSON.parse(readFileSync(join(folder, 'out.sarif'), 'utf8')).runs[0].results).toHaveLength(13);
});

test('several paths, a preset, no summary', () => {
  for (const name of ['a', 'b']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'Dockerfile'), 'FROM debian:13\nMAINTAINER x\n');
  }
  const { outputs, summary } = run({ paths: 'a\nb\n', preset: 'buildkit', summary: 'false' });
  expect([outputs.findings, summary]).toEqual(['2', '']);
});

test('a file of Compose, and a plain build of another stage', () => {
  writeFileSync(join(folder, 'compose.yaml'), 'services: { a: { build: { context: ., target: two } } }\n');
  const cache = 'RUN pip install flask==3.1.0';
  const stage = (name: string) => `FROM \${BASE} AS ${name}\n${cache}\n`;
  writeFileSync(join(folder, 'Dockerfile'), `ARG BASE\n${['one', 'two', 'three'].map(stage).join('')}`);
  const lines = (inputs: Record<string, string>) =>
    run({ select: 'pip-cache-in-layer', ...inputs }).out.map((line) => /line=(\d+)/.exec(line)?.[1]);
  expect(lines({ paths: 'compose.yaml' })).toEqual(['5']);
  expect(lines({ paths: 'Dockerfile', target: 'one', 'build-args': 'BASE=python:3.13\nOTHER=1' })).toEqual(['3']);
  expect(lines({ paths: 'Dockerfile' })).toEqual(['7']);
});

test('an image: its layers are in the summary', () => {
  mkdirSync(join(folder, 'root/usr/bin'), { recursive: true });
  writeFileSync(join(folder, 'root/usr/bin/tool'), 'x');
  const { code, summary, out } = run({ image: `rootfs:${join(folder, 'root')}` });
  expect([code, out.length > 0]).toEqual([0, true]);
  expect(summary).toContain('### Layers');
});

test('mistakes end with 2 and one line', () => {
  const { code, err, outputs } = run({ preset: 'al' });
  expect(code).toBe(2);
  expect(err).toBe(
    'plimsoll: --preset takes python, recommended, all, hadolint, buildkit, not "al"; did you mean all?\n',
  );
  expect(outputs.findings).toBe('0');
});
