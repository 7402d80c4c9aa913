import { describe, expect, test } from 'vitest';
import { fixText } from '../../src/engine/fix.ts';
import { lintText } from '../../src/engine/lint.ts';
import type { Rule } from '../../src/engine/rule.ts';
import { defaultRules as rules } from '../default-rules.ts';

const ids = (text: string, options = {}) => lintText(text, rules, options).findings.map(({ rule }) => rule.id);

/** A rule of this test's own, for what the real ones must never do. */
function rule(id: string, check: Rule['check'], fix: 'safe' | 'unsafe' = 'safe'): Rule {
  const meta = {
    id,
    family: 'test',
    summary: id,
    severity: 'warning',
    confidence: 'high',
    fix,
    since: '0',
    aliases: [],
    message: id,
    messages: {},
    presets: {},
    options: {},
    why: '',
    mend: '',
    sources: [],
  } as const;
  return { meta, check };
}

describe('suppressions', () => {
  const run = 'FROM python:3.13-slim\n';

  test.each([
    [
      'above the instruction, with a reason',
      '# plimsoll: ignore[pip-cache-in-layer] needed at run time\nRUN pip install x==1.0\n',
      [],
    ],
    ['by family', '# plimsoll: ignore[size] needed at run time\nRUN pip install x==1.0\n', []],
    ['several names', '# plimsoll: ignore[marker-removed, pip-cache-in-layer] because\nRUN pip install x==1.0\n', []],
    [
      'without a reason it counts for nothing',
      '# plimsoll: ignore[pip-cache-in-layer]\nRUN pip install x==1.0\n',
      ['ignore-without-reason', 'pip-cache-in-layer'],
    ],
    [
      'another rule is not meant',
      '# plimsoll: ignore[marker-removed] because\nRUN pip install x==1.0\n',
      ['pip-cache-in-layer'],
    ],
    [
      'the next instruction only',
      '# plimsoll: ignore[pip-cache-in-layer] because\nRUN true\nRUN pip install x==1.0\n',
      ['pip-cache-in-layer'],
    ],
    [
      'blank lines and comments between do not matter',
      '# plimsoll: ignore[pip-cache-in-layer] because\n\n# more\nRUN pip install x==1.0\n',
      [],
    ],
    [
      'inside an instruction, the next line',
      'RUN true \\\n  # plimsoll: ignore[pip-cache-in-layer] because\n  && pip install x==1.0 \\\n  && pip install y==1.0\n',
      ['pip-cache-in-layer'],
    ],
    ['hadolint’s comment, by alias', '# hadolint ignore=DL3042\nRUN pip install x==1.0\n', []],
    [
      'hadolint’s comment with another code',
      '# hadolint ignore=DL3008\nRUN pip install x==1.0\n',
      ['pip-cache-in-layer'],
    ],
    ['tally’s comment', '# tally ignore=hadolint/DL3042;reason=why not\nRUN pip install x==1.0\n', []],
  ])('%s', (_title, text, expected) => {
    expect(ids(run + text)).toEqual(expected);
  });

  test('the whole file', () => {
    expect(
      ids(
        `# plimsoll: ignore-file[pip-cache-in-layer] one tool only\n${run}RUN pip install x==1.0\nRUN pip install y==1.0\n`,
      ),
    ).toEqual([]);
    expect(ids(`# hadolint global ignore=DL3042\n${run}RUN pip install x==1.0\n`)).toEqual([]);
  });

  test('what is silenced is still counted', () => {
    const { suppressed } = lintText(`${run}# plimsoll: ignore[size] why not\nRUN pip install x==1.0\n`, rules);
    expect(suppressed.map(({ rule: { id }, suppressedBy }) => [id, suppressedBy?.reason])).toEqual([
      ['pip-cache-in-layer', 'why not'],
    ]);
  });

  test('a silenced finding is not mended', () => {
    const text = `${run}# plimsoll: ignore[size] why not\nRUN pip install x==1.0\n`;
    expect(fixText(text, rules).text).toBe(text);
  });
});

describe('findings', () => {
  test('stand in the order of the file and name their stage', () => {
    const { findings } = lintText(
      'FROM python:3.13 AS base\nRUN pip install a==1.0\nFROM base\nRUN pip install b==1.0\n',
      rules,
    );
    expect(findings.map(({ stage, range }) => [stage, range.start < 50])).toEqual([
      ['base', true],
      ['1', false],
    ]);
  });

  test('of low confidence are shown to those who ask', () => {
    const text =
      'FROM python:3.13-slim\nENV PIP_NO_CACHE_DIR=off PIP_ROOT_USER_ACTION=ignore\nRUN pip install x==1.0\n';
    expect(ids(text)).toEqual([]);
    expect(ids(text, { pedantic: true })).toEqual(['pip-inverted-env', 'base-pip-install']);
  });

  test('a rule that fails does not stop the others', () => {
    const broken = rule('broken', {
      // biome-ignore lint/correctness/useYield: it fails before it can.
      *dockerfile() {
        throw new Error('oops');
      },
    });
    const result = lintText('FROM python:3.13\nRUN pip install x==1.0\n', [broken, ...rules]);
    expect(result.failures.map(({ rule: id, error }) => [id, error.message])).toEqual([['broken', 'oops']]);
    expect(result.findings).toHaveLength(1);
  });
});

describe('the fix loop', () => {
  const replace = (id: string, from: string, to: string, applicability: 'safe' | 'unsafe' = 'safe') =>
    rule(id, {
      *dockerfile({ text }) {
        const start = text.indexOf(from);
        if (start !== -1)
          yield {
            at: { start, end: start + from.length },
            fix: { title: id, applicability, edits: [{ range: { start, end: start + from.length }, text: to }] },
          };
      },
    });

  test('goes on until nothing changes', () => {
    const { text, fixed, bug } = fixText('FROM one\n', [replace('a', 'one', 'two'), replace('b', 'two', 'three')]);
    expect([text, fixed.length, bug]).toEqual(['FROM three\n', 2, undefined]);
  });

  test('does not write what is unsafe unless asked', () => {
    const rules = [replace('a', 'one', 'two', 'unsafe')];
    expect(fixText('FROM one\n', rules).text).toBe('FROM one\n');
    expect(fixText('FROM one\n', rules, { unsafe: true }).text).toBe('FROM two\n');
  });

  test('names rules that undo one another, and keeps a good text', () => {
    const { text, bug } = fixText('FROM one\n', [replace('a', 'one', 'two'), replace('b', 'two', 'one')]);
    expect(bug).toBe('the fixes of b undo one another');
    expect(text).toBe('FROM two\n');
  });

  test('throws away a round that makes the file read worse', () => {
    const { text, bug } = fixText('FROM one\n# a comment\nRUN x\n', [replace('bad', 'RUN x', 'RUNN x')]);
    expect([text, bug]).toEqual(['FROM one\n# a comment\nRUN x\n', 'the fixes of bad leave a file that does not read']);
    expect(fixText('FROM one\n# a comment\nRUN x\n', [replace('bad', '# a comment\n', '')]).bug).toBe(
      'the fixes of bad lose a comment',
    );
    expect(fixText('FROM one\n', [replace('bad', 'FROM one', 'FROM one\nFROM two')]).bug).toBe(
      'the fixes of bad change the stages',
    );
  });

  test('ends where there is no end', () => {
    const { bug } = fixText('FROM one\n', [
      rule('grow', {
        *dockerfile({ text }) {
          yield {
            at: { start: 0, end: 4 },
            fix: {
              title: '',
              applicability: 'safe',
              edits: [{ range: { start: text.length, end: text.length }, text: '#\n' }],
            },
          };
        },
      }),
    ]);
    expect(bug).toBe('the fixes of grow come to no end');
  });

  const BREAKS = `FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip
RUN pip3 install --no-cache-dir --break-system-packages flask==1.0
RUN pip3 install --no-cache-dir --break-system-packages gunicorn==1.0
`;

  test('a change that mends several findings is made once and counted for each', () => {
    const { text, fixed, rounds } = fixText(BREAKS, rules, { unsafe: true });
    expect(text.match(/-m venv/g)).toHaveLength(1);
    expect(fixed.map(({ rule: { id } }) => id)).toEqual(['marker-bypass-flag', 'marker-bypass-flag']);
    expect(rounds).toHaveLength(1);
  });

  test('what a comment keeps is kept, also where another finding has the same change', () => {
    const comment = '# plimsoll: ignore[marker-bypass-flag] the base is ours\n';
    const text = BREAKS.replace('RUN pip3', `${comment}RUN pip3`);
    expect(fixText(text, rules, { unsafe: true }).text).toBe(text);
  });

  test('a change of the whole file goes first; what it mends by the way is not mended twice', () => {
    const text = 'FROM python:3.13-slim\nRUN pip install --no-cache-dir flask==1.0\n';
    const { fixed } = fixText(text, rules, { unsafe: true, pedantic: true });
    expect(fixed.map(({ rule: { id } }) => id)).toEqual(['base-pip-install']);
  });

  test('only fixes of the rules that were named', () => {
    const text = BREAKS.replaceAll(' --no-cache-dir', '');
    const { fixed } = fixText(text, rules, { unsafe: true, isFixed: ({ rule }) => rule.id === 'pip-cache-in-layer' });
    expect(fixed.map(({ rule: { id } }) => id)).toEqual(['pip-cache-in-layer', 'pip-cache-in-layer']);
  });

  test('fixes that touch wait a round', () => {
    const text = 'FROM python:3.13-slim\nENV PIP_NO_COMPILE=1 PIP_NO_WARN_CONFLICTS=1\n';
    expect(fixText(text, rules).text).toBe('FROM python:3.13-slim\nENV PIP_COMPILE=0 PIP_NO_WARN_CONFLICTS=0\n');
  });

  test('keeps byte order mark, CRLF and a missing final newline', () => {
    const text =
      '\ufeffFROM python:3.13-slim\r\nENV VIRTUAL_ENV=/v PATH="$VIRTUAL_ENV/bin:$PATH"\r\nRUN pip install x==1.0';
    expect(fixText(text, rules).text).toBe(
      '\ufeffFROM python:3.13-slim\r\nENV VIRTUAL_ENV=/v\r\nENV PATH="$VIRTUAL_ENV/bin:$PATH"\r\nRUN pip install --no-cache-dir x==1.0',
    );
  });
});
