import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROJECTS } from '../builds/read.ts';

const bin = join(import.meta.dirname, '../../bin/plimsoll.js');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-builds-'));
  mkdirSync(join(folder, '.git'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const read = (path: string) => readFileSync(join(folder, path), 'utf8');

function lint(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'lint', ...args], {
    cwd: folder,
    input,
    encoding: 'utf8',
    env: { PATH: '' },
  });
  return { code: status, out: stdout.trimEnd().split('\n').filter(Boolean), err: stderr.trimEnd().split('\n') };
}

/** What was found, a word each: the place and the rule. */
const found = (args: readonly string[]) =>
  lint([...args, '--format', 'concise']).out.map((line) => line.replace(/^(\S+): (\w+) (\S+) .*$/, '$1 $3'));

const CACHE = 'RUN pip install flask==3.1.0';
const STAGES = `FROM python:3.13-slim AS dev\n${CACHE}\nFROM python:3.13-slim AS prod\n${CACHE}\n`;

describe('a Compose file as entry point', () => {
  test('a project: its Dockerfiles, and the one that stands in it', () => {
    cpSync(join(PROJECTS, 'shop'), folder, { recursive: true });
    expect(found(['compose.yaml'])).toEqual([
      'compose.yaml:52:13 pip-cache-in-layer',
      'compose.yaml:54:14 home-unset',
      'tools/reports/Dockerfile:2:5 pip-cache-in-layer',
      'api/Dockerfile:12:6 home-unset',
      'api/Dockerfile:16:5 pip-cache-in-layer',
      'api/Dockerfile:16:37 unpinned-install',
      'worker/Containerfile.worker:2:5 pip-cache-in-layer',
    ]);
  });

  test('is judged by the target: a plain build is none of its builds', () => {
    write('Dockerfile', STAGES);
    write('compose.yaml', 'services: { a: { build: { context: ., target: dev } } }\n');
    expect(found(['Dockerfile'])).toEqual(['Dockerfile:4:5 pip-cache-in-layer']);
    expect(found(['compose.yaml'])).toEqual(['Dockerfile:2:5 pip-cache-in-layer']);
    expect(found(['Dockerfile', 'compose.yaml'])).toEqual([
      'Dockerfile:2:5 pip-cache-in-layer',
      'Dockerfile:4:5 pip-cache-in-layer',
    ]);
  });

  test('says which builds of a stage show something', () => {
    write('Dockerfile', 'ARG BASE=python:3.13-slim\nFROM ${BASE}\nCMD python -m app\n');
    write(
      'compose.yaml',
      'services: { web: { build: . }, lean: { build: { context: ., args: { BASE: fedora:43 } } } }\n',
    );
    expect(lint(['compose.yaml']).out).toContain('  in   the build of web, not in others of this stage');
    const { files } = JSON.parse(lint(['compose.yaml', '--format', 'json']).out.join('\n'));
    expect(JSON.stringify(files)).not.toContain('lean');
  });

  test('takes the files of the context that it names', () => {
    write('api/Dockerfile', 'FROM python:3.13-slim\nCOPY app.py /srv/\n');
    write('.dockerignore', 'app.py\n');
    write('compose.yaml', 'services: { a: { build: { context: ., dockerfile: api/Dockerfile } } }\n');
    expect(found(['api/Dockerfile', '--select', 'copy-ignored-file'])).toEqual([]);
    expect(found(['compose.yaml', '--select', 'copy-ignored-file'])).toHaveLength(1);
  });
});

const INLINE = `services:
  a:
    build:
      context: .
      # The Dockerfile.
      dockerfile_inline: |
        FROM python:\${TAG:-3.13}-slim

        ${CACHE}
        CMD python $$HOME/app.py
`;

describe('a Dockerfile that stands in another file', () => {
  beforeEach(() => write('compose.yaml', INLINE));

  test('is found in a directory too', () => {
    const all = ['compose.yaml:9:13 pip-cache-in-layer', 'compose.yaml:10:13 entrypoint-no-exec'];
    expect(found(['.'])).toEqual(all);
    expect(found(['compose.yaml'])).toEqual(all);
    write('other/docker-compose.yml', 'services: { a: { build: ./gone } }\n');
    expect(found(['.'])).toEqual(all);
  });

  test('is mended in its place, every other byte kept', () => {
    expect(lint(['compose.yaml', '--fix']).err.at(-1)).toMatch(/^Mended 2 problems, 0 left\./);
    expect(read('compose.yaml')).toBe(
      INLINE.replace('pip install', 'pip install --no-cache-dir').replace('CMD python', 'CMD exec python'),
    );
    write('compose.yaml', INLINE);
    expect(lint(['compose.yaml', '--diff']).out).toContain('+        CMD exec python $$HOME/app.py');
  });

  test('is silenced in its place', () => {
    expect(lint(['compose.yaml', '--add-suppressions', '--reason', 'as it is']).err.at(-1)).toMatch(
      /^Silenced 2 problems with comments, 0 left\./,
    );
    expect(read('compose.yaml')).toContain(
      `\n        # plimsoll: ignore[pip-cache-in-layer] as it is\n        ${CACHE}\n        # plimsoll: ignore[entrypoint-no-exec] as it is\n        CMD`,
    );
    expect(found(['compose.yaml'])).toEqual([]);
  });

  test('is known by a baseline', () => {
    lint(['.', '--baseline', 'known.json', '--update-baseline']);
    write('compose.yaml', `# One more line.\n${INLINE}`);
    expect(lint(['.', '--baseline', 'known.json'])).toMatchObject({ code: 0, out: [] });
  });

  test('is left out by a hook where it has none in it', () => {
    expect(lint(['compose.yaml', '--force-exclude', '--format', 'concise']).out).toHaveLength(2);
    write('compose.yaml', 'services: { a: { build: ./gone } }');
    expect(lint(['compose.yaml', '--force-exclude'])).toMatchObject({ code: 0, err: [''] });
  });

  test('is read from standard input', () => {
    const { out, code } = lint(['-', '--stdin-filename', 'compose.yaml', '--format', 'concise'], INLINE);
    expect([out.length, code]).toEqual([2, 1]);
    expect(lint(['-', '--stdin-filename', 'compose.yaml', '--fix'], INLINE).out.join('\n')).toContain(
      'CMD exec python',
    );
  });

  test('has its places in every report', () => {
    const sarif = JSON.parse(lint(['.', '--format', 'sarif']).out.join('\n'));
    const places = sarif.runs[0].results.map(
      ({ locations: [{ physicalLocation }] }: { locations: [{ physicalLocation: object }] }) => physicalLocation,
    );
    expect(places).toMatchObject([
      { artifactLocation: { uri: 'compose.yaml' }, region: { startLine: 9, startColumn: 13 } },
      { artifactLocation: { uri: 'compose.yaml' }, region: { startLine: 10, startColumn: 13 } },
    ]);
  });
});

describe('files that are merged', () => {
  test('the first override in the order of Compose, and one with a Dockerfile in it on its own', () => {
    write('Dockerfile', STAGES);
    write('compose.yaml', 'services: { a: { build: . } }');
    write('docker-compose.override.yml', 'services: { a: { build: { target: dev } } }');
    expect(found(['compose.yaml'])).toEqual(['Dockerfile:2:5 pip-cache-in-layer']);
    write('compose.override.yaml', 'services: { a: { build: { target: prod } } }');
    expect(found(['compose.yaml'])).toEqual(['Dockerfile:4:5 pip-cache-in-layer']);
    expect(found(['compose.yaml', 'compose.override.yaml'])).toEqual(['Dockerfile:4:5 pip-cache-in-layer']);
    write('compose.override.yaml', INLINE);
    expect(found(['compose.yaml', 'compose.override.yaml'])).toContain('compose.override.yaml:9:13 pip-cache-in-layer');
  });

  test('a variant that is named behind it is merged over it, as with -f', () => {
    write('app/Dockerfile', STAGES);
    write('compose.yaml', 'services: { a: { build: { context: app, target: prod } } }');
    write('compose.override.yaml', 'services: { a: { build: { target: nothing } } }');
    write('compose.dev.yaml', 'services: { a: { build: { target: dev } } }');
    expect(found(['compose.yaml', 'compose.dev.yaml'])).toEqual(['app/Dockerfile:2:5 pip-cache-in-layer']);
  });

  test('what is found in a directory, and named as well, in any order', () => {
    write('compose.yaml', `${INLINE}  b:\n    build: api\n`);
    write('api/Dockerfile', STAGES);
    const all = found(['.']).toSorted();
    expect(found(['.', 'compose.yaml']).toSorted()).toEqual(all);
    expect(found(['compose.yaml', '.']).toSorted()).toEqual(all);
  });

  test('one .dockerignore of several builds is changed once', () => {
    write('.venv/pyvenv.cfg', '');
    write('Dockerfile', 'FROM python:3.13-slim\nCOPY . /srv\n');
    write('requirements.txt', '');
    write('compose.yaml', 'services: { a: { build: . }, b: { build: { context: ., args: { X: 1 } } } }');
    const { out } = lint(['compose.yaml', '--diff']);
    expect(out.filter((line) => line === '+.venv')).toHaveLength(1);
  });
});

describe('a Bake file as entry point', () => {
  beforeEach(() => cpSync(join(PROJECTS, 'wheels'), folder, { recursive: true }));

  test('in HCL and in JSON', () => {
    expect(found(['docker-bake.hcl'])).toEqual(['docker-bake.hcl:71:9 pip-cache-in-layer']);
    expect(found(['images.json'])).toEqual(['images.json:16:66 pip-cache-in-layer']);
  });

  test('is mended in its place', () => {
    const [hcl, json] = [read('docker-bake.hcl'), read('images.json')];
    lint(['docker-bake.hcl', 'images.json', '--fix']);
    expect(read('docker-bake.hcl')).toBe(hcl.replace('pip install sphinx', 'pip install --no-cache-dir sphinx'));
    expect(read('images.json')).toBe(json.replace('pip install httpx', 'pip install --no-cache-dir httpx'));
  });
});

describe('mistakes: one clear line and exit code 2', () => {
  const cases: [string, string, string][] = [
    [
      'no such Dockerfile',
      'services: { a: { build: ./gone } }',
      'plimsoll: compose.yaml: service a: its Dockerfile cannot be read: gone/Dockerfile',
    ],
    [
      'no such stage',
      'services: { a: { build: { context: ., target: prd } } }',
      'plimsoll: compose.yaml: service a: Dockerfile: there is no stage "prd"; did you mean "prod"?',
    ],
    [
      'nothing to build',
      'services: { a: { image: x } }',
      'plimsoll: compose.yaml: nothing is built here (no service has a `build:`)',
    ],
    [
      'no YAML',
      'services: [',
      'plimsoll: compose.yaml:1:12: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ];
  for (const [title, text, line] of cases)
    test(title, () => {
      write('Dockerfile', STAGES);
      write('compose.yaml', text);
      const { code, err } = lint(['compose.yaml']);
      expect(err[0]).toBe(line);
      expect(code).toBe(2);
    });

  test('a stage that a Dockerfile in the file does not have', () => {
    write(
      'compose.yaml',
      `services:\n  a:\n    build:\n      target: prd\n      dockerfile_inline: |\n${STAGES.replace(/^/gm, '        ')}\n`,
    );
    expect(lint(['compose.yaml'])).toMatchObject({
      code: 2,
      err: ['plimsoll: compose.yaml: service a: there is no stage "prd"; did you mean "prod"?', expect.anything()],
    });
  });

  test('options for plain builds where there is none', () => {
    write('Dockerfile', STAGES);
    write('compose.yaml', 'services: { a: { build: . } }');
    const { code, err } = lint(['compose.yaml', '--target', 'dev']);
    expect([code, err[0]]).toEqual([
      2,
      'plimsoll: --target, --build-arg and --context are for Dockerfiles: files of Compose and Bake say it of their builds',
    ]);
  });

  test('a file that is only found: what does not read is told, what it builds elsewhere is not its matter', () => {
    write('Dockerfile', STAGES);
    write('compose.yaml', '# dockerfile_inline\nservices: [');
    expect(lint(['.']).err[0]).toMatch(/^plimsoll: compose\.yaml:2:\d+: /);
    write('compose.yaml', '# dockerfile_inline\nservices: { a: { build: ./gone } }');
    expect(lint(['.'])).toMatchObject({ code: 1 });
    rmSync(join(folder, 'Dockerfile'));
    expect(lint(['.']).err).toEqual([expect.stringMatching(/^plimsoll: \.: no Dockerfile here/)]);
  });

  test('the configuration excludes what is built', () => {
    write('api/Dockerfile', STAGES);
    write('plimsoll.yaml', 'exclude: [api/]\n');
    write('compose.yaml', 'services: { a: { build: api } }');
    expect(lint(['compose.yaml'])).toMatchObject({
      code: 2,
      err: ['plimsoll: compose.yaml: the configuration excludes all 1 Dockerfiles that it builds'],
    });
  });

  test('the rest counts all the same', () => {
    write('Dockerfile', STAGES);
    write('compose.yaml', 'services: { a: { build: ./gone }, b: { build: . } }');
    const { code, out } = lint(['compose.yaml', '--format', 'concise']);
    expect(out).toHaveLength(1);
    expect(code).toBe(2);
  });
});

describe('--target, --build-arg and --context', () => {
  beforeEach(() => write('Dockerfile', STAGES));

  test('a stage', () => {
    expect(found(['Dockerfile', '--target', 'dev'])).toEqual(['Dockerfile:2:5 pip-cache-in-layer']);
    expect(lint(['Dockerfile', '--target', 'prd'])).toMatchObject({
      code: 2,
      err: ['plimsoll: Dockerfile: there is no stage "prd"; did you mean "prod"?'],
    });
  });

  test('an argument', () => {
    write('Dockerfile', 'ARG BASE=python:3.13-slim\nFROM ${BASE}\nCMD python -m app\n');
    expect(found(['Dockerfile'])).toHaveLength(1);
    expect(found(['Dockerfile', '--build-arg', 'BASE=fedora:43'])).toEqual([]);
  });

  test('a context', () => {
    write('sub/Dockerfile', 'FROM python:3.13-slim\nCOPY app.py /srv/\n');
    write('.dockerignore', 'app.py\n');
    expect(found(['sub/Dockerfile', '--select', 'copy-ignored-file'])).toEqual([]);
    expect(found(['sub/Dockerfile', '--select', 'copy-ignored-file', '--context', '.'])).toHaveLength(1);
    expect(lint(['.', '--context', 'gone'])).toMatchObject({
      code: 2,
      err: ['plimsoll: --context gone: not a directory'],
    });
  });
});
