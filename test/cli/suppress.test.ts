import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rules } from '../../rules/registry.generated.ts';
import { addSuppressions } from '../../src/engine/add-suppressions.ts';
import { baselineOf, withoutKnown } from '../../src/engine/baseline.ts';
import { lintText } from '../../src/engine/lint.ts';
import { defaultRules } from '../default-rules.ts';

const registry = rules.map(({ meta }) => meta);
const lint = (text: string, today?: string) => lintText(text, defaultRules, { registry, today });
const ids = (text: string, today?: string) => lint(text, today).findings.map(({ rule }) => rule.id);
const RUN = 'RUN pip install flask==3.1.0\n';

describe('comments', () => {
  const comment = (words: string) => `FROM python:3.13-slim\n# plimsoll: ignore[pip-cache-in-layer] ${words}\n${RUN}`;

  test('one with a day holds on that day, and no longer', () => {
    const text = comment('until=2027-01-31 moved then');
    expect(ids(text, '2027-01-31')).toEqual([]);
    expect(ids(text, '2027-02-01')).toEqual(['ignore-expired', 'pip-cache-in-layer']);
    const noDay = ids(comment('until=2027-13-30 no such day'), '2026-01-01');
    expect(noDay).toEqual(['ignore-expired', 'pip-cache-in-layer']);
    const noReason = ids(comment('until=2027-01-31'), '2026-01-01');
    expect(noReason).toEqual(['ignore-without-reason', 'pip-cache-in-layer']);
  });

  test('what only --pedantic shows is no reason to call a comment unused', () => {
    const two = defaultRules.filter(({ meta }) => meta.id === 'user-not-numeric' || meta.id === 'ignore-unused');
    const used =
      'FROM gcr.io/distroless/python3-debian12\n# plimsoll: ignore[user-not-numeric] of the base\nUSER nonroot\n';
    expect(lintText(used, two, { registry }).findings).toEqual([]);
    expect(lintText(used.replace('nonroot', '65532'), two, { registry }).findings).toHaveLength(1);
  });

  test('rules that did not run are not judged', () => {
    const text = 'FROM debian:13-slim\n# plimsoll: ignore[package-unpinned] as it comes\nRUN true\n';
    expect(ids(text)).toEqual([]);
    const all = lintText(text, rules, { registry }).findings.map(({ rule }) => rule.id);
    expect(all).toContain('ignore-unused');
  });
});

describe('--add-suppressions', () => {
  test.each([
    [
      'above the instruction, indented as it is',
      `FROM python:3.13-slim\n  ${RUN}`,
      `FROM python:3.13-slim\n  # plimsoll: ignore[pip-cache-in-layer] why\n  ${RUN}`,
    ],
    [
      'one comment for several rules; a comment that is there gets the names',
      'FROM python:3.13-slim\n# plimsoll: ignore[unpinned-install] newest\nRUN pip install flask\nRUN pip install x\n',
      'FROM python:3.13-slim\n# plimsoll: ignore[unpinned-install, pip-cache-in-layer] newest\nRUN pip install flask\n# plimsoll: ignore[pip-cache-in-layer, unpinned-install] why\nRUN pip install x\n',
    ],
    [
      'CRLF',
      'FROM python:3.13-slim\r\nRUN pip install x==1\r\n',
      'FROM python:3.13-slim\r\n# plimsoll: ignore[pip-cache-in-layer] why\r\nRUN pip install x==1\r\n',
    ],
  ])('%s', (_title, text, expected) => {
    const after = addSuppressions(text, lint(text).findings, 'why');
    expect(after).toBe(expected);
    expect(ids(after)).toEqual([]);
  });
});

describe('a baseline', () => {
  const first = `FROM python:3.13-slim\n${RUN}`;
  const known = baselineOf([{ path: 'Dockerfile', result: lint(first) }], undefined);
  const compare = (text: string) => withoutKnown('Dockerfile', lint(text), known);

  test('knows a finding wherever its line moves to, as often as it was', () => {
    const moved = compare(`FROM python:3.13-slim\n\n# more\nRUN true\n${RUN}`);
    expect([moved.result.findings.length, moved.known.length, moved.stale]).toEqual([0, 1, 0]);
    const twice = compare(`FROM python:3.13-slim\n${RUN}${RUN}`);
    expect([twice.result.findings.length, twice.known.length]).toEqual([1, 1]);
  });

  test('a line that is changed is looked at again, and its entry is stale', () => {
    const changed = compare('FROM python:3.13-slim\nRUN pip install flask==3.1.1\n');
    expect([changed.result.findings.length, changed.stale]).toEqual([1, 1]);
    expect(withoutKnown('other/Dockerfile', lint(first), known).known).toEqual([]);
  });

  test('an update keeps what it did not look at', () => {
    const both = baselineOf([{ path: 'b/Dockerfile', result: lint(first) }], known);
    expect(Object.keys(both.files)).toEqual(['Dockerfile', 'b/Dockerfile']);
    const mended = baselineOf([{ path: 'Dockerfile', result: lint('FROM python:3.13-slim\n') }], both);
    expect(Object.keys(mended.files)).toEqual(['b/Dockerfile']);
  });
});

describe('on the command line', () => {
  const bin = join(import.meta.dirname, '../../bin/plimsoll.js');
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plimsoll-suppress-'));
    mkdirSync(join(folder, '.git'));
    writeFileSync(join(folder, 'Dockerfile'), `FROM python:3.13-slim\n${RUN}`);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function plimsoll(...args: string[]) {
    const argv = [bin, 'lint', ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8' });
    return { code: status, out: stdout, err: stderr.trimEnd().split('\n') };
  }

  test('a baseline is the same from everywhere, and what it knows is not mended', () => {
    mkdirSync(join(folder, 'app'));
    plimsoll('--baseline', 'known.json', '--update-baseline');
    const text = readFileSync(join(folder, 'known.json'), 'utf8');
    for (const path of ['.', 'Dockerfile', folder]) expect(plimsoll('--baseline', 'known.json', path).code).toBe(0);
    const inside = (...args: string[]) =>
      spawnSync(process.execPath, [bin, 'lint', '..', '--baseline', '../known.json', ...args], {
        cwd: join(folder, 'app'),
        encoding: 'utf8',
      });
    expect(inside().status).toBe(0);
    inside('--update-baseline');
    expect(readFileSync(join(folder, 'known.json'), 'utf8')).toBe(text);

    writeFileSync(join(folder, 'Dockerfile'), `FROM python:3.13-slim\n${RUN}RUN pip install django==6.0\n`);
    expect(plimsoll('--baseline', 'known.json', '--fix').err.at(-1)).toMatch(/^Mended 1 problem, 0 left\./);
    expect(readFileSync(join(folder, 'Dockerfile'), 'utf8')).toBe(
      `FROM python:3.13-slim\n${RUN}RUN pip install --no-cache-dir django==6.0\n`,
    );
  });

  test('a baseline is written, holds, goes stale and is told', () => {
    expect(plimsoll('--baseline', 'known.json').err).toEqual([
      'plimsoll: known.json: no such file or directory; --update-baseline writes one',
    ]);
    expect(plimsoll('--baseline', 'known.json', '--update-baseline')).toMatchObject({
      code: 0,
      err: ['known.json knows 1 problem in 1 file now.'],
    });
    expect(plimsoll('--baseline', 'known.json')).toMatchObject({
      code: 0,
      out: '',
      err: ['No problems in 1 file. 1 known by the baseline.'],
    });
    const json = plimsoll('--baseline', 'known.json', '--format', 'json', '--show-suppressed').out;
    const { findings, summary } = JSON.parse(json);
    expect([findings[0].suppressed.by, summary.known]).toEqual(['baseline', 1]);
    writeFileSync(join(folder, 'Dockerfile'), 'FROM python:3.13-slim\n');
    expect(plimsoll('--baseline', 'known.json').err[0]).toBe(
      'plimsoll: known.json: an entry for Dockerfile that nothing fits any more; --update-baseline clears up',
    );
    writeFileSync(join(folder, 'known.json'), '[]');
    expect(plimsoll('--baseline', 'known.json')).toMatchObject({
      code: 2,
      err: ['plimsoll: known.json: no baseline of version 1; --update-baseline writes one'],
    });
  });

  test('comments are written with a reason, and what they silence is counted', () => {
    expect(plimsoll('--add-suppressions').err).toEqual([
      'plimsoll: --add-suppressions goes with --reason: what the comments say',
    ]);
    expect(plimsoll('--add-suppressions', '--reason', 'the cache is used')).toMatchObject({
      code: 0,
      err: ['Silenced 1 problem with comments, 0 left. 1 silenced by comments.'],
    });
    expect(readFileSync(join(folder, 'Dockerfile'), 'utf8')).toContain(
      'ignore[pip-cache-in-layer] the cache is used\n',
    );
    expect(plimsoll().code).toBe(0);
  });

  test('what is excluded is left out though it is named, where that is asked for', () => {
    writeFileSync(join(folder, 'plimsoll.yaml'), 'exclude: [Dockerfile]\n');
    expect(plimsoll('Dockerfile').code).toBe(1);
    expect(plimsoll('--force-exclude', 'Dockerfile')).toMatchObject({ code: 0, out: '' });
  });
});
