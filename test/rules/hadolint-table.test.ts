import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rules } from '../../rules/registry.generated.ts';

// docs/migrating-from-hadolint.md names our rule for each of hadolint's.
const page = readFileSync(join(import.meta.dirname, '../../docs/migrating-from-hadolint.md'), 'utf8');
const rows = [...page.matchAll(/^\| (DL\d{4}) \| `([\w-]+)` \|/gm)].map(([, code = '', rule = '']) => ({ code, rule }));

test('the table has all 71, each with the rule that goes by its code', () => {
  expect(new Set(rows.map(({ code }) => code)).size).toBe(71);
  for (const { code, rule } of rows)
    expect(rules.find(({ meta }) => meta.aliases.includes(`hadolint:${code}`))?.meta.id, code).toBe(rule);
});

test('preset hadolint has a severity for each, but for those that are off there', () => {
  for (const { code, rule } of rows) {
    const entry = rules.find(({ meta }) => meta.id === rule)?.meta.presets.hadolint;
    expect(entry === undefined, code).toBe(code === 'DL1001' || code === 'DL3057');
    if (entry !== undefined) expect(entry.codes?.[`hadolint:${code}`] ?? entry.severity, code).toBeDefined();
  }
});
