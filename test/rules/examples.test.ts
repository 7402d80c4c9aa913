import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rules } from '../../rules/registry.generated.ts';
import { ruleFiles } from '../../scripts/rule-files.ts';
import { fixText } from '../../src/engine/fix.ts';
import { lintText } from '../../src/engine/lint.ts';
import type { Rule } from '../../src/engine/rule.ts';

// The examples of the YAML files are the rules' tests and their documentation.
const files = ruleFiles(join(import.meta.dirname, '../..'));

function check(rule: Rule, text: string) {
  const result = lintText(text, [rule], { pedantic: true });
  expect(result.failures).toEqual([]);
  return result;
}

function places(rule: Rule, text: string): string[] {
  const { findings, lines } = check(rule, text);
  return findings.map(({ range }) => {
    const [start, end] = [lines.position(range.start), lines.position(range.end)];
    return `${start.line}:${start.column}-${end.line}:${end.column}`;
  });
}

for (const { meta, examples } of files) {
  const rule = rules.find((candidate) => candidate.meta.id === meta.id);
  describe(meta.id, () => {
    if (rule === undefined) throw new Error(`${meta.id} is not in the registry`);
    for (const { title, bad, at, severity, confidence, good, unsafe = false, mended } of examples) {
      if (bad === undefined) {
        test(`silent: ${title}`, () => {
          const { findings } = check(rule, good ?? '');
          expect(findings.map(({ message }) => message)).toEqual([]);
        });
        continue;
      }
      test(`found: ${title}`, () => {
        expect(places(rule, bad)).toEqual(at);
        for (const finding of check(rule, bad).findings) {
          expect(finding.severity).toBe(severity ?? meta.severity);
          expect(finding.confidence).toBe(confidence ?? meta.confidence);
          expect(finding.message, 'a placeholder was not filled').not.toMatch(/(?<!\$)\{\w+\}|undefined/);
          // A rule may not fix what it does not declare.
          const strongest = ['none', 'manual', 'unsafe', 'safe'];
          expect(strongest.indexOf(finding.fix?.applicability ?? 'none')).toBeLessThanOrEqual(
            strongest.indexOf(meta.fix),
          );
        }
      });
      test(`mended: ${title}`, () => {
        const safe = fixText(bad, [rule], { pedantic: true });
        const fixed = unsafe ? fixText(bad, [rule], { pedantic: true, unsafe: true }) : safe;
        expect(fixed.bug).toBeUndefined();
        expect(fixed.text).toBe(good ?? bad);
        if (unsafe) expect(safe.text, 'the fix is said to be unsafe').toBe(bad);
        // The finding goes with its fix, and a second run has nothing to do.
        if (good !== undefined) expect(places(rule, fixed.text)).toEqual([]);
        expect(fixText(fixed.text, [rule], { pedantic: true, unsafe }).text).toBe(fixed.text);
        if (mended !== undefined) expect(places(rule, mended)).toEqual([]);
      });
    }
  });
}

test('every rule of the registry has a YAML file and a declared fix that an example shows', () => {
  expect(rules.map(({ meta }) => meta.id).toSorted()).toEqual(files.map(({ meta }) => meta.id).toSorted());
  for (const { meta, examples } of files) {
    const isFixed = examples.some(({ bad, good, unsafe }) => bad !== undefined && good !== undefined && !unsafe);
    expect(isFixed, `${meta.id} says its fix is ${meta.fix}`).toBe(meta.fix === 'safe');
  }
});
