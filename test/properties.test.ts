import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rules } from '../rules/registry.generated.ts';
import { ruleFiles } from '../scripts/rule-files.ts';
import { readDockerfile } from '../src/dockerfile/reader.ts';
import { fixText } from '../src/engine/fix.ts';
import { lintText } from '../src/engine/lint.ts';

const root = join(import.meta.dirname, '..');

/** Lines that rules have something to say of, in any order and with accidents between them. */
const lines = [
  ...readdirSync(join(root, 'sample-dockerfiles'))
    .filter((name) => name.endsWith('.Dockerfile'))
    .flatMap((name) => readFileSync(join(root, 'sample-dockerfiles', name), 'utf8').split('\n')),
  ...ruleFiles(root).flatMap(({ examples }) =>
    examples.flatMap(({ bad, good }) => `${bad ?? ''}\n${good ?? ''}`.split('\n')),
  ),
];

const accident = fc.constantFrom(
  '\\',
  '\r',
  '\t',
  '#',
  '<<EOF',
  'EOF',
  '"',
  "'",
  '`',
  '$(',
  '${',
  '}',
  '&&',
  ';',
  '\u00a0',
  '\ufeff',
  '\u0000',
  '[',
  ']',
  '|',
  '>',
  'é',
  '  ',
);
const line = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...lines) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...lines), accident, fc.nat(200))
      .map(([text, what, at]) => text.slice(0, at) + what + text.slice(at)),
  },
);
const dockerfile = fc
  .tuple(fc.array(line, { maxLength: 25 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([all, newline, hasFrom]) => (hasFrom ? ['FROM debian:12', ...all] : all).join(newline));

const options = { numRuns: 700, verbose: 1 };

test('reading and checking any text never throws, and every range lies inside it', () => {
  fc.assert(
    fc.property(fc.oneof(dockerfile, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (text) => {
      const { findings, failures } = lintText(text, rules, { pedantic: true });
      expect(failures).toEqual([]);
      for (const { range, fix, related } of findings) {
        for (const { start, end } of [
          range,
          ...related.map((other) => other.range),
          ...(fix?.edits ?? []).map((edit) => edit.range),
        ]) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(text.length);
        }
      }
    }),
    options,
  );
});

test('instructions stand in order, each slice of a logical line is the file’s', () => {
  fc.assert(
    fc.property(dockerfile, (text) => {
      let end = 0;
      for (const { name, range, logical } of readDockerfile(text).instructions) {
        expect(text.slice(name.range.start, name.range.end)).toContain(name.text[0] ?? '');
        expect(range.start).toBeGreaterThanOrEqual(end);
        end = range.end;
        logical.forEachSlice(0, logical.text.length, (slice, source) =>
          expect(text.slice(source, source + slice.length)).toBe(slice),
        );
      }
    }),
    options,
  );
});

for (const unsafe of [false, true]) {
  test(`${unsafe ? 'unsafe' : 'safe'} fixes come to an end, a second run changes nothing, no new error, no comment lost`, () => {
    fc.assert(
      fc.property(dockerfile, (text) => {
        const { text: mended, bug } = fixText(text, rules, { pedantic: true, unsafe });
        expect(bug).toBeUndefined();
        expect(fixText(mended, rules, { pedantic: true, unsafe }).text).toBe(mended);
        const before = readDockerfile(text);
        const after = readDockerfile(mended);
        expect(after.problems.length).toBeLessThanOrEqual(before.problems.length);
        const comments = after.comments.map((comment) => comment.text);
        for (const comment of before.comments) expect(comments).toContain(comment.text);
        expect(mended.endsWith('\n')).toBe(text.endsWith('\n'));
      }),
      options,
    );
  });
}
