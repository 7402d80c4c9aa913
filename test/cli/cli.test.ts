import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HELP_COMMANDS } from '../../src/cli/help.ts';
import { OPTIONS } from '../../src/cli/options.ts';

// The bundle as users run it: a copy in a folder of its own, with no node_modules in sight.
const root = join(import.meta.dirname, '../..');
let folder = '';
let bin = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-cli-'));
  cpSync(join(root, 'bin'), join(folder, '.tool/bin'), { recursive: true });
  bin = join(folder, '.tool/bin/plimsoll.js');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function plimsoll(args: readonly string[], input?: string | Buffer, env: Record<string, string> = {}): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    input: input ?? '',
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  return { code: status, out: stdout, err: stderr };
}

function write(path: string, text: string | Buffer): string {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  return path;
}

const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const CACHE = 'FROM python:3.13-slim\nRUN pip install flask==3.1.0\n';
const CLEAN = 'FROM python:3.13-slim\nRUN pip install --no-cache-dir flask==3.1.0\n';

describe('exit codes', () => {
  test('0 nothing found, 1 findings, whatever the format', () => {
    write('clean/Dockerfile', CLEAN);
    write('bad/Dockerfile', CACHE);
    for (const format of ['text', 'concise', 'json', 'sarif', 'github']) {
      expect(plimsoll(['lint', 'clean', '--format', format]).code, format).toBe(0);
      expect(plimsoll(['lint', 'bad', '--format', format]).code, format).toBe(1);
    }
  });

  test('--fail-on says from where', () => {
    write('Dockerfile', CACHE);
    expect(plimsoll(['lint', '--fail-on', 'error']).code).toBe(0);
    expect(plimsoll(['lint', '--fail-on', 'info']).code).toBe(1);
    expect(plimsoll(['lint', '--fail-on', 'never']).code).toBe(0);
  });

  test('report on stdout, summary on stderr', () => {
    write('Dockerfile', CACHE);
    const { out, err } = plimsoll(['lint', 'Dockerfile', '--format', 'concise']);
    expect(out).toBe('Dockerfile:2:5: warning pip-cache-in-layer [*] pip keeps its download cache in this layer\n');
    expect(err).toBe('Found 1 problem in 1 file. 0 errors, 1 warning, 0 info. 1 can be mended with --fix.\n');
  });
});

describe('bad input: one clear line and exit code 2', () => {
  const lines = (text: string) => text.trimEnd().split('\n');

  test.each([
    [['lint', 'missing'], 'missing: no such file or directory'],
    [
      ['lint', 'empty'],
      'empty: no Dockerfile here (looked for Dockerfile, Dockerfile.*, *.Dockerfile, Containerfile …)',
    ],
    [['lint', 'binary/Dockerfile'], 'binary/Dockerfile: not a text file'],
    [['lint', '--frmat', 'json'], 'unknown option --frmat; did you mean --format?'],
    [
      ['lint', '--format', 'xml'],
      '--format takes text, concise, json, sarif, github, gitlab, junit, checkstyle, markdown, html, not "xml"; did you mean html?',
    ],
    [
      ['lint', '--format', 'jsn'],
      '--format takes text, concise, json, sarif, github, gitlab, junit, checkstyle, markdown, html, not "jsn"; did you mean json?',
    ],
    [
      ['lint', '--format', 'json', '--format', 'sarif'],
      'two reports go to standard output; give one of them a file: --format sarif=FILE',
    ],
    [['lint', '--select', 'marker-remove'], 'unknown rule "marker-remove"; did you mean marker-removed?'],
    [['lint', '--select'], '--select needs a value'],
    [['lint', '--fix=yes'], '--fix takes no value'],
    [['lint', '-x'], 'unknown option -x; see plimsoll --help'],
    [['lint', '--unsafe-fixes'], '--unsafe-fixes goes with --fix or --diff'],
    [['lint', '--fix', '--diff'], '--fix writes and --diff only shows: give one of them'],
    [['lint', '--fail-on', 'warn'], '--fail-on takes error, warning, info, never, not "warn"; did you mean warning?'],
    [['lnt'], 'unknown command "lnt"; did you mean "lint"?'],
    [['Dockerfile'], 'unknown command "Dockerfile"; to check it: plimsoll lint Dockerfile'],
    [['explain'], 'explain takes one rule; `plimsoll rules` lists them'],
    [['explain', 'pip-cache'], 'unknown rule "pip-cache"; did you mean pip-cache-in-layer?'],
    [['explain', 'nothing-like-it'], 'unknown rule "nothing-like-it"; `plimsoll rules` lists them'],
    [['fix'], 'unknown command "fix"; did you mean "lint --fix"?'],
    [
      ['lint', '--statistics', '--format', 'json'],
      '--statistics prints a table in place of the findings: give other formats a file, --format json=FILE',
    ],
    [
      ['advise', 'compose.yaml'],
      'compose.yaml: no Dockerfile; `plimsoll lint compose.yaml` checks what such a file builds',
    ],
    [['lint', '-', 'x'], '"-" (standard input) stands alone'],
    [['lint', '-o', 'no/such/folder/out', 'good'], 'no/such/folder/out: cannot be written: no such file or directory'],
  ])('plimsoll %j', (args, message) => {
    write('empty/readme.md', '');
    write('good/Dockerfile', CLEAN);
    write('compose.yaml', 'services: {}');
    write('binary/Dockerfile', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1]));
    const { code, out, err } = plimsoll(args as string[]);
    expect([code, out, lines(err)]).toEqual([2, '', [`plimsoll: ${message}`]]);
  });

  test('what can be read is still reported', () => {
    write('Dockerfile', CACHE);
    const { code, out, err } = plimsoll(['lint', 'missing', 'Dockerfile', '--format', 'concise']);
    expect(code).toBe(2);
    expect(out).toContain('pip-cache-in-layer');
    expect(err).toContain('plimsoll: missing: no such file or directory\n');
  });

  test.skipIf(process.getuid?.() === 0)(
    'a file without the right to read it (skipped as root, who may read everything)',
    () => {
      chmodSync(join(folder, write('Dockerfile', CACHE)), 0);
      expect(plimsoll(['lint', 'Dockerfile']).err).toBe('plimsoll: Dockerfile: cannot be read: permission denied\n');
    },
  );

  test('a syntax error is a finding, and the rest is read', () => {
    write('Dockerfile', `${CACHE}ENV X\n`);
    const { code, out } = plimsoll(['lint', 'Dockerfile', '--format', 'concise']);
    expect(code).toBe(1);
    expect(out).toMatch(/:2:5: warning pip-cache-in-layer[\s\S]*:3:5: error syntax-error ENV needs a name and a value/);
  });
});

describe('discovery', () => {
  test('finds what is called like a Dockerfile, and nothing else', () => {
    const names = [
      'Dockerfile',
      'Dockerfile.dev',
      'Dockerfile-ci',
      'Dockerfile_gpu',
      'api.Dockerfile',
      'web.dockerfile',
      'Containerfile',
      'Containerfile.x',
      'dockerfile',
    ];
    const others = ['Dockerfile.dockerignore', 'dockerfile.md', 'Dockerfile.py', 'notadockerfile.txt', 'compose.yaml'];
    for (const name of [...names, ...others]) write(`found/${name}`, 'FROM scratch\n');
    write('found/node_modules/x/Dockerfile', CACHE);
    write('found/.git/Dockerfile', CACHE);
    const { files } = JSON.parse(plimsoll(['lint', 'found', '--format', 'json']).out);
    expect(files).toEqual(names.map((name) => `found/${name}`).toSorted());
  });

  test('respects .gitignore, from the repository’s root down', () => {
    execFileSync('git', ['init', '-q'], { cwd: folder });
    write('.gitignore', 'build/\n*.old.Dockerfile\n');
    write('sub/.gitignore', '!keep.old.Dockerfile\n/local.Dockerfile\n');
    for (const path of [
      'build/Dockerfile',
      'sub/a.old.Dockerfile',
      'sub/keep.old.Dockerfile',
      'sub/local.Dockerfile',
      'sub/deep/local.Dockerfile',
    ])
      write(path, 'FROM scratch\n');
    expect(JSON.parse(plimsoll(['lint', 'sub', '--format', 'json']).out).files).toEqual([
      'sub/deep/local.Dockerfile',
      'sub/keep.old.Dockerfile',
    ]);
    expect(plimsoll(['lint', 'sub/local.Dockerfile']).code, 'a file that is named counts').toBe(0);
  });

  test('does not follow links in circles', () => {
    write('a/Dockerfile', 'FROM scratch\n');
    symlinkSync('..', join(folder, 'a/up'));
    expect(JSON.parse(plimsoll(['lint', 'a', '--format', 'json']).out).files).toEqual(['a/Dockerfile']);
  });

  test('a found file that is no text is named, and the rest counts', () => {
    write('x/Dockerfile', CLEAN);
    write('x/Dockerfile.img', Buffer.alloc(100));
    const { code, err } = plimsoll(['lint', 'x']);
    expect([code, err.split('\n')[0]]).toEqual([0, 'plimsoll: left out: x/Dockerfile.img: not a text file']);
  });

  test('without a path the current directory is searched', () => {
    write('Dockerfile', CACHE);
    expect(plimsoll(['lint', '--format', 'concise']).out).toMatch(/^Dockerfile:2:5:/);
  });
});

describe('standard input', () => {
  test('is linted under the name given', () => {
    expect(plimsoll(['lint', '-', '--format', 'concise', '--stdin-filename', 'api/Dockerfile'], CACHE).out).toMatch(
      /^api\/Dockerfile:2:5:/,
    );
  });

  test('with --fix the mended text goes to stdout and the report to stderr', () => {
    const { code, out, err } = plimsoll(['lint', '-', '--fix'], CACHE);
    expect([code, out]).toEqual([0, CLEAN]);
    expect(err).toBe('Mended 1 problem, 0 left.\n');
  });
});

describe('fixing', () => {
  test('writes in place, keeps mode, byte order mark, CRLF and a link', () => {
    const text = `\ufeff${CACHE.replaceAll('\n', '\r\n')}# é`;
    chmodSync(join(folder, write('real/Dockerfile', text)), 0o640);
    symlinkSync('real/Dockerfile', join(folder, 'Dockerfile'));
    expect(plimsoll(['lint', 'Dockerfile', '--fix']).code).toBe(0);
    expect(read('real/Dockerfile')).toBe(text.replace('install', 'install --no-cache-dir'));
    expect(statSync(join(folder, 'real/Dockerfile')).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(folder, 'real'))).toEqual(['Dockerfile']);
  });

  test('keeps bytes that are no UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('# caf'), Buffer.from([0xe9]), Buffer.from(`\n${CACHE}`)]);
    write('Dockerfile', bytes);
    plimsoll(['lint', 'Dockerfile', '--fix']);
    expect(
      readFileSync(join(folder, 'Dockerfile')).equals(
        Buffer.from(bytes.toString('latin1').replace('install', 'install --no-cache-dir'), 'latin1'),
      ),
    ).toBe(true);
  });

  test('leaves unsafe fixes until asked, and says so', () => {
    const text = 'FROM python:3.13-slim\nARG PIP_NO_BUILD_ISOLATION=1\nRUN true\n';
    write('Dockerfile', text);
    expect(plimsoll(['lint', '--fix']).err).toBe(
      'Mended 0 problems, 1 left. 0 errors, 1 warning, 0 info. 1 more with --fix --unsafe-fixes.\n',
    );
    expect(read('Dockerfile')).toBe(text);
    expect(plimsoll(['lint', '--fix', '--unsafe-fixes']).code).toBe(0);
    expect(read('Dockerfile')).toContain('PIP_NO_BUILD_ISOLATION=0');
  });

  test('--diff changes nothing, and its patch applies with git', () => {
    write('a b/Dockerfile', CACHE);
    write('api/Dockerfile', `# one\n${CACHE}# two`);
    write('clean/Dockerfile', CLEAN);
    const { code, out } = plimsoll(['lint', 'a b', 'api', 'clean', '--diff']);
    expect(code).toBe(1);
    expect(read('api/Dockerfile')).toBe(`# one\n${CACHE}# two`);
    write('changes.patch', out);
    execFileSync('git', ['apply', '-p1', 'changes.patch'], { cwd: folder });
    expect([read('a b/Dockerfile'), read('api/Dockerfile')]).toEqual([CLEAN, `# one\n${CLEAN}# two`]);
    expect(plimsoll(['lint', 'a b', 'api', 'clean', '--diff'])).toMatchObject({ code: 0, out: '' });
  });
});

describe('which fixes', () => {
  const BOTH = 'FROM python:3.13-slim\nARG PIP_NO_BUILD_ISOLATION=1\nRUN pip install flask==1.0\n';

  test('--fix-rule makes those of a rule, a family or an alias alone', () => {
    for (const names of ['pip-cache-in-layer', 'DL3042', 'hadolint:DL3042']) {
      write('Dockerfile', BOTH);
      plimsoll(['lint', '--fix', '--unsafe-fixes', '--fix-rule', names]);
      expect(read('Dockerfile')).toBe(BOTH.replace('install', 'install --no-cache-dir'));
    }
    expect(plimsoll(['lint', '--fix', '--fix-rule', 'pip-cash'])).toMatchObject({ code: 2 });
    expect(plimsoll(['lint', '--fix-rule', 'size']).err).toContain('--fix-rule goes with --fix or --diff');
  });

  test('--diff takes no format but its own two', () => {
    write('Dockerfile', BOTH);
    expect(plimsoll(['lint', '--diff', '--format', 'sarif=x.sarif'])).toMatchObject({ code: 2, out: '' });
    expect(plimsoll(['lint', '--diff', '--statistics']).code).toBe(2);
  });

  test('a path with dots or from the root is named from here, so that git takes the patch', () => {
    write('a/Dockerfile', BOTH);
    for (const path of [join(folder, 'a/Dockerfile'), './a/../a/Dockerfile'])
      expect(plimsoll(['lint', '--diff', path]).out).toContain('--- a/a/Dockerfile');
  });

  test('--diff --format json is a plan: the patch, and what each round mends', () => {
    write('Dockerfile', BOTH);
    const { code, out } = plimsoll(['lint', '--diff', '--unsafe-fixes', '--format', 'json']);
    const plan = JSON.parse(out);
    expect(code).toBe(1);
    expect(plan).toMatchObject({ version: 1, files: ['Dockerfile'], summary: { files: 1, changed: 1 } });
    expect(plan.changes[0].mends.map(({ rule }: { rule: string }) => rule).sort()).toEqual([
      'pip-cache-in-layer',
      'pip-inverted-env',
    ]);
    write('changes.patch', plan.changes[0].patch);
    execFileSync('git', ['apply', '-p1', 'changes.patch'], { cwd: folder });
    expect(read('Dockerfile')).toContain('--no-cache-dir');
  });

  test('standard input is mended to standard output, or shown as a patch', () => {
    const { out } = plimsoll(['lint', '-', '--fix'], BOTH);
    expect(out).toBe(BOTH.replace('install', 'install --no-cache-dir'));
    expect(plimsoll(['lint', '-', '--diff', '--stdin-filename', 'x/Dockerfile'], BOTH).out).toContain(
      '+++ b/x/Dockerfile',
    );
  });

  test('the patch of every sample gives what --fix writes, by git and by patch', () => {
    const samples = join(root, 'sample-dockerfiles');
    const names = readdirSync(samples).filter((name) => name.endsWith('.Dockerfile'));
    for (const name of names)
      for (const place of ['fixed', 'git', 'patch'])
        write(`${place}/${name}`, readFileSync(join(samples, name), 'utf8'));
    const options = ['--unsafe-fixes', '--pedantic'];
    plimsoll(['lint', 'fixed', '--fix', ...options]);
    const programs = [
      ['git', ['apply', '-p2', '--directory=git']] as const,
      ['patch', ['-s', '-p2', '-d', 'patch', '-i']] as const,
    ];
    for (const [program, words] of programs) {
      if (spawnSync(program, ['--version']).status !== 0) {
        console.log(`${program} is not installed: its half of this test is left out`);
        continue;
      }
      const { code, out } = plimsoll(['lint', program, '--diff', ...options]);
      expect(code).toBe(1);
      write('all.patch', out);
      execFileSync(program, [...words, join(folder, 'all.patch')], { cwd: folder });
      for (const name of names) expect([name, read(`${program}/${name}`)]).toEqual([name, read(`fixed/${name}`)]);
    }
  });
});

describe('output', () => {
  test('several formats at once, to files', () => {
    write('Dockerfile', CACHE);
    const { out } = plimsoll([
      'lint',
      '--format',
      'concise',
      '--format',
      'sarif=out.sarif',
      '--format',
      'json=out.json',
    ]);
    expect(out).toMatch(/^Dockerfile:2:5:/);
    expect(JSON.parse(read('out.sarif')).version).toBe('2.1.0');
    expect(JSON.parse(read('out.json')).version).toBe(1);
  });

  test('colours only where they are wanted', () => {
    write('Dockerfile', CACHE);
    const hasColour = (args: string[], env: Record<string, string> = {}) =>
      plimsoll(['lint', ...args], undefined, env).out.includes('\u001b[');
    expect(hasColour([])).toBe(false);
    expect(hasColour(['--color', 'always'])).toBe(true);
    expect(hasColour([], { FORCE_COLOR: '1' })).toBe(true);
    expect(hasColour([], { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
    expect(hasColour(['--color', 'never'], { FORCE_COLOR: '1' })).toBe(false);
    expect(hasColour(['--format', 'concise', '--color', 'always'])).toBe(false);
  });

  test('choosing rules by name, family and alias', () => {
    write('Dockerfile', `${CACHE}ENV PIP_NO_COMPILE=1\n`);
    const found = (...args: string[]) =>
      plimsoll(['lint', '--format', 'concise', ...args]).out.match(/(?<=(?:warning|error|info) )[\w-]+/g) ?? [];
    expect(found()).toEqual(['pip-cache-in-layer', 'pip-inverted-env']);
    expect(found('--select', 'pip-inverted-env')).toEqual(['pip-inverted-env']);
    expect(found('--select', 'size')).toHaveLength(2);
    expect(found('--ignore', 'DL3042')).toEqual(['pip-inverted-env']);
    expect(found('--ignore', 'hadolint:DL3042,marker')).toEqual(['pip-inverted-env']);
  });

  test('--statistics counts', () => {
    write('Dockerfile', `${CACHE}RUN pip install x==1.0\n`);
    expect(plimsoll(['lint', '--statistics']).out).toBe('     2  pip-cache-in-layer\n');
  });

  test('a pipe that is closed early is no error', () => {
    for (let index = 0; index < 200; index++) write(`many/${index}/Dockerfile`, CACHE);
    const { stdout, stderr } = spawnSync('bash', ['-c', `"${process.execPath}" "${bin}" lint many | head -n 1`], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).not.toMatch(/EPIPE|our bug/);
  });
});

describe('explain and rules', () => {
  test('explain takes a rule or an alias', () => {
    const { code, out } = plimsoll(['explain', 'DL3042']);
    expect(code).toBe(0);
    for (const part of [
      'pip-cache-in-layer:',
      'Why',
      'How to mend it',
      'Example:',
      '--no-cache-dir',
      'Silence it',
      'Sources',
    ])
      expect(out).toContain(part);
  });

  test('rules lists them all', () => {
    const { rules } = JSON.parse(plimsoll(['rules', '--format', 'json']).out);
    expect(plimsoll(['rules']).out.trimEnd().split('\n')).toHaveLength(rules.length);
    expect(rules.map(({ id }: { id: string }) => id)).toContain('marker-removed');
  });

  test('--help fits a terminal of 24 lines, and names every command', () => {
    const { out } = plimsoll(['--help']);
    expect(out.split('\n').length).toBeLessThanOrEqual(25);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    for (const { name } of HELP_COMMANDS) expect(out).toContain(`\n  ${name} `);
    expect([plimsoll([]).out, plimsoll(['help']).out, plimsoll(['-h']).out]).toEqual([out, out, out]);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(plimsoll(['--version']).out).toBe(`plimsoll ${version}\n`);
  });

  test('the help of a command has the options that it takes, and none besides', () => {
    const told = new Set<string>();
    for (const { name, options } of HELP_COMMANDS) {
      const { out } = plimsoll([name, '--help']);
      expect(plimsoll(['help', name]).out).toBe(out);
      expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
      for (const { written } of options) {
        expect(out).toContain(written);
        const [, long = '', takes] = /--([\w-]+)(.*)$/.exec(written) ?? [];
        if (long === '') continue;
        told.add(long);
        const { err } = plimsoll([name, takes?.startsWith(' ') ? `--${long}=1` : `--${long}`, 'a', 'b', 'c']);
        expect(err, `${name} ${written}`).not.toMatch(/unknown option|is an option of|takes no value|needs a value/);
      }
    }
    expect([...told, 'help', 'version'].toSorted()).toEqual(OPTIONS.toSorted());
  });
});

test('the bundle is all it needs', () => {
  expect(existsSync(join(folder, 'node_modules'))).toBe(false);
  expect(readdirSync(join(folder, '.tool/bin')).toSorted()).toEqual([
    'LICENSES.txt',
    'action.js',
    'advise.js',
    'build-files.js',
    'completions.js',
    'config.js',
    'daemon.js',
    'hcl-grammar.js',
    'help.js',
    'init.js',
    'inspect.js',
    'layer-thread.js',
    'library.js',
    'package.json',
    'plimsoll.js',
    'prove.js',
    'registry.js',
    'rpm-sqlite.js',
    'sql-wasm.wasm',
    'texts.js',
    'tree-sitter-hcl.wasm',
    'types',
    'web-tree-sitter.wasm',
  ]);
});
