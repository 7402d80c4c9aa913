import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { rules } from '../../rules/registry.generated.ts';
import { ruleFiles } from '../../scripts/rule-files.ts';
import { contextOf } from '../../src/cli/context.ts';
import type { BuildContext } from '../../src/dockerfile/context.ts';
import { fixText, ignoresOf } from '../../src/engine/fix.ts';
import { checkImage } from '../../src/engine/image.ts';
import { type Finding, lintText } from '../../src/engine/lint.ts';
import type { Rule } from '../../src/engine/rule.ts';
import { subjectFor } from './image-examples.ts';

// The examples of the YAML files are the rules' tests and their documentation.
const files = ruleFiles(join(import.meta.dirname, '../..'));

/** The build context of an example, as files on disk. */
function contextFor(files: Readonly<Record<string, string>> | undefined): BuildContext | undefined {
  if (files === undefined) return undefined;
  const root = mkdtempSync(join(tmpdir(), 'plimsoll-context-'));
  directories.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return contextOf(join(root, 'Dockerfile'));
}

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

const registry = rules.map(({ meta }) => meta);

/** A rule alone; one that judges comments needs the others, whose findings they silence. */
function setOf(rule: Rule): readonly Rule[] {
  return rule.check.unused === undefined ? [rule] : rules;
}

function check(rule: Rule, text: string, context?: BuildContext) {
  const result = lintText(text, setOf(rule), { pedantic: true, context, registry });
  expect(result.failures).toEqual([]);
  return { ...result, findings: result.findings.filter((finding) => finding.rule.id === rule.meta.id) };
}

function places(rule: Rule, text: string, context?: BuildContext): string[] {
  const { findings, lines } = check(rule, text, context);
  return findings.map(({ range }) => {
    const [start, end] = [lines.position(range.start), lines.position(range.end)];
    return `${start.line}:${start.column}-${end.line}:${end.column}`;
  });
}

for (const { meta, examples } of files) {
  const known = rules.find((candidate) => candidate.meta.id === meta.id);
  describe(meta.id, () => {
    if (known === undefined) throw new Error(`${meta.id} is not in the registry`);
    for (const {
      title,
      options,
      bad,
      at,
      severity,
      confidence,
      good,
      unsafe = false,
      mended,
      context: files,
      ignore,
      image,
    } of examples) {
      const rule: Rule = { ...known, isAsked: true, options: { ...known.meta.options, ...options } };
      if (image !== undefined) {
        test(`${at === undefined ? 'silent' : 'found'}: ${title}`, async () => {
          const { findings, failures } = checkImage(await subjectFor(image, rule), [rule], true);
          expect(failures).toEqual([]);
          expect(findings.map(({ path, layer }) => `${path === undefined ? '' : `${path} `}@${layer ?? '?'}`)).toEqual(
            at ?? [],
          );
          for (const finding of findings) {
            expect(finding.severity).toBe(severity ?? meta.severity);
            expect(finding.confidence).toBe(confidence ?? meta.confidence);
            expect(finding.message, 'a placeholder was not filled').not.toMatch(/(?<!\$)\{\w+\}|undefined/);
          }
        });
        continue;
      }
      if (bad === undefined) {
        test(`silent: ${title}`, () => {
          const { findings } = check(rule, good ?? '', contextFor(files));
          expect(findings.map(({ message }) => message)).toEqual([]);
        });
        continue;
      }
      test(`found: ${title}`, () => {
        const context = contextFor(files);
        expect(places(rule, bad, context)).toEqual(at);
        for (const finding of check(rule, bad, context).findings) {
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
        const context = contextFor(files);
        expect(ignoresOf(check(rule, bad, context).findings, unsafe)).toEqual(ignore ?? []);
        if (files !== undefined && ignore !== undefined)
          expect(places(rule, bad, contextFor({ ...files, '.dockerignore': ignore.join('\n') }))).toEqual([]);
        const options = { pedantic: true, registry, isFixed: (finding: Finding) => finding.rule.id === meta.id };
        const safe = fixText(bad, setOf(rule), options);
        const fixed = unsafe ? fixText(bad, setOf(rule), { ...options, unsafe: true }) : safe;
        expect(fixed.bug).toBeUndefined();
        expect(fixed.text).toBe(good ?? bad);
        if (unsafe) expect(safe.text, 'the fix is said to be unsafe').toBe(bad);
        // The finding goes with its fix, and a second run has nothing to do.
        if (good !== undefined) expect(places(rule, fixed.text)).toEqual([]);
        expect(fixText(fixed.text, setOf(rule), { ...options, unsafe }).text).toBe(fixed.text);
        if (mended !== undefined) expect(places(rule, mended)).toEqual([]);
      });
    }
  });
}

test('every rule of the registry has a YAML file and a declared fix that an example shows', () => {
  expect(rules.map(({ meta }) => meta.id).toSorted()).toEqual(files.map(({ meta }) => meta.id).toSorted());
  for (const { meta, examples } of files) {
    const isFixed = examples.some(
      ({ bad, good, unsafe, ignore }) => bad !== undefined && (good !== undefined || ignore !== undefined) && !unsafe,
    );
    expect(isFixed, `${meta.id} says its fix is ${meta.fix}`).toBe(meta.fix === 'safe');
  }
});
