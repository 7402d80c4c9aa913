import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

interface Import {
  readonly from: string;
  readonly to: string;
  /** `import('…')`: loaded on the path that needs it. */
  readonly isDynamic: boolean;
  readonly isTypeOnly: boolean;
}

const sources = ['src', 'rules']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  )
  .filter((path) => path.endsWith('.ts'));

const imports: Import[] = sources.flatMap((from) => {
  const text = readFileSync(join(root, from), 'utf8');
  const resolve = (to: string) => (to.startsWith('.') ? join(from, '..', to) : to);
  return [
    ...[...text.matchAll(/^import (type )?(?:[^'";]+ from )?'([^']+)';$/gm)].map((m) => ({
      from,
      to: resolve(m[2] ?? ''),
      isDynamic: false,
      isTypeOnly: m[1] !== undefined,
    })),
    ...[...text.matchAll(/^export [^'";]+ from '([^']+)';$/gm)].map((m) => ({
      from,
      to: resolve(m[1] ?? ''),
      isDynamic: false,
      isTypeOnly: false,
    })),
    ...[...text.matchAll(/(typeof )?import\('([^']+)'\)/g)].map((m) => ({
      from,
      to: resolve(m[2] ?? ''),
      isDynamic: true,
      isTypeOnly: m[1] !== undefined,
    })),
  ];
});

/** Which rooms a room may look into; the way through the house is one way. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'src/dockerfile/': ['src/dockerfile/'],
  'src/shell/': ['src/shell/', 'src/dockerfile/'],
  'src/builds/': ['src/builds/', 'src/dockerfile/'],
  'src/python/': ['src/python/', 'src/shell/', 'src/dockerfile/'],
  'src/packages/': ['src/packages/', 'src/python/', 'src/shell/', 'src/dockerfile/'],
  'src/migrate/': ['src/migrate/', 'src/python/', 'src/shell/', 'src/dockerfile/'],
  'src/advise/': ['src/advise/', 'src/engine/', 'src/python/', 'src/shell/', 'src/dockerfile/', 'src/image/inspect.ts'],
  'src/prove/': ['src/prove/', 'src/engine/', 'src/image/'],
  'src/engine/': [
    'src/engine/',
    'src/python/',
    'src/shell/',
    'src/dockerfile/',
    'src/image/subject.ts',
    'src/image/bodies.ts',
    'src/image/config.ts',
    'src/image/history.ts',
  ],
  'src/image/': ['src/image/', 'src/shell/'],
  'src/config/': ['src/config/', 'src/engine/rule.ts', 'src/dockerfile/nearest.ts'],
  'src/report/': ['src/report/', 'src/advise/', 'src/prove/', 'src/engine/', 'src/image/', 'src/dockerfile/'],
  'src/cli/': [
    'src/cli/',
    'src/report/',
    'src/advise/',
    'src/prove/',
    'src/engine/',
    'src/image/',
    'src/builds/',
    'src/dockerfile/',
    'src/shell/shellcheck.ts',
    'src/config/',
    'rules/registry.generated.ts',
    'rules/texts.generated.ts',
  ],
  'src/library/': [
    'src/cli/choose-rules.ts',
    'src/cli/context.ts',
    'src/cli/errors.ts',
    'src/cli/files.ts',
    'src/cli/judge-image.ts',
    'src/cli/world.ts',
    'src/library/',
    'src/dockerfile/build.ts',
    'src/dockerfile/nearest.ts',
    'src/config/',
    'src/engine/',
    'src/report/',
    'rules/registry.generated.ts',
  ],
  'rules/': [
    'src/engine/rule.ts',
    'src/engine/model.ts',
    'src/engine/suppressions.ts',
    'src/migrate/',
    'src/packages/',
    'src/python/',
    'src/shell/',
    'src/dockerfile/',
    'src/image/',
  ],
};

describe('imports', () => {
  test('were found at all', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  for (const [room, allowed] of Object.entries(ROOMS)) {
    test(`${room} looks only into ${allowed.join(', ')}`, () => {
      const wrong = imports
        .filter(({ from, to }) => from.startsWith(room) && (to.startsWith('src/') || to.startsWith('rules/')))
        .filter(({ from }) => !from.endsWith('.generated.ts'))
        .filter(({ to }) => !allowed.some((prefix) => to.startsWith(prefix)));
      expect(wrong).toEqual([]);
    });
  }

  test('rules bring nothing of images into a lint', () => {
    const wrong = imports.filter(
      ({ from, to, isTypeOnly }) =>
        from.startsWith('rules/') && to.startsWith('src/image/') && !isTypeOnly && to !== 'src/image/words.ts',
    );
    expect(wrong).toEqual([]);
  });

  test('rules know no other rule', () => {
    const wrong = imports.filter(
      ({ from, to }) => from.startsWith('rules/') && !from.endsWith('.generated.ts') && to.startsWith('rules/'),
    );
    expect(wrong).toEqual([]);
  });

  test('the engine names no rule', () => {
    const ids = readdirSync(join(root, 'rules'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => name.split('/').at(-1)?.replace('.yaml', '') ?? '')
      // Also the name of a way into a container (docs/json.md).
      .filter((id) => id !== 'sudo-login');
    for (const path of sources.filter((name) => name.startsWith('src/') && !name.startsWith('src/cli/'))) {
      const code = readFileSync(join(root, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      for (const id of ids) expect(code.includes(`'${id}'`), `${path} names ${id}`).toBe(false);
    }
  });

  test('nothing between the source and the findings touches the world', () => {
    const world = [
      'node:fs',
      'node:process',
      'node:child_process',
      'node:http',
      'node:https',
      'node:net',
      'node:os',
      'node:tty',
    ];
    const inner = [
      'src/dockerfile/',
      'src/builds/',
      'src/shell/',
      'src/python/',
      'src/packages/',
      'src/migrate/',
      'src/advise/',
      'src/prove/',
      'src/engine/',
      'src/image/',
      'src/report/',
      'rules/',
    ];
    const isInner = (path: string) =>
      inner.some((room) => path.startsWith(room)) && !path.startsWith('src/image/sources/');
    expect(imports.filter(({ from, to }) => world.includes(to) && isInner(from))).toEqual([]);
    for (const path of sources.filter(isInner))
      expect(readFileSync(join(root, path), 'utf8'), path).not.toMatch(/\bprocess\.|\bconsole\.|\bDate\b|\bfetch\(/);
  });

  test('unbash is known to its adapter alone', () => {
    const wrong = imports.filter(({ from, to }) => to === 'unbash' && !/^src\/shell\/unbash-[\w-]+\.ts$/.test(from));
    expect(wrong).toEqual([]);
  });

  test('dockerfile-ast and ajv are nowhere at run time, yaml where a file of YAML is read', () => {
    expect(imports.filter(({ to, isTypeOnly }) => ['dockerfile-ast', 'ajv'].includes(to) && !isTypeOnly)).toEqual([]);
    const readers = imports.filter(({ to }) => to === 'yaml').map(({ from }) => from);
    expect(new Set(readers)).toEqual(
      new Set([
        'src/config/read.ts',
        'src/cli/from-hadolint.ts',
        'src/cli/pre-commit-entry.ts',
        'src/builds/yaml-tree.ts',
      ]),
    );
  });

  test('what only some runs need is loaded only by them', () => {
    const lazy = [
      'src/cli/discover.ts',
      'src/cli/context.ts',
      'src/cli/build-files.ts',
      'src/cli/hcl-grammar.ts',
      'rules/texts.generated.ts',
      'src/cli/explain-command.ts',
      'src/cli/inspect-command.ts',
      'src/cli/advise-command.ts',
      'src/config/load.ts',
      'src/cli/config-command.ts',
      'src/cli/init-command.ts',
      'src/cli/help.ts',
      'src/cli/completions.ts',
      'src/cli/run-shellcheck.ts',
      'src/report/advice.ts',
      'src/cli/prove-command.ts',
      'src/report/proof.ts',
      'src/image/sources/daemon.ts',
      'src/image/sources/registry.ts',
      'fzstd',
      'src/report/patch.ts',
      'src/report/text.ts',
      'src/report/json.ts',
      'src/report/sarif.ts',
      'src/report/github.ts',
      'src/report/concise.ts',
      'node:v8',
      'node:tty',
    ];
    // What is loaded late itself may bring others along; the library is no part of the program.
    const wrong = imports
      .filter(({ from }) => !from.startsWith('src/library/'))
      .filter(
        ({ from, to, isDynamic, isTypeOnly }) => lazy.includes(to) && !lazy.includes(from) && !isDynamic && !isTypeOnly,
      );
    expect(wrong).toEqual([]);
    for (const path of lazy)
      expect(
        imports.some(({ to }) => to === path),
        path,
      ).toBe(true);
  });
});

describe('files', () => {
  test('none is a dumping place', () => {
    expect(sources.filter((path) => /(?:utils?|helpers?|common|misc)\.ts$|\/index\.ts$/.test(path))).toEqual([]);
  });

  test('none is longer than about 400 lines', () => {
    const long = sources.filter(
      (path) => !path.endsWith('.generated.ts') && readFileSync(join(root, path), 'utf8').split('\n').length > 405,
    );
    expect(long).toEqual([]);
  });

  test('every rule has its two files', () => {
    const names = readdirSync(join(root, 'rules'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.includes('/'),
    );
    const stems = (ending: string) =>
      names
        .filter((name) => name.endsWith(ending))
        .map((name) => name.slice(0, -ending.length))
        .toSorted();
    expect(stems('.ts')).toEqual(stems('.yaml'));
  });
});
