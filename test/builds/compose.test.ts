import { describe, expect, test } from 'vitest';
import { readEnvFile } from '../../src/builds/env-file.ts';
import { interpolate } from '../../src/builds/variables.ts';
import { type Brief, briefs, readProject } from './read.ts';

/** Reads one text as compose.yaml, `.env` and others beside it. */
const read = (text: string, others: Record<string, string> = {}) =>
  readProject('compose.yaml', [], { 'compose.yaml': text, ...others });

describe('a project of realistic shape', () => {
  const file = readProject('shop/compose.yaml', ['shop/compose.override.yaml']);
  const builds = briefs(file);

  test('has the builds of all profiles, of what it extends and of what it includes', () => {
    expect(Object.keys(builds).toSorted()).toEqual([
      'api',
      'api-debug',
      'checks',
      'migrate',
      'reports',
      'seed',
      'worker',
    ]);
    expect(file.problems).toEqual([]);
    expect(file.notes).toEqual([]);
  });

  test('anchors and merge keys, and the file that is merged over it', () => {
    expect(builds.api).toEqual({
      context: 'shop/api',
      dockerfile: 'shop/api/Dockerfile',
      target: 'runtime',
      args: { DEBUG: 'true', EXTRA: 'from-override', PIP_INDEX: 'internal', PYTHON_VERSION: '3.12', WORKERS: '4' },
    } satisfies Brief);
    expect(builds['api-debug']).toMatchObject({ target: undefined, args: { DEBUG: 'true', PYTHON_VERSION: '3.12' } });
    expect(builds['api-debug']?.args).not.toHaveProperty('EXTRA');
  });

  test('what is extended counts from its own file; .env fills in', () => {
    expect(builds.worker).toEqual({
      context: 'shop/worker',
      dockerfile: 'shop/worker/Containerfile.worker',
      target: 'slim',
      args: { QUEUE: 'orders', RELEASE: '2026.11', RETRIES: '3' },
    } satisfies Brief);
    expect(builds.reports).toMatchObject({ context: 'shop/tools/reports' });
    expect(builds.checks).toMatchObject({ context: 'shop/tools', args: { CHANNEL: 'stable', LEVEL: 'strict' } });
  });

  test('a Dockerfile that stands in the file', () => {
    expect(builds.migrate?.inline).toContain('RUN echo "for $USER of acme" > /etc/motd\n');
    expect(builds.seed?.inline).toBe(builds.migrate?.inline);
    expect(file.builds.find(({ name }) => name === 'migrate')?.settings.contexts).toEqual(
      new Map([
        ['base', 'python:3.13-slim'],
        ['shared', undefined],
      ]),
    );
  });
});

test('without a file over it, and without what .env says', () => {
  expect(briefs(readProject('shop/compose.yaml')).worker).toMatchObject({ target: 'full' });
  const { builds } = read('services: { a: { build: { context: ., args: { X: "${X}-1", Y: } } } }');
  // What has no value is the environment's.
  expect(builds[0]?.settings.args).toEqual(
    new Map([
      ['X', { text: '${X}-1', known: false }],
      ['Y', { text: '${Y}', known: false }],
    ]),
  );
});

test('build in short, and by default', () => {
  const { a, b } = briefs(read('services: { a: { build: ./x }, b: { build: { dockerfile: docker/Dockerfile } } }'));
  expect(a).toMatchObject({ context: 'x', dockerfile: 'x/Dockerfile' });
  expect(b).toMatchObject({ context: '.', dockerfile: 'docker/Dockerfile' });
});

test('!reset and !override', () => {
  const merge = (first: string, second: string) =>
    briefs(
      readProject('compose.yaml', ['o.yaml'], {
        'compose.yaml': `services: ${first}`,
        'o.yaml': `services: ${second}`,
      }),
    );
  expect(merge('{ a: { build: { context: a, target: t } } }', '{ a: { build: !override { context: z } } }')).toEqual({
    a: { context: 'z', dockerfile: 'z/Dockerfile', target: undefined, args: {} },
  });
  expect(merge('{ a: { build: a } }', '{ a: { build: !reset null } }')).toEqual({});
  expect(merge('{ a: { build: a }, b: { build: b } }', '{ a: !reset null }')).toMatchObject({ b: { context: 'b' } });
  const first = '{ a: { build: { target: dev, args: { A: 1 } } } }';
  expect(merge(first, '{ a: { build: { target: !reset null, args: { B: 2 } } } }').a).toMatchObject({
    target: undefined,
    args: { A: '1', B: '2' },
  });
  expect(merge(first, '{ a: { build: { args: !override { B: 2 } } } }').a).toMatchObject({
    target: 'dev',
    args: { B: '2' },
  });
});

test('an empty text of a later file clears the earlier one', () => {
  const texts = {
    'compose.yaml': 'services: { a: { build: { context: x, target: t, dockerfile: D } } }',
    'o.yaml': 'services: { a: { build: { target: "", dockerfile: "" } } }',
  };
  expect(briefs(readProject('compose.yaml', ['o.yaml'], texts)).a).toMatchObject({
    context: 'x',
    dockerfile: 'x/Dockerfile',
    target: undefined,
  });
});

describe('numbers as Compose passes them on', () => {
  // `docker compose config` of 2.40.
  const cases: [string, string][] = [
    ['4', '4'],
    ['3.10', '3.1'],
    ['3.12', '3.12'],
    ['0777', '511'],
    ['0o17', '15'],
    ['08', '8'],
    ['0b11', '3'],
    ['0x1F', '31'],
    ['1_000', '1000'],
    ['+5', '5'],
    ['1000000.0', '1e+06'],
    ['1234567.25', '1.23456725e+06'],
    ['123456.7', '123456.7'],
    ['1e3', '1000'],
    ['5e-7', '5e-07'],
    ['.5', '0.5'],
    ['12345678901234567890123', '1.2345678901234568e+22'],
    ['1e400', '1e400'],
    ['"3.10"', '3.10'],
    ['true', 'true'],
    ['1.2.3', '1.2.3'],
  ];
  for (const [written, text] of cases)
    test(written, () =>
      expect(briefs(read(`services: { a: { build: { args: { X: ${written} } } } }`)).a?.args.X).toBe(text),
    );
});

test('the documents of a file are merged', () => {
  expect(briefs(read('services: { a: { build: a } }\n---\nservices: { b: { build: b } }\n'))).toMatchObject({
    a: { context: 'a' },
    b: { context: 'b' },
  });
});

test('an empty text is as good as none', () => {
  const { a } = briefs(
    read('services: { a: { build: { context: "", dockerfile: "", target: "${T:-}", args: { X: "" } } } }'),
  );
  expect(a).toEqual({ context: '.', dockerfile: 'Dockerfile', target: undefined, args: { X: '' } });
});

describe('include', () => {
  const texts = {
    'sub/compose.yaml': 'services: { b: { build: { args: { A: "$A", B: "$B" } } } }',
    'sub/.env': 'A=inner\nB=inner\n',
    '.env': 'A=outer\n',
  };

  test('paths count from the file that is included; the variables of the file around it hold', () => {
    expect(briefs(read('include: [sub/compose.yaml]', texts)).b).toEqual({
      context: 'sub',
      dockerfile: 'sub/Dockerfile',
      target: undefined,
      args: { A: 'outer', B: 'inner' },
    });
  });

  test('env_file and project_directory', () => {
    const text = 'include: [{ path: sub/compose.yaml, project_directory: ., env_file: other.env }]';
    expect(briefs(read(text, { ...texts, 'other.env': 'B=other\n' })).b).toMatchObject({
      context: '.',
      args: { A: 'outer', B: 'other' },
    });
  });
});

describe('.env', () => {
  // As `docker compose config` of 2.40 fills them in.
  const cases: [string, string | undefined][] = [
    ['A=x', 'x'],
    ['export A=x', 'x'],
    ['A: x', 'x'],
    ['\ufeffA=x', 'x'],
    ['  A = x y  ', 'x y'],
    ['A=x#c', 'x#c'],
    ['A=x # c', 'x'],
    ["A='x # $B' # c", 'x # $B'],
    ['A="x # c"', 'x # c'],
    ['A="x\\"y"', 'x"y'],
    ['A="a\\tb\\$B"', 'a\tb$B'],
    ['A=`x`', '`x`'],
    ['A="two\nlines"', 'two\nlines'],
    ['B=1\nA=$B-${B}', '1-1'],
    ['B=1\nA=${C:-$B}', '1'],
    ["B='$C'\nA=$B", '$C'],
    // What is not set there may be set elsewhere.
    ['A=$B\nB=1', undefined],
    ['# A=x', undefined],
  ];
  for (const [text, value] of cases)
    test(JSON.stringify(text), () => expect(readEnvFile(text, new Map()).get('A')).toBe(value));

  test('what would fill the memory is not known', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `V${index + 1}=\${V${index}}\${V${index}}`);
    expect(readEnvFile(`V0=xxxxxxxx\n${lines.join('\n')}\n`, new Map()).get('V40')).toBeUndefined();
  });
});

describe('is said, not passed over:', () => {
  const cases: [string, string, string][] = [
    [
      'a version that YAML reads as a number',
      'services:\n  a:\n    build: { context: ., args: { PY: 3.10 } }',
      'compose.yaml:3: PY: 3.10 is a number in YAML, and the build gets 3.1: put it in quotes',
    ],
    [
      'a context elsewhere',
      'services: { a: { build: "https://example.org/a.git#main" } }',
      'compose.yaml:1: service a: left out: it is built from https://example.org/a.git#main',
    ],
    [
      'a context that is not known',
      'services: { a: { build: { context: "$DIR/x" } } }',
      'compose.yaml:1: service a: left out: the value of DIR is not known: give it a default, or set it in .env',
    ],
  ];
  for (const [title, text, note] of cases) test(title, () => expect(read(text).notes).toEqual([note]));

  test('other numbers are no trap', () => {
    expect(read('services: { a: { build: { context: ., args: { A: 3.12, B: 4, C: "3.10" } } } }').notes).toEqual([]);
  });

  test('a Dockerfile in another file', () => {
    const { builds, notes } = read('services: { a: { extends: { file: o.yaml, service: b } } }', {
      'o.yaml': 'services:\n  b:\n    build:\n      dockerfile_inline: FROM scratch\n',
    });
    expect(builds).toEqual([]);
    expect(notes).toEqual(['o.yaml:4: service a: left out: its Dockerfile stands in o.yaml: check that file']);
  });

  test('what does not read, and what is not there', () => {
    expect(read('services: [a: b').problems).toEqual([expect.stringMatching(/^compose\.yaml:1:\d+: \S.*/)]);
    expect(read('services: { a: { extends: { file: gone.yaml, service: b } } }').problems).toEqual([
      'compose.yaml:1: gone.yaml: no such file or directory',
    ]);
  });

  test('what is included or extended elsewhere, or is not there', () => {
    const { notes } = read(
      'include: ["$WHERE/c.yaml", "https://example.org/c.git"]\nservices: { a: { extends: gone } }',
    );
    expect(notes).toEqual([
      'compose.yaml:1: left out: the value of WHERE is not known: give it a default, or set it in .env',
      'compose.yaml:1: left out: https://example.org/c.git is elsewhere',
      'compose.yaml:2: service a: there is no service gone to extend',
    ]);
  });

  test('a local directory that ends in .git is none elsewhere', () => {
    expect(briefs(read('services: { a: { build: ./a.git } }')).a).toMatchObject({ context: 'a.git' });
  });

  test('aliases of aliases, and files that include themselves, end', () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `x${level + 1}: &x${level + 1} [${'*x'.concat(`${level}, `).repeat(10)}]`,
    );
    const text = `x0: &x0 [a]\n${levels.join('\n')}\nservices: { a: { build: a } }\ninclude: [${'compose.yaml, '.repeat(9)}]\n`;
    expect(Object.keys(briefs(read(text)))).toEqual(['a']);
  });

  test('files that go round in circles end', () => {
    const text = 'services: { a: { extends: b, build: . }, b: { extends: a } }\ninclude: [compose.yaml]\nx: &x [*x]\n';
    expect(Object.keys(briefs(read(text)))).toEqual(['a', 'b']);
  });
});

describe('interpolation', () => {
  const values: Record<string, string> = { SET: 'value', EMPTY: '', OTHER: 'more' };
  const cases: [string, string, string[]?][] = [
    ['$SET', 'value'],
    ['${SET}', 'value'],
    ['a$SET-b', 'avalue-b'],
    ['$$SET $${SET}', '$SET ${SET}'],
    ['${GONE:-none}', 'none'],
    ['${GONE-none}', 'none'],
    ['${EMPTY:-none}', 'none'],
    ['${EMPTY-none}', ''],
    ['${GONE:-${OTHER}s}', 'mores'],
    ['${GONE:-${FAR:-x}}', 'x'],
    ['${SET:+yes}', 'yes'],
    ['${EMPTY:+yes}', ''],
    ['${SET:?must be set}', 'value'],
    ['$GONE/x', '${GONE}/x', ['GONE']],
    ['${GONE:?must be set}', '${GONE}', ['GONE']],
    ['${GONE:+yes}', '${GONE}', ['GONE']],
    ['100 $ and $1', '100 $ and $1'],
  ];
  test('defaults of defaults without end', () => {
    const deep = `${'${A:-'.repeat(5000)}x${'}'.repeat(5000)}`;
    expect(interpolate(deep, () => undefined).unknown).toEqual(['A']);
  });

  for (const [text, expected, unknown = []] of cases)
    test(text, () => {
      const read = interpolate(text, (name) => values[name]);
      expect(read.text).toBe(expected);
      expect(read.unknown).toEqual(unknown);
    });
});
