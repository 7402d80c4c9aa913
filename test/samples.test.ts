import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rules as allRules } from '../rules/registry.generated.ts';
import { texts } from '../rules/texts.generated.ts';
import { chooseRules } from '../src/cli/choose-rules.ts';
import { fixText } from '../src/engine/fix.ts';
import { lintText } from '../src/engine/lint.ts';
import { textReport } from '../src/report/text.ts';
import { defaultRules } from './default-rules.ts';

// Realistic files with their reports and what all fixes make of them: all rules of a preset, all fixes, at once. `npx vitest -u` writes
// the expected files anew; read the difference before it is committed.
const folder = join(import.meta.dirname, '../sample-dockerfiles');
const names = readdirSync(folder).filter((name) => name.endsWith('.Dockerfile'));

const GOOD = names.filter((name) => name.endsWith('-good.Dockerfile'));

test('there are at least fifteen', () => {
  expect(names.length).toBeGreaterThanOrEqual(15);
  expect(GOOD.length).toBeGreaterThanOrEqual(6);
});

describe.each(names)('%s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  // What is not about Python shows in another preset.
  const rules = name.startsWith('general-') ? chooseRules(allRules, { preset: 'all' }) : defaultRules;

  test('report', async () => {
    const result = lintText(text, rules, { pedantic: true });
    expect(result.failures).toEqual([]);
    const report = textReport(
      { version: '0', files: [{ path: name, result }], showSuppressed: false },
      JSON.parse(texts),
      (_style, plain) => plain,
    );
    await expect(report).toMatchFileSnapshot(join(folder, 'expected', `${name}.report.txt`));
  });

  test('fixed', async () => {
    const safe = fixText(text, rules, { pedantic: true });
    const all = fixText(text, rules, { pedantic: true, unsafe: true });
    expect([safe.bug, all.bug]).toEqual([undefined, undefined]);
    expect(fixText(all.text, rules, { pedantic: true, unsafe: true }).text).toBe(all.text);
    await expect(all.text).toMatchFileSnapshot(join(folder, 'expected', `${name}.fixed.txt`));
  });
});

test.each(GOOD)('%s: nothing to say', (name) => {
  expect(lintText(readFileSync(join(folder, name), 'utf8'), defaultRules).findings).toEqual([]);
});
