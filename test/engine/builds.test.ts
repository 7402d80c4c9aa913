import { describe, expect, test } from 'vitest';
import { rules } from '../../rules/registry.generated.ts';
import { buildSettings } from '../../src/dockerfile/build.ts';
import { lintBuilds } from '../../src/engine/builds.ts';
import { mendText } from '../../src/engine/fix.ts';
import { lintText } from '../../src/engine/lint.ts';
import { defaultRules } from '../default-rules.ts';

const chosen = (...ids: string[]) => rules.filter(({ meta }) => ids.includes(meta.id));
const build = (name: string, target?: string, args?: Record<string, string>) => ({
  name,
  build: buildSettings(target, args),
});

const STAGES = `FROM python:3.13-slim AS one
RUN pip install flask==3.1.0
FROM python:3.13-slim AS two
RUN pip install flask==3.1.0
`;

describe('the stage that is built decides', () => {
  const lines = (target?: string) =>
    lintText(STAGES, chosen('pip-cache-in-layer'), { build: buildSettings(target) }).findings.map(
      ({ stage, severity }) => `${stage} ${severity}`,
    );

  test('a layer that is thrown away does not count', () => {
    expect(lines()).toEqual(['two warning']);
    expect(lines('two')).toEqual(['two warning']);
    expect(lines('one')).toEqual(['one warning']);
  });

  test('what is said of the image is said of that stage', () => {
    const roots = (target: string) =>
      lintText(
        `${STAGES}CMD ["flask", "run"]\n`.replace('FROM python:3.13-slim AS two', 'CMD ["flask"]\n$&'),
        chosen('runs-as-root'),
        {
          build: buildSettings(target),
          pedantic: true,
        },
      ).findings.map(({ stage }) => stage);
    expect(roots('one')).toEqual(['one']);
    expect(roots('two')).toEqual(['two']);
  });
});

describe('arguments decide', () => {
  const text = 'ARG BASE=python:3.13-slim\nFROM ${BASE}\nRUN pip install flask==3.1.0\n';
  const found = (args?: Record<string, string>) =>
    lintText(text, defaultRules, { build: buildSettings(undefined, args) }).findings.map(({ rule }) => rule.id);

  test('which Python it is, with or without a marker', () => {
    expect(found()).toEqual(['pip-cache-in-layer']);
    expect(found({ BASE: 'debian:13-slim' })).toEqual(['base-pip-install', 'pip-cache-in-layer']);
  });
});

describe('named contexts', () => {
  test('are no stages and no images that are missing', () => {
    const text = 'FROM base\nCOPY --from=shared /x /x\n';
    const found = (contexts?: [string, string | undefined][]) =>
      lintText(text, rules, { pedantic: true, build: { contexts: new Map(contexts) } }).findings.map(
        ({ rule }) => rule.id,
      );
    expect(found()).toContain('copy-from-missing-stage');
    expect(
      found([
        ['base', 'python:3.13-slim'],
        ['shared', undefined],
      ]),
    ).not.toContain('copy-from-missing-stage');
  });
});

describe('several builds of one file', () => {
  const both = [build('web', 'two'), build('debug', 'one')];

  test('each finding once', () => {
    const { findings } = lintBuilds(STAGES, chosen('pip-cache-in-layer'), {}, both);
    expect(findings.map(({ stage, severity, builds }) => [stage, severity, builds])).toEqual([
      ['one', 'warning', undefined],
      ['two', 'warning', undefined],
    ]);
  });

  test('what only some builds of a stage show is said with their names, and its mend is not safe', () => {
    const text = 'ARG BASE=python:3.13-slim\nFROM ${BASE}\nCMD python -m app\n';
    const found = (...builds: ReturnType<typeof build>[]) =>
      lintBuilds(text, chosen('entrypoint-no-exec'), {}, builds).findings.map(({ builds: shown, fix }) => [
        shown,
        fix?.applicability,
      ]);
    const [plain, told] = [build('plain'), build('told', undefined, { BASE: 'fedora:43' })];
    expect(found(plain)).toEqual([[undefined, 'safe']]);
    expect(found(told)).toEqual([]);
    expect(found(plain, told)).toEqual([[['plain'], 'unsafe']]);
    expect(found(plain, build('other'))).toEqual([[undefined, 'safe']]);
  });

  test('a mend that is another one in each build is none', () => {
    const text =
      'FROM python:3.13-slim\nARG VENV\nRUN python -m venv $VENV && $VENV/bin/pip install flask==3.1.0\nCMD ["flask"]\n';
    const at = (path: string) => build(path, undefined, { VENV: path });
    const fixes = (...builds: ReturnType<typeof at>[]) =>
      lintBuilds(text, chosen('cmd-outside-venv'), {}, builds).findings.map(({ fix }) => fix?.edits.length ?? 0);
    expect(fixes(at('/opt/a'))).toEqual([expect.any(Number)]);
    expect(fixes(at('/opt/a'))[0]).toBeGreaterThan(0);
    expect(fixes(at('/opt/a'), at('/opt/b'))).toEqual([0]);
  });

  test('the worst severity holds', () => {
    const twice = [build('a', 'one'), build('b', 'two')];
    const text = STAGES.replace('FROM python:3.13-slim AS two', 'FROM one AS two');
    const { findings } = lintBuilds(text, chosen('pip-cache-in-layer'), {}, twice);
    expect(findings.map(({ severity }) => severity)).toEqual(['warning', 'warning']);
  });

  test('a comment that some build needs is of use', () => {
    const text = STAGES.replace('RUN', '# plimsoll: ignore[pip-cache-in-layer] thrown away\nRUN');
    const registry = rules.map(({ meta }) => meta);
    const two = chosen('pip-cache-in-layer', 'ignore-unused');
    const unused = (builds: typeof both) =>
      lintBuilds(text, two, { registry }, builds).findings.filter(({ rule }) => rule.id === 'ignore-unused').length;
    expect(unused([build('web', 'two')])).toBe(1);
    expect(unused(both)).toBe(0);
  });

  test('mends are made for all of them', () => {
    const { text } = mendText(STAGES, (current) => lintBuilds(current, chosen('pip-cache-in-layer'), {}, both));
    expect(text.match(/--no-cache-dir/g)).toHaveLength(2);
  });
});
