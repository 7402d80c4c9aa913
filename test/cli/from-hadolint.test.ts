import { expect, test } from 'vitest';
import { rules } from '../../rules/registry.generated.ts';
import { fromHadolint } from '../../src/cli/from-hadolint.ts';
import { readConfig } from '../../src/config/read.ts';

const metas = rules.map(({ meta }) => meta);
const translate = (text: string) => fromHadolint(text, '.hadolint.yaml', metas);

test('exceptions, severities, registries and labels go under our names, and what is written is valid', () => {
  const { text, left } = translate(
    [
      'ignored: [DL3008, DL3003, SC2086]',
      'override: { error: [DL3018, DL3006], style: [DL4000] }',
      'trustedRegistries: [docker.io, "*.example.com"]',
      'label-schema: { author: text, built: rfc3339 }',
      'strict-labels: true',
      'failure-threshold: warning',
      'format: tty',
    ].join('\n'),
  );
  const { problems, config } = readConfig('plimsoll.yaml', text);
  expect(problems).toEqual([]);
  expect(config).toEqual({
    preset: 'hadolint',
    'fail-on': 'warning',
    rules: {
      'hadolint:DL3008': 'off',
      'cd-in-run': 'off',
      'shellcheck:SC2086': 'off',
      'hadolint:DL3018': 'error',
      'base-without-tag': 'error',
      'maintainer-deprecated': 'info',
      'registry-not-trusted': { registries: ['docker.io', '*.example.com'] },
      'label-schema': { labels: { author: 'text', built: 'rfc3339' }, only: true },
    },
  });
  expect(left).toEqual(['format: --format says in which form to report']);
});

test('what has no counterpart is said; an empty file is hadolint as it comes', () => {
  expect(translate('ignored: [DL9999]\ncolour: blue\n').left).toEqual([
    'colour: no key of hadolint that is known here',
    'DL9999: no rule for it here',
  ]);
  expect(readConfig('a.yaml', translate('').text).config).toEqual({ preset: 'hadolint', 'fail-on': 'info' });
  expect(readConfig('a.yaml', translate('no-fail: true').text).config).toMatchObject({ 'fail-on': 'never' });
  const kept = translate(
    'ignored: [DL3026]\ntrustedRegistries: docker.io\nlabel-schema: { a: raw }\nfailure-threshold: 5\n',
  );
  expect(readConfig('a.yaml', kept.text)).toMatchObject({
    problems: [],
    config: { rules: { 'registry-not-trusted': { severity: 'off', registries: ['docker.io'] } } },
  });
  expect(kept.left).toEqual(['label-schema: a: raw is no type here']);
  expect(() => translate('- a\n')).toThrow('no mapping of keys to values');
});
