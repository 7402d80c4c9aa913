import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { readConfig } from '../../src/config/read.ts';

describe('mistakes are told with their place and the nearest right name', () => {
  test.each([
    ['presett: all\n', ['a.yaml:1:1: unknown key "presett"; did you mean preset?']],
    [
      'preset: recomended\n',
      [
        'a.yaml:1:1: preset takes python, recommended, all, hadolint, buildkit, not "recomended"; did you mean recommended?',
      ],
    ],
    ['rules:\n  aptt-recommends: off\n', ['a.yaml:2:3: unknown rule "aptt-recommends"; did you mean apt-recommends?']],
    ['rules:\n  cd-in-run: { strcit: true }\n', ['a.yaml:2:16: unknown option "strcit"; did you mean strict?']],
    ['rules:\n  cd-in-run: { strict: 1 }\n', ['a.yaml:2:16: strict has to be of type boolean']],
    ['rules:\n  marker-removed: { strict: true }\n', ['a.yaml:2:21: unknown option "strict"']],
    [
      'rules:\n  marker-removed: warn\n',
      ['a.yaml:2:3: marker-removed takes off, error, warning, info, not "warn"; did you mean warning?'],
    ],
    [
      'rules:\n  label-schema: { labels: { a: word } }\n',
      ['a.yaml:2:29: a takes text, url, rfc3339, spdx, hash, semver, email, not "word"'],
    ],
    ['rules: [a]\n', ['a.yaml:1:1: rules has to be of type object']],
    ['overrides:\n  - rules: {}\n', ['a.yaml:2:5: "files" is missing']],
    [
      'exclude: x\nfail-on: always\n',
      [
        'a.yaml:1:1: exclude has to be of type array',
        'a.yaml:2:1: fail-on takes error, warning, info, never, not "always"',
      ],
    ],
    ['preset: [all]\n', ['a.yaml:1:1: preset has a value that is not allowed here']],
    ['rules:\n  size: { severity: [a] }\n', ['a.yaml:2:11: severity has a value that is not allowed here']],
    ['rules: *x\n', ['a.yaml:1:1: Unresolved alias (the anchor must be set before the alias): x']],
    ['- a\n', ['a.yaml:1:1: a configuration has to be of type object']],
    ['a: [\n', ['a.yaml:2:1: Flow sequence in block collection must be sufficiently indented and end with a ]']],
  ])('%j', (text, problems) => {
    expect(readConfig('a.yaml', text).problems).toEqual(problems);
  });

  test('in pyproject.toml as well', () => {
    const text =
      '[project]\nname = "a"\n[tool.plimsoll]\npreset = "all"\n[tool.plimsoll.rules]\nmarker-remove = "off"\n';
    expect(readConfig('pyproject.toml', text).problems).toEqual([
      'pyproject.toml:6:1: unknown rule "marker-remove"; did you mean marker-removed?',
    ]);
    expect(readConfig('pyproject.toml', '[tool.plimsoll]\npreset = \n').problems[0]).toMatch(
      /^pyproject\.toml:2:\d+: /,
    );
  });
});

test('what is written is read, codes of other tools and families among it', () => {
  const yaml =
    'preset: all\nrules:\n  size: off\n  "hadolint:DL3008": info\n  shellcheck:SC2086: off\n  cd-in-run: { strict: true }\n';
  const toml =
    '[tool.plimsoll]\npreset = "all"\nrules = { size = "off", "hadolint:DL3008" = "info", "shellcheck:SC2086" = "off", cd-in-run = { strict = true } }\n';
  const expected = {
    preset: 'all',
    rules: { size: 'off', 'hadolint:DL3008': 'info', 'shellcheck:SC2086': 'off', 'cd-in-run': { strict: true } },
  };
  expect(readConfig('a.yaml', yaml)).toMatchObject({ problems: [], config: expected });
  expect(readConfig('pyproject.toml', toml)).toMatchObject({ problems: [], config: expected });
  expect(readConfig('a.yaml', '# nothing\n')).toMatchObject({ problems: [], config: {} });
});

describe('extends', () => {
  const load = (files: Readonly<Record<string, string>>) =>
    loadConfig(
      '/p/app/plimsoll.yaml',
      (path) => {
        const text = files[path];
        return text === undefined ? { reason: 'no such file or directory' } : { text };
      },
      (path) => path.slice(3),
    );

  test('what stands nearer comes later and holds; patterns count from where they are written', () => {
    const loaded = load({
      '/p/app/plimsoll.yaml': 'extends: [../base.yaml, ../more.yaml]\nrules: { size: info }\nfail-on: error\n',
      '/p/base.yaml': 'preset: all\npedantic: true\nrules: { size: off }\nexclude: [old/]\nfail-on: info\n',
      '/p/more.yaml': 'preset: recommended\noverrides: [{ files: [a], rules: { size: off } }]\n',
    });
    expect(loaded).toMatchObject({
      config: {
        layers: [
          { preset: { name: 'all' }, rules: [{ name: 'size', severity: 'off', origin: 'base.yaml:3' }], overrides: [] },
          {
            preset: { name: 'recommended', origin: 'more.yaml:1' },
            rules: [],
            overrides: [{ files: ['a'], directory: '/p' }],
          },
          { preset: undefined, rules: [{ name: 'size', severity: 'info', origin: 'app/plimsoll.yaml:2' }] },
        ],
        exclude: [{ patterns: ['old/'], directory: '/p' }],
        failOn: 'error',
        pedantic: true,
      },
    });
  });

  test('a circle ends, a file that is not there is named with who wants it', () => {
    expect(
      load({ '/p/app/plimsoll.yaml': 'extends: ../base.yaml\n', '/p/base.yaml': 'extends: app/plimsoll.yaml\n' }),
    ).toHaveProperty('config');
    expect(load({ '/p/app/plimsoll.yaml': 'extends: none.yaml\n' })).toEqual({
      problems: ['app/plimsoll.yaml: extends app/none.yaml: no such file or directory'],
    });
  });
});
