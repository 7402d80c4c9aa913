import { describe, expect, test } from 'vitest';
import { rules } from '../../rules/registry.generated.ts';
import { type Choice, chooseRules } from '../../src/cli/choose-rules.ts';
import { lintText } from '../../src/engine/lint.ts';
import type { PRESETS } from '../../src/engine/rule.ts';

const TEXT = [
  'FROM debian:13-slim',
  'RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*',
  'RUN npm install -g yarn',
  'MAINTAINER x',
  '',
].join('\n');

/** Lines, severities and rules that are found. */
function found(choice: Choice, text = TEXT): string[] {
  const { findings, lines } = lintText(text, chooseRules(rules, choice), { pedantic: true });
  return findings.map(({ range, severity, rule }) => `${lines.position(range.start).line} ${severity} ${rule.id}`);
}

describe('presets', () => {
  const ids = (preset: (typeof PRESETS)[number]) => new Set(chooseRules(rules, { preset }).map(({ meta }) => meta.id));

  test('all has every rule, recommended has all of python, python has no general rule below error but of images', () => {
    expect(ids('all').size).toBe(rules.length);
    expect([...ids('python')].filter((id) => !ids('recommended').has(id))).toEqual([]);
    // What is about comments, or says what was not read, runs everywhere.
    const everywhere = /^(?:ignore-|run-not-read$)/;
    const general = chooseRules(rules, { preset: 'python' }).filter(
      ({ meta, check }) =>
        ['general', 'packages', 'commands'].includes(meta.family) &&
        meta.severity !== 'error' &&
        check.dockerfile !== undefined &&
        !everywhere.test(meta.id),
    );
    expect(general.map(({ meta }) => meta.id)).toEqual([]);
  });

  test('hadolint and buildkit have the rules of those tools, with their severities', () => {
    for (const preset of ['hadolint', 'buildkit'] as const)
      for (const { meta } of chooseRules(rules, { preset }))
        if (meta.id !== 'shellcheck' && meta.id !== 'syntax-error' && meta.id !== 'invalid-instruction')
          expect(
            meta.aliases.some((alias) => alias.startsWith(`${preset}:`)),
            meta.id,
          ).toBe(true);
    expect(found({ preset: 'hadolint' }).filter((line) => line.includes('maintainer'))).toEqual([
      '4 error maintainer-deprecated',
    ]);
    expect(found({ preset: 'buildkit' })).toEqual(['4 warning maintainer-deprecated']);
  });
});

describe('names', () => {
  test('a code of a rule that covers several means that part', () => {
    expect(found({ select: ['DL3008'] })).toEqual(['2 info package-unpinned']);
    expect(found({ select: ['package-unpinned'], ignore: ['hadolint:DL3008'] })).toEqual(['3 info package-unpinned']);
    expect(found({ select: ['package-unpinned'], settings: [{ name: 'DL3016', severity: 'error' }] })).toEqual([
      '2 info package-unpinned',
      '3 error package-unpinned',
    ]);
  });

  test('a setting turns a rule on or off, by itself or by its family; later ones hold', () => {
    const on = found({ settings: [{ name: 'maintainer-deprecated', severity: 'error' }] });
    expect(on).toContain('4 error maintainer-deprecated');
    expect(
      found({
        preset: 'all',
        settings: [
          { name: 'packages', severity: 'off' },
          { name: 'DL3008', severity: 'warning' },
        ],
      }),
    ).toContain('2 warning package-unpinned');
    expect(found({ preset: 'all', settings: [{ name: 'general', severity: 'off' }] }).join()).not.toContain(
      'maintainer',
    );
  });

  test('options of a setting are added to those of the preset', () => {
    const [rule] = chooseRules(rules, {
      preset: 'hadolint',
      select: ['json-args-recommended'],
      settings: [{ name: 'json-args-recommended', options: { strict: false } }],
    });
    expect(rule?.options).toEqual({ strict: false, exec: true });
  });

  test('an experimental rule runs where the file or somebody asks for it', () => {
    const text = '# about\nFROM debian:13 AS a\n';
    const id = '2 info invalid-definition-description';
    expect(found({ preset: 'all' }, text)).not.toContain(id);
    expect(found({ preset: 'all' }, `# check=experimental=all\n${text}`)).toContain(
      '3 info invalid-definition-description',
    );
    expect(found({ select: ['invalid-definition-description'] }, text)).toEqual([id]);
    expect(found({ settings: [{ name: 'invalid-definition-description', severity: 'info' }] }, text)).toContain(id);
  });

  test('a code of ShellCheck, with any tool in front of it', () => {
    for (const name of ['SC2086', 'shellcheck:SC2086', 'hadolint:SC2086']) {
      const [rule] = chooseRules(rules, { select: [name] });
      expect([rule?.codes?.get('shellcheck:SC2086'), rule?.codes?.get('shellcheck:SC*')]).toEqual(['warning', 'off']);
    }
  });

  test('who names a rule means all of it, whatever half a preset runs', () => {
    expect(found({ select: ['runs-as-root'] }, 'FROM debian:13\nUSER root\nCMD ["app"]\n')).toEqual([
      '2 info runs-as-root',
    ]);
    const set = { settings: [{ name: 'runs-as-root', severity: 'error' as const }] };
    expect(found(set, 'FROM debian:13\nUSER root\nCMD ["app"]\n')).toContain('2 error runs-as-root');
  });

  test('what goes by no code is nobody’s by a code', () => {
    const text = 'FROM debian:13\n# hadolint ignore=DL3043\nHEALTHCHECK FOO\n';
    expect(found({}, text)).toEqual(['3 error invalid-instruction']);
    expect(found({ select: ['DL3011'] }, text)).toEqual([]);
  });

  test('options alone leave a rule off that was switched off', () => {
    const off = { name: 'label-schema', severity: 'off' as const };
    const labels = { name: 'label-schema', options: { labels: { a: 'text' } } };
    expect(found({ preset: 'all', settings: [off, labels] }).join()).not.toContain('label-schema');
    expect(found({ settings: [labels] }).join()).toContain('label-schema');
  });

  test('a mistake is told', () => {
    expect(() => chooseRules(rules, { settings: [{ name: 'marker-remove', severity: 'off' }] })).toThrow(
      'unknown rule "marker-remove"; did you mean marker-removed?',
    );
  });
});

describe('comments of other tools', () => {
  const all = (text: string) =>
    found({ preset: 'all' }, text).filter((line) => /unpinned|maintainer|casing/.test(line));
  const runs = 'RUN apt-get install -y git && npm install -g yarn\n';

  test.each([
    ['hadolint, a code of several', `FROM debian:13\n# hadolint ignore=DL3008\n${runs}`, ['3 info package-unpinned']],
    [
      'hadolint, for a stage',
      `FROM debian:13\n# hadolint stage ignore=DL3008,DL3016\n${runs}FROM debian:13\n${runs}`,
      ['5 info package-unpinned', '5 info package-unpinned'],
    ],
    ['hadolint, global', `FROM debian:13\n${runs}# hadolint global ignore=DL3008,DL3016\n`, []],
    [
      'BuildKit, all of its checks and no others',
      '# check=skip=all\nFROM debian:13\nMAINTAINER x\nRUN gem install x\n',
      ['4 info package-unpinned'],
    ],
    [
      'BuildKit, behind another field',
      '# check=error=true;skip=MaintainerDeprecated\nFROM debian:13\nMAINTAINER x\n',
      [],
    ],
    [
      'BuildKit, inline, with words behind it',
      'FROM debian:13\n# check=skip=MaintainerDeprecated // because\nMAINTAINER x\n',
      [],
    ],
    [
      'BuildKit, with blanks, and true as Go reads it',
      '# check=error=1; skip = MaintainerDeprecated\nFROM debian:13\nMAINTAINER x\nRUN gem install x\n',
      ['4 info package-unpinned'],
    ],
    ['BuildKit, error=true', '# check=error=true\nFROM debian:13\nMAINTAINER x\n', ['3 error maintainer-deprecated']],
    ['tally', 'FROM debian:13\n# tally ignore=buildkit/MaintainerDeprecated\nMAINTAINER x\n', []],
  ])('%s', (_title, text, expected) => {
    expect(all(text)).toEqual(expected);
  });
});
