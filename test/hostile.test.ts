import { describe, expect, test } from 'vitest';
import { rules } from '../rules/registry.generated.ts';
import { lintText } from '../src/engine/lint.ts';
import { defaultRules } from './default-rules.ts';

// Texts that would fill the memory, the stack or the hour if sizes and depths were not bounded. No time is asserted: without
// the bounds these do not come back at all, or not within the runner's limit.
const times = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => make(index)).join('');

const TEXTS: Readonly<Record<string, string>> = {
  'values that grow fourfold': `FROM a\nENV A0=xxxxxxxxxx\n${times(40, (i) => `ENV A${i + 1}=$A${i}$A${i}$A${i}$A${i}\n`)}`,
  'shell variables that grow fourfold': `FROM debian:12\nRUN A0=xxxxxxxxxx; ${times(40, (i) => `A${i + 1}=$A${i}$A${i}$A${i}$A${i}; `)} pip install $A40\n`,
  'a chain of ONBUILD': `FROM a\n${'ONBUILD '.repeat(50_000)}RUN x\n`,
  'substitutions in substitutions': `FROM a\nRUN ${'"$('.repeat(50_000)}\n`,
  'open parentheses': `FROM a\nRUN ${'('.repeat(100_000)}\n`,
  'many commands in one RUN': `FROM debian:12\nRUN ${times(10_000, () => 'pip install x && ')}true\n`,
  'many stages, each with all environments of the one before': times(
    800,
    (i) => `FROM debian:12 AS s${i}\nCOPY --from=s${Math.max(0, i - 1)} / /\nRUN python3 -m venv /v${i}\n`,
  ),
  'many heredocs without an end': `FROM a\n${'RUN <<EOF\n'.repeat(5000)}`,
  'a pattern of stars': `FROM a\nENV A=${'a'.repeat(2000)}\nENV B=\${A%${'*a'.repeat(500)}b}\nRUN rm /usr/lib/${'*E'.repeat(2000)}\n`,
  'nested defaults': `FROM a\nENV A=${'${A:-'.repeat(20_000)}\n`,
};

describe('hostile texts come to an end', () => {
  test.each(Object.entries(TEXTS))('%s', (_title, text) => {
    expect(lintText(text, rules, { pedantic: true }).failures).toEqual([]);
  });
});

test('what was not read is said', () => {
  const { findings } = lintText(TEXTS['substitutions in substitutions'] ?? '', defaultRules);
  expect(findings.map(({ rule }) => rule.id)).toEqual(['run-not-read']);
});
