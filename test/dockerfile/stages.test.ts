import { describe, expect, test } from 'vitest';
import type { BuildSettings } from '../../src/dockerfile/build.ts';
import { parseImageReference } from '../../src/dockerfile/image-reference.ts';
import { readDockerfile } from '../../src/dockerfile/reader.ts';
import { evaluateStages, finalStage, type Stage } from '../../src/dockerfile/stages.ts';

function stages(text: string): readonly Stage[] {
  return evaluateStages(readDockerfile(text), ({ repository }) =>
    repository === 'library/known'
      ? { env: (name) => (name === 'PATH' ? { text: '/bin', known: true } : undefined), workdir: '/', user: 'root' }
      : undefined,
  );
}

const last = (text: string): Stage => stages(text).at(-1) as Stage;
const env = (stage: Stage, name: string, step?: number) => stage.environment.get(name, step)?.text;

describe('ENV and ARG', () => {
  test('an instruction sees the values from before it', () => {
    const stage = last('FROM known\nENV abc=hello\nENV abc=bye def=$abc\nENV ghi=$abc\n');
    expect([env(stage, 'def'), env(stage, 'ghi')]).toEqual(['hello', 'bye']);
  });

  test('each step has its own values', () => {
    const stage = last('FROM known\nENV A=1\nRUN x\nENV A=2\nRUN y\n');
    expect([0, 1, 2, 3].map((step) => env(stage, 'A', step))).toEqual([undefined, '1', '1', '2']);
  });

  test('ENV wins over ARG, and both go on into stages built from this one', () => {
    const text = 'FROM known AS a\nARG B=arg\nARG C=arg\nENV B=env\nFROM a\n';
    expect(env(stages(text)[0] as Stage, 'B')).toBe('env');
    expect([env(last(text), 'B'), env(last(text), 'C')]).toEqual(['env', 'arg']);
  });

  test('ARG before FROM counts in FROM, and in a stage only where it is declared again', () => {
    const text = 'ARG V=13\nARG W=w\nFROM known:${V} AS x\nARG V\nRUN a\n';
    expect(last(text).base).toMatchObject({ kind: 'image', text: 'known:13' });
    expect([env(last(text), 'V'), env(last(text), 'W')]).toEqual(['13', undefined]);
  });

  test('an image that nobody knows may set anything', () => {
    const stage = last('FROM unknown\nENV PATH=/opt/venv/bin:$PATH\n');
    expect(stage.environment.get('PATH')).toEqual({ text: '/opt/venv/bin:${PATH}', known: false });
    expect(stage.environment.get('OTHER')?.known).toBe(false);
    expect(last('FROM known\nENV PATH=/opt/venv/bin:$PATH\n').environment.get('PATH')).toEqual({
      text: '/opt/venv/bin:/bin',
      known: true,
    });
  });

  test('scratch has the default PATH', () => {
    expect(env(last('FROM scratch\n'), 'PATH')).toMatch(/^\/usr\/local\/sbin:/);
  });
});

describe('USER, WORKDIR, SHELL', () => {
  test('are folded step by step', () => {
    const stage = last('FROM known\nWORKDIR /a\nWORKDIR b/../c\nUSER 1001:0\nSHELL ["/bin/bash", "-c"]\nRUN x\n');
    expect(stage.steps[4]?.state).toMatchObject({
      workdir: { text: '/a/c', known: true },
      user: { text: '1001:0' },
      shell: ['/bin/bash', '-c'],
      shellIsSet: true,
    });
    expect(stage.steps[0]?.state).toMatchObject({
      workdir: { text: '/' },
      shell: ['/bin/sh', '-c'],
      shellIsSet: false,
    });
  });

  test('are inherited from a stage', () => {
    expect(
      last('FROM known AS a\nWORKDIR /a\nSHELL ["/bin/bash", "-c"]\nFROM a\nRUN x\n').steps[0]?.state,
    ).toMatchObject({ workdir: { text: '/a' }, shell: ['/bin/bash', '-c'] });
  });

  test('a relative WORKDIR on an unknown image is not known', () => {
    expect(last('FROM unknown\nWORKDIR app\n').end.workdir.known).toBe(false);
  });

  test('ONBUILD changes nothing here', () => {
    const stage = last('FROM known\nONBUILD USER 5\nONBUILD ENV A=1\nRUN x\n');
    expect([stage.end.user?.text, env(stage, 'A')]).toEqual(['root', undefined]);
    expect(stage.steps.map(({ onbuild }) => onbuild)).toEqual([true, true, false]);
  });
});

test('the stage graph', () => {
  const text = [
    'FROM known AS base',
    'FROM base AS build',
    'FROM known AS tools',
    'FROM known AS Mounted',
    'FROM known AS test',
    'FROM base AS dev',
    'FROM base',
    'COPY --from=build /a /a',
    'COPY --from=2 /b /b',
    'RUN --mount=type=bind,from=mounted,target=/m true',
  ].join('\n');
  expect(stages(text).map(({ role }) => role)).toEqual([
    'inherited',
    'copied',
    'copied',
    'copied',
    'unused',
    'unused',
    'final',
  ]);
});

test('FROM names the latest earlier stage of that name', () => {
  const all = stages('FROM known AS a\nFROM unknown AS a\nFROM A\n');
  expect(all[2]?.base).toMatchObject({ kind: 'stage', stage: { index: 1 } });
});

describe('image references', () => {
  test.each([
    ['python', 'docker.io', 'library/python', undefined, undefined],
    ['python:3.13-slim', 'docker.io', 'library/python', '3.13-slim', undefined],
    ['apache/airflow:3', 'docker.io', 'apache/airflow', '3', undefined],
    ['ghcr.io/astral-sh/uv:0.9', 'ghcr.io', 'astral-sh/uv', '0.9', undefined],
    ['localhost:5000/a/b', 'localhost:5000', 'a/b', undefined, undefined],
    ['reg:5000/b:v1@sha256:00ff', 'reg:5000', 'b', 'v1', 'sha256:00ff'],
    ['debian@sha256:00ff', 'docker.io', 'library/debian', undefined, 'sha256:00ff'],
  ])('%s', (text, registry, repository, tag, digest) => {
    expect(parseImageReference(text)).toEqual({ registry, repository, tag, digest });
  });

  test('text that is none', () => {
    expect(parseImageReference('${X}')).toBeUndefined();
    expect(parseImageReference('a b')).toBeUndefined();
  });
});

describe('what a build is told', () => {
  const text = `ARG V=1
FROM known:\${V} AS base
ARG V
ARG W=own
ENV E=$W
FROM base AS dev
FROM alpine AS tools
FROM base AS prod
COPY --from=tools /x /x
FROM prod AS tests
`;
  const built = (build: BuildSettings) => evaluateStages(readDockerfile(text), () => ({ env: () => undefined }), build);
  const value = (name: string) => ({ text: name, known: true });

  test('the roles are those of the target, by name or number; without one of the last stage', () => {
    const roles = (target?: string) => built({ target }).map(({ role }) => role);
    expect(roles()).toEqual(['inherited', 'unused', 'copied', 'inherited', 'final']);
    expect(roles('prod')).toEqual(['inherited', 'unused', 'copied', 'final', 'unused']);
    expect(roles('PROD')).toEqual(roles('prod'));
    expect(roles('1')).toEqual(['inherited', 'final', 'unused', 'unused', 'unused']);
    expect(roles('nothing')).toEqual(['unused', 'unused', 'unused', 'unused', 'unused']);
    expect(finalStage(built({ target: 'dev' }))?.name).toBe('dev');
  });

  test('arguments hold against what ARG says, above the first FROM and in stages', () => {
    const [base] = built({
      args: new Map([
        ['V', value('2')],
        ['W', value('told')],
      ]),
    });
    expect(base?.base).toMatchObject({ kind: 'image', text: 'known:2' });
    expect(['V', 'W', 'E'].map((name) => base && env(base, name))).toEqual(['2', 'told', 'told']);
    const unknown = built({ args: new Map([['V', { text: '$V', known: false }]]) })[0];
    expect(unknown?.base).toMatchObject({ kind: 'image', reference: { tag: '$' } });
  });

  test('one that is not declared is not there', () => {
    expect(env(built({ args: new Map([['X', value('x')]]) })[0] as Stage, 'X')).toBeUndefined();
  });

  test('a named context stands for an image, or for something that nobody knows', () => {
    const bases = (contexts: [string, string | undefined][]) =>
      built({ contexts: new Map(contexts) }).map(({ base }) => base);
    expect(bases([['alpine', 'python:3.13']])[2]).toMatchObject({ kind: 'image', text: 'python:3.13' });
    expect(bases([['alpine', undefined]])[2]).toEqual({ kind: 'image', text: 'alpine', reference: undefined });
    // It holds against a stage of that name as well.
    expect(bases([['base', 'debian:13']])[1]).toMatchObject({ kind: 'image', text: 'debian:13' });
  });

  test('variables of the file around it are not known', () => {
    const one = evaluateStages(readDockerfile('FROM known:${TAG}\nENV A=$B\n'), () => ({ env: () => undefined }), {
      unknown: new Set(['TAG', 'B']),
    })[0];
    expect(one?.base).toMatchObject({ kind: 'image', reference: { tag: '$' } });
    expect(one?.environment.get('A')).toEqual({ text: '${B}', known: false });
  });
});
