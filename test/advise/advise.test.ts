import { describe, expect, test } from 'vitest';
import { texts } from '../../rules/texts.generated.ts';
import { adviseOn } from '../../src/advise/advise.ts';
import { SCENARIOS } from '../../src/advise/scenarios.ts';
import { lintText } from '../../src/engine/lint.ts';
import { adviceJson, adviceMarkdown } from '../../src/report/advice.ts';
import { defaultRules as rules } from '../default-rules.ts';

const advise = (text: string) => adviseOn(text, rules, { path: 'Dockerfile' });

describe('the scenario', () => {
  test.each([
    ['pip-slim', 'FROM python:3.13-slim\nRUN pip install flask==3.1.0\n'],
    [
      'debian-python',
      'FROM debian:13-slim\nRUN apt-get update && apt-get install -y python3-pip\nRUN pip3 install flask\n',
    ],
    ['alpine', 'FROM python:3.13-alpine\nRUN pip install flask==3.1.0\n'],
    ['openshift', 'FROM registry.access.redhat.com/ubi9/python-312\nRUN pip install flask==3.1.0\n'],
    ['conda', 'FROM continuumio/miniconda3\nRUN conda install -y numpy\n'],
    ['uv', 'FROM python:3.13-slim\nCOPY --from=ghcr.io/astral-sh/uv:0.9.5 /uv /bin/\nRUN uv sync --locked\n'],
    ['poetry', 'FROM python:3.13-slim\nRUN pip install poetry==2.1.0\nCOPY . .\nRUN poetry install\n'],
    ['airflow', 'FROM apache/airflow:3.1.0\nUSER airflow\nRUN pip install x==1.0\n'],
    [
      'nested-venv',
      'FROM python:3.13-slim\nRUN python -m venv /opt/a\nENV PATH=/opt/a/bin:$PATH\nRUN python -m venv /opt/b && /opt/b/bin/pip install x==1.0\n',
    ],
    [
      'distroless',
      'FROM python:3.13-slim AS build\nRUN python -m venv /opt/venv\nFROM gcr.io/distroless/python3-debian12\nCOPY --from=build /opt/venv /opt/venv\n',
    ],
    [undefined, 'FROM nginx:1.27\nCOPY site /usr/share/nginx/html\n'],
  ])('%s', (id, text) => {
    expect(advise(text).scenario?.id).toBe(id);
  });

  test('each has a file to start from that the linter finds nothing in', () => {
    for (const { id, pattern } of SCENARIOS) {
      const text = pattern.includes('FROM ')
        ? pattern
        : `FROM python:3.13-slim\nRUN python -m venv /opt/venv\n${pattern}`;
      const found = lintText(text, rules).findings.filter(({ severity }) => severity !== 'info');
      expect([id, found.map(({ rule, message }) => `${rule.id}: ${message}`)]).toEqual([id, []]);
    }
  });
});

const DOCKERFILE = `FROM debian:12-slim
RUN apt-get update && apt-get install -y python3-pip
RUN pip3 install --break-system-packages flask==3.1.0
CMD ["python3", "app.py"]
`;

describe('advice', () => {
  test('puts first what gains most, and says what the patch mends', () => {
    const { changes, after } = advise(DOCKERFILE);
    expect(changes[0]).toMatchObject({ rule: 'build-deps-left', isMended: true });
    expect(changes[0]?.bytes).toBeGreaterThan(300_000_000);
    expect(changes.find(({ rule }) => rule === 'marker-bypass-flag')).toMatchObject({ isMended: true });
    expect(after).toContain('python3 -m venv /opt/venv');
  });

  test('an error comes before any number of bytes', () => {
    const { changes } = advise(DOCKERFILE.replace(' --break-system-packages', ''));
    expect(changes[0]).toMatchObject({ rule: 'base-pip-install', severity: 'error' });
  });

  test('says what is right', () => {
    const { strengths, changes } = advise(SCENARIOS.find(({ id }) => id === 'pip-slim')?.pattern ?? '');
    expect(strengths.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        '/opt/venv is first on PATH by ENV',
        'VIRTUAL_ENV names the same environment',
        '/opt/venv is copied to the path it was made at',
        'every install goes to an environment, none to the base Python',
        'what is installed is locked',
        'the image runs as user 10001:0, by its number',
        'it starts without a shell in between',
      ]),
    );
    expect(changes.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  test('the table is that of the changed file: login shells find what they did not', () => {
    const login = (text: string) => advise(text).activation.find(({ how }) => how.startsWith('login shell'))?.python;
    expect(login(DOCKERFILE)).toBe('environment');
    const plain =
      'FROM python:3.13-slim\nRUN python -m venv /opt/venv\nENV VIRTUAL_ENV=/opt/venv\nENV PATH=/opt/venv/bin:$PATH\n';
    expect(login(plain)).toBe('base');
    expect(login(plain.replace('3.13-slim', '3.13-alpine'))).toBe('environment');
  });

  test('as Markdown and as JSON', () => {
    const advice = advise(DOCKERFILE);
    const markdown = adviceMarkdown(advice, JSON.parse(texts));
    for (const part of [
      '## What is right',
      '## What to change',
      '```diff',
      '## Who gets which Python',
      '## Size',
      '## A file to start from',
    ])
      expect(markdown).toContain(part);
    const json = JSON.parse(adviceJson(advice, '1'));
    expect(json).toMatchObject({ version: 1, scenario: { id: 'debian-python' }, bug: null, image: null });
    expect(json.size.difference).toBe(json.size.after.total - json.size.before.total);
  });

  test('of a text that is no Dockerfile there is something to say too', () => {
    for (const text of ['', 'nonsense', 'FROM', 'FROM scratch', '```\nFROM x\n'])
      expect(() => adviceMarkdown(advise(text), JSON.parse(texts))).not.toThrow();
  });
});
