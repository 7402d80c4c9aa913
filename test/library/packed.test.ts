import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';

// The package as users get it: packed by npm, installed in an empty project. It depends on nothing, so no registry is asked.

const root = join(import.meta.dirname, '../..');
const project = mkdtempSync(join(tmpdir(), 'plimsoll-packed-'));
const TEXT = 'FROM python:3.13-slim\nRUN pip install flask==3.1.0\n';

function run(command: string, args: readonly string[], cwd = project) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, npm_config_offline: 'true', NO_COLOR: '1' },
  });
  return { status, stdout, stderr };
}

/** What a script in the project prints, as JSON. */
function script(name: string, text: string): unknown {
  writeFileSync(join(project, name), text);
  const { status, stdout, stderr } = run(process.execPath, [name]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

beforeAll(async () => {
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  expect(run('npm', ['pack', '--silent', '--pack-destination', project], root).stderr).toBe('');
  const [tarball = ''] = readdirSync(project).filter((name) => name.endsWith('.tgz'));
  expect(run('npm', ['install', '--silent', `./${tarball}`])).toEqual({ status: 0, stdout: '', stderr: '' });
  mkdirSync(join(project, 'service'));
  writeFileSync(join(project, 'service/Dockerfile'), TEXT);
}, 60_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

test('the program is there', () => {
  const { status, stdout } = run('npx', ['--no-install', 'plimsoll', 'lint', '--format', 'concise', '.']);
  expect([status, stdout]).toEqual([1, expect.stringMatching(/^service\/Dockerfile:2:5: warning pip-cache-in-layer /)]);
});

test('lint and fix, imported by a module', () => {
  const found = script(
    'lint.mjs',
    `import { fix, lint, rules, version } from 'plimsoll';
     const text = ${JSON.stringify(TEXT)};
     const { text: mended, mended: what, findings: left } = fix(text);
     console.log(JSON.stringify({ version, count: rules().length > 100, findings: lint(text).findings,
       off: lint(text, { rules: { DL3042: 'off' } }).findings, error: lint(text, { rules: { 'pip-cache-in-layer': 'error' } }).findings[0].severity,
       mended, what, left }));`,
  );
  expect(found).toEqual({
    version: '0.1.0',
    count: true,
    findings: [
      expect.objectContaining({
        rule: 'pip-cache-in-layer',
        path: 'Dockerfile',
        range: {
          start: { line: 2, column: 5, offset: TEXT.indexOf('pip') },
          end: { line: 2, column: 29, offset: TEXT.length - 1 },
        },
      }),
    ],
    off: [],
    error: 'error',
    mended: TEXT.replace('install', 'install --no-cache-dir'),
    what: [expect.objectContaining({ rule: 'pip-cache-in-layer', applicability: 'safe' })],
    left: [],
  });
});

test('names that mean nothing are told with the nearest right one', () => {
  const messages = script(
    'wrong.cjs',
    `const { lint } = require('plimsoll');
     const message = (options) => { try { lint('FROM scratch', options); } catch (error) { return error.name + ': ' + error.message; } };
     console.log(JSON.stringify([{ preset: 'al' }, { rules: { DL3O42: 'off' } }, { rules: { 'copy-whole-root': { strikt: true } } },
       { select: ['pip-cache-in-layr'] }, { presets: 'all' }].map(message)));`,
  ) as string[];
  for (const message of messages) expect(message).toMatch(/^UsageError: .*did you mean \S+\?$/);
});

test('values of another type are told; undefined stands for left out', () => {
  const [messages, found] = script(
    'types.mjs',
    `import { fix, inspect, lint } from 'plimsoll';
     const text = ${JSON.stringify(TEXT)};
     const told = async (call) => { try { await call(); } catch (error) { return error.name + ': ' + error.message; } };
     const wrong = [() => lint(), () => lint(Buffer.from('x')), () => lint(text, null), () => lint(text, { select: 'marker' }),
       () => lint(text, { select: [3] }), () => lint(text, { pedantic: 'no' }), () => lint(text, { context: 'nowhere' }),
       () => lint(text, { context: 'package.json' }), () => lint(text, { path: null }), () => lint(text, { rules: ['x'] }),
       () => fix(text, { unsafe: 1 }), () => inspect(), () => inspect('image.tar', { baseLayers: -3 }),
       () => inspect('image.tar', { dockerfile: {} }), () => lint(text, { target: 1 }), () => lint(text, { buildArgs: { A: 1 } }), () => inspect('image.tar', { dockerfile: { text, target: 1 } })];
     const left = { preset: undefined, rules: { 'pip-cache-in-layer': undefined }, select: undefined, path: undefined, context: undefined };
     console.log(JSON.stringify([await Promise.all(wrong.map(told)), lint(text, left).findings.length]));`,
  ) as [string[], number];
  for (const message of messages) expect(message).toMatch(/^UsageError: (?:\w+|the options) ha(?:s|ve) to be [^\n]+$/);
  expect(found).toBe(1);
});

test('a directory that the build sends along is looked into', () => {
  const [without, within] = script(
    'context.mjs',
    `import { mkdirSync, writeFileSync } from 'node:fs';
     import { lint } from 'plimsoll';
     mkdirSync('venv-project/.venv', { recursive: true });
     writeFileSync('venv-project/.venv/pyvenv.cfg', 'home = /usr/bin\\n');
     const text = 'FROM python:3.13-slim\\nCOPY . /app\\n';
     const rules = (options) => lint(text, options).findings.map(({ rule }) => rule);
     console.log(JSON.stringify([rules({}), rules({ context: 'venv-project' })]));`,
  ) as string[][];
  expect(without).not.toContain('venv-from-context');
  expect(within).toContain('venv-from-context');
});

test('the stage that is built, and the arguments of the build', () => {
  const found = script(
    'build.mjs',
    `import { fix, lint } from 'plimsoll';
     const text = 'ARG BASE=python:3.13-slim\\nFROM \${BASE} AS one\\nRUN pip install flask==3.1.0\\nFROM scratch\\nCOPY --from=one /x /x\\n';
     const rules = (options) => lint(text, { select: ['pip-cache-in-layer', 'base-pip-install'], ...options }).findings.map(({ rule }) => rule);
     const told = (options) => { try { lint(text, options); } catch (error) { return error.name + ': ' + error.message; } };
     console.log(JSON.stringify([rules({}), rules({ target: 'one' }), rules({ target: 'one', buildArgs: { BASE: 'debian:13' } }),
       fix(text, { target: 'one', select: ['pip-cache-in-layer'] }).text.includes('--no-cache-dir'), told({ target: 'on' })]));`,
  );
  expect(found).toEqual([
    [],
    ['pip-cache-in-layer'],
    expect.arrayContaining(['base-pip-install']),
    true,
    'UsageError: there is no stage "on"; did you mean "one"?',
  ]);
});

test('the program of the package reads files of Compose and Bake', () => {
  writeFileSync(join(project, 'Dockerfile'), TEXT);
  writeFileSync(join(project, 'docker-bake.hcl'), 'target "a" {\n  args = { X = upper("x") }\n}\n');
  writeFileSync(join(project, 'compose.yaml'), 'services: { a: { build: . } }\n');
  for (const file of ['docker-bake.hcl', 'compose.yaml']) {
    const program = join(project, 'node_modules/plimsoll/bin/plimsoll.js');
    const { stdout, status } = run(process.execPath, [program, 'lint', file, '--format', 'concise']);
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^Dockerfile:2:5: warning pip-cache-in-layer/)]);
  }
});

test('inspect reads an image, alone and with its Dockerfile', async () => {
  const layer = pack();
  layer.entry({ name: 'usr/bin/python3.13', mode: 0o755 }, 'x');
  layer.entry({ name: 'usr/lib/python3.13/os.py' }, 'x');
  layer.finalize();
  const layerBytes = await buffer(layer);
  const diffId = `sha256:${createHash('sha256').update(layerBytes).digest('hex')}`;
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { User: '1001' },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created_by: 'COPY python / # buildkit' }, { created_by: 'USER 1001', empty_layer: true }],
  };
  const image = pack();
  image.entry({ name: 'manifest.json' }, JSON.stringify([{ Config: 'c.json', RepoTags: ['a:1'], Layers: ['l.tar'] }]));
  image.entry({ name: 'c.json' }, JSON.stringify(config));
  image.entry({ name: 'l.tar' }, layerBytes);
  image.finalize();
  writeFileSync(join(project, 'image.tar'), await buffer(image));
  const [alone, joined, missing] = script(
    'inspect.mjs',
    `import { inspect } from 'plimsoll';
     const dockerfile = { text: '# plimsoll: ignore-file[no-such-rule] until=2020-01-01 it was so\\nFROM scratch\\nCOPY python /\\nUSER 1001\\n' };
     console.log(JSON.stringify([await inspect('image.tar'), await inspect('image.tar', { dockerfile }),
       await inspect('gone.tar').catch((error) => error.name + ': ' + error.message)]));`,
  ) as [Record<string, unknown>, Record<string, unknown>, string];
  expect(alone).toMatchObject({
    image: { reference: 'a:1', size: { total: 2 }, python: { interpreters: [{ path: '/usr/bin/python3.13' }] } },
    summary: { files: 0 },
    failures: [],
  });
  expect(joined).toMatchObject({ summary: { files: 1 } });
  // The comments of the Dockerfile are judged as lint judges them.
  const rules = (joined.findings as { rule: string }[]).map(({ rule }) => rule);
  expect(rules).toEqual(expect.arrayContaining(['ignore-expired']));
  expect(joined).not.toHaveProperty('misfit');
  expect(missing).toBe('UsageError: gone.tar: no such file or directory');
});

test('its types hold for modules and for CommonJS', () => {
  const source = `import { fix, inspect, lint, type LintOptions, type LintResult } from 'plimsoll';
     const options: LintOptions = { preset: 'all', rules: { general: 'off', 'copy-whole-root': { severity: 'error', strict: true } } };
     const result: LintResult = lint('FROM scratch', options);
     export const line: number | undefined = result.findings[0]?.range.start.line;
     export const text: string = fix('FROM scratch', { unsafe: true }).text;
     export const wasted: Promise<number> = inspect('x').then(({ image }) => image.size.wasted);
     lint('', { preset: undefined, rules: undefined, path: undefined });
     inspect('x', { image: undefined, baseLayers: undefined });
     // @ts-expect-error: no such preset
     lint('', { preset: 'some' });
     // @ts-expect-error: a text is needed
     lint();\n`;
  writeFileSync(join(project, 'module.mts'), source);
  writeFileSync(join(project, 'common.cts'), source);
  const options = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--module',
    'nodenext',
    '--types',
    '',
    '--target',
    'es2023',
  ];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  expect(run(process.execPath, [tsc, ...options, 'module.mts', 'common.cts'])).toEqual({
    status: 0,
    stdout: '',
    stderr: '',
  });
});
