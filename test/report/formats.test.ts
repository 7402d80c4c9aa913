import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { texts as textsJson } from '../../rules/texts.generated.ts';
import { lintText } from '../../src/engine/lint.ts';
import { conciseReport } from '../../src/report/concise.ts';
import { githubReport } from '../../src/report/github.ts';
import { gitlabReport } from '../../src/report/gitlab.ts';
import { jsonReport } from '../../src/report/json.ts';
import type { Report, Texts } from '../../src/report/report.ts';
import { sarifReport } from '../../src/report/sarif.ts';
import { textReport } from '../../src/report/text.ts';
import { defaultRules as rules } from '../default-rules.ts';

const texts = JSON.parse(textsJson) as Texts;

const moved = `FROM python:3.13-slim AS build
RUN python -m venv /build/venv && /build/venv/bin/pip install flask==3.1.0

FROM python:3.13-slim
# plimsoll: ignore[size] kept for the plugins
RUN pip install celery==5.5.3
RUN pip install \\
    # é, a comment
    "gunicorn==23"
COPY --from=build /build/venv /opt/venv
CMD ["/opt/venv/bin/flask", "run"]
`;

function report(files: Record<string, string>, showSuppressed = false): Report {
  return {
    version: '1.2.3',
    showSuppressed,
    files: Object.entries(files).map(([path, text]) => ({ path, result: lintText(text, rules) })),
  };
}

describe('json', () => {
  const json = JSON.parse(jsonReport(report({ 'b/Dockerfile': moved, 'a/Dockerfile': 'FROM scratch\n' })));

  test('the envelope of version 1', () => {
    expect(json).toMatchObject({
      version: 1,
      tool: { name: 'plimsoll', version: '1.2.3' },
      files: ['a/Dockerfile', 'b/Dockerfile'],
      summary: { files: 2, error: 1, warning: 1, info: 0, suppressed: 1, fixable: { safe: 2, unsafe: 0 } },
    });
  });

  test('a finding with range, stage, related place and fix', () => {
    const finding = json.findings.find(({ rule }: { rule: string }) => rule === 'venv-copy-path-mismatch');
    expect(finding).toMatchObject({
      family: 'copy',
      severity: 'error',
      confidence: 'high',
      subject: 'dockerfile',
      path: 'b/Dockerfile',
      stage: '1',
      related: [{ path: 'b/Dockerfile', range: { start: { line: 2, column: 20 } } }],
      fix: { applicability: 'safe' },
    });
    const { start, end } = finding.range;
    expect(moved.slice(start.offset, end.offset)).toBe('/opt/venv');
    expect([start.line, start.column, end.line, end.column]).toEqual([10, 31, 10, 40]);
    for (const edit of finding.fix.edits)
      expect(moved.slice(edit.range.start.offset, edit.range.end.offset)).toContain('/build/venv');
  });

  test('what comments silence is there for those who ask', () => {
    expect(json.findings.some((finding: { suppressed?: object }) => finding.suppressed !== undefined)).toBe(false);
    const all = JSON.parse(jsonReport(report({ Dockerfile: moved }, true)));
    expect(all.findings.filter((finding: { suppressed?: object }) => finding.suppressed !== undefined)).toMatchObject([
      { rule: 'pip-cache-in-layer', suppressed: { by: 'comment', reason: 'kept for the plugins' } },
    ]);
  });
});

describe('gitlab', () => {
  // What GitLab's own reader checks each entry by (app/validators/json_schemas/codeclimate.json in its sources): an array of such,
  // nothing around it.
  const integer = { type: 'integer' };
  const text = { type: 'string' };
  const validate = new Ajv().compile({
    type: 'array',
    items: {
      type: 'object',
      required: ['description', 'fingerprint', 'severity', 'location'],
      properties: {
        description: text,
        fingerprint: text,
        severity: text,
        location: {
          type: 'object',
          properties: {
            path: text,
            lines: { type: 'object', properties: { begin: integer } },
            positions: { type: 'object', properties: { begin: { type: 'object', properties: { line: integer } } } },
          },
        },
      },
    },
  });

  test('is what its reader takes, and the check notices what is not', () => {
    const issues = JSON.parse(gitlabReport(report({ Dockerfile: moved, 'b/Dockerfile': 'FROM a\nENV X\n' })));
    expect(issues.length).toBeGreaterThan(1);
    expect(validate(issues), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ issues })).toBe(false);
    expect(validate([{ ...issues[0], location: { lines: { begin: '2' } } }])).toBe(false);
  });
});

describe('sarif', () => {
  const schema = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false, unicodeRegExp: false });
  (addFormats as unknown as (ajv: Ajv) => void)(ajv);
  const { $schema: _schema, id: _id, ...definition } = JSON.parse(readFileSync(schema, 'utf8'));
  const validate = ajv.compile(definition);
  const sarif = JSON.parse(
    sarifReport(
      report({ 'a b/Dockerfile': moved, Dockerfile: 'FROM a\nENV X\n' }),
      rules.map(({ meta }) => meta),
      texts,
    ),
  );

  test('is valid against the published schema, and the schema notices what is not', () => {
    expect(validate(sarif), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...sarif, version: '3' })).toBe(false);
    expect(validate({ ...sarif, runs: [{ results: [{}] }] })).toBe(false);
  });

  test('has rules with help, fixes, and suppressed results as such', () => {
    const [run] = sarif.runs;
    expect(run.tool.driver.rules).toHaveLength(rules.length);
    for (const { help, helpUri } of run.tool.driver.rules) expect(help.text.length * helpUri.length).toBeGreaterThan(0);
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
    const suppressed = run.results.filter((result: { suppressions?: object[] }) => result.suppressions !== undefined);
    expect(suppressed).toMatchObject([
      { ruleId: 'pip-cache-in-layer', suppressions: [{ kind: 'inSource', justification: 'kept for the plugins' }] },
    ]);
    const fixed = run.results.find(({ ruleId }: { ruleId: string }) => ruleId === 'venv-copy-path-mismatch');
    expect(fixed.fixes[0].artifactChanges[0].replacements.length).toBeGreaterThan(2);
    expect(fixed.locations[0].physicalLocation).toMatchObject({
      artifactLocation: { uri: 'a%20b/Dockerfile' },
      region: { startLine: 10, startColumn: 31, endColumn: 40 },
    });
  });
});

test('concise: one line a finding', () => {
  expect(
    conciseReport(report({ Dockerfile: moved }))
      .split('\n')
      .map((line) => line.split(' ').slice(0, 3).join(' ')),
  ).toEqual(['Dockerfile:7:5: warning pip-cache-in-layer', 'Dockerfile:10:31: error venv-copy-path-mismatch', '']);
});

test('github: worst first, columns on one line only, everything escaped', () => {
  const lines = githubReport(report({ 'a,b:c/Dockerfile': moved }))
    .trimEnd()
    .split('\n');
  expect(lines[0]).toMatch(
    /^::error file=a%2Cb%3Ac\/Dockerfile,line=10,endLine=10,col=31,endColumn=40,title=plimsoll venv-copy-path-mismatch::/,
  );
  expect(lines[1]).toMatch(
    /^::warning file=a%2Cb%3Ac\/Dockerfile,line=7,endLine=9,title=plimsoll pip-cache-in-layer::/,
  );
});

describe('text', () => {
  const plain = textReport(report({ Dockerfile: moved }), texts, (_style, text) => text);

  test('marks the exact words, line by line, comments left out', () => {
    expect(plain).toContain(
      '  7 │ RUN pip install \\\n    │     ^^^^^^^^^^^^^\n  8 │     # é, a comment\n  9 │     "gunicorn==23"\n    │     ^^^^^^^^^^^^^^'
        .replace(/^ {2}(\d)/gm, '  $1')
        .replace(/^ {4}│/gm, '    │'),
    );
  });

  test('says why, shows the fix as a diff, and how to silence it', () => {
    expect(plain).toContain('\n  why  ');
    expect(plain).toContain('- RUN pip install \\\n       + RUN pip install --no-cache-dir \\\n');
    expect(plain).toContain('# plimsoll: ignore[pip-cache-in-layer] REASON');
    expect(plain).toContain('docs/rules/pip-cache-in-layer.md');
  });

  test('lets no control characters of the file reach the terminal', () => {
    const hostile = textReport(
      report({ Dockerfile: 'FROM python:3.13-slim\nRUN pip install "\u001b[2J\u202e"\n' }),
      texts,
      (_style, text) => text,
    );
    expect(hostile).not.toMatch(/[\u001b\u202e]/);
    expect(hostile).toContain('\ufffd[2J\ufffd');
  });

  test('cuts a long line around what is meant', () => {
    const long = textReport(
      report({ Dockerfile: `FROM python:3.13-slim\nRUN true ${'x'.repeat(5000)} && pip install flask\n` }),
      texts,
      (_style, text) => text,
    );
    expect(Math.max(...long.split('\n').map((line) => line.length))).toBeLessThan(400);
    expect(long).toContain('pip install flask');
  });
});
