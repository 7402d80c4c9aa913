import { join } from 'node:path';
import { expect } from 'vitest';
import { lintText } from '../../src/engine/lint.ts';
import { checkstyleReport } from '../../src/report/checkstyle.ts';
import { gitlabReport } from '../../src/report/gitlab.ts';
import { htmlReport } from '../../src/report/html.ts';
import { junitReport } from '../../src/report/junit.ts';
import { markdownReport } from '../../src/report/markdown.ts';
import type { Report } from '../../src/report/report.ts';
import { defaultRules } from '../default-rules.ts';
import { claim, folder, machine, must, needsPython, needsTool, tool, write } from './toolbox.ts';

// What those who read our reports make of them: junitparser, and the parsers of XML, HTML and JSON of another language.

const TEXT = 'FROM python:3.13-slim\nRUN pip install "a<b>&\'c" \u0001\n';
const report: Report = {
  version: '0',
  files: [
    { path: 'a & <b>/Dockerfile', result: lintText(TEXT, defaultRules, { pedantic: true }) },
    { path: 'clean/Dockerfile', result: lintText('FROM scratch\nCOPY app /app\n', defaultRules) },
  ],
  showSuppressed: false,
};
const count = report.files.reduce((sum, { result }) => sum + result.findings.length, 0);

/** What a Python script prints of a report. */
function python(program: string, text: string, script: string): string {
  const file = join(folder('report'), 'report');
  write(file, text);
  return must([program, '-c', script, file]).trim();
}

claim(
  'junitparser reads a suite for each file, and a failure for each finding',
  () => {
    const script = [
      'import sys, junitparser as j',
      'suites = list(j.JUnitXml.fromfile(sys.argv[1]))',
      'print([(s.name, s.tests, s.failures, sum(1 for c in s for r in c.result if isinstance(r, j.Failure))) for s in suites])',
    ].join('\n');
    const interpreter = join(tool('junitparser'), '../python');
    expect(python(interpreter, junitReport(report), script)).toBe(
      `[('a & <b>/Dockerfile', ${count}, ${count}, ${count}), ('clean/Dockerfile', 1, 0, 0)]`,
    );
  },
  needsTool('junitparser'),
);

claim(
  'checkstyle is XML with an error for each finding, with its place, severity and rule',
  () => {
    const script = [
      'import sys, xml.etree.ElementTree as e',
      'for f in e.parse(sys.argv[1]).getroot():',
      '  for x in f: print(f.get("name"), x.get("line"), x.get("severity"), x.get("source"))',
    ].join('\n');
    const lines = python(machine.file, checkstyleReport(report), script).split('\n');
    expect(lines).toHaveLength(count);
    expect(lines).toContain('a & <b>/Dockerfile 2 warning plimsoll.pip-cache-in-layer');
  },
  needsPython,
);

claim(
  'the HTML page is one tree without scripts or anything to fetch, and shows the words as they are',
  () => {
    const script = [
      'import sys, html.parser',
      'class P(html.parser.HTMLParser):',
      '  def __init__(s): super().__init__(); s.open=[]; s.text=""; s.tags=set(); s.attrs=set()',
      '  def handle_starttag(s,t,a):',
      '    s.tags.add(t); s.attrs |= {k for k,_ in a}',
      '    if t not in ("meta",): s.open.append(t)',
      '  def handle_endtag(s,t): assert s.open.pop()==t, t',
      '  def handle_data(s,d): s.text+=d',
      'p=P(); p.feed(open(sys.argv[1], encoding="utf-8").read()); p.close()',
      'print(p.open, "script" in p.tags, "src" in p.attrs, "a<b>&\'c" in p.text)',
    ].join('\n');
    expect(python(machine.file, htmlReport(report, {}), script)).toBe('[] False False True');
  },
  needsPython,
);

claim('GitLab gets what its Code Quality widget asks for, each with a fingerprint of its own', () => {
  const issues = JSON.parse(gitlabReport(report)) as Record<string, unknown>[];
  expect(issues).toHaveLength(count);
  // docs.gitlab.com/ci/testing/code_quality: the fields, and the five severities.
  for (const issue of issues)
    expect(issue).toEqual({
      description: expect.stringMatching(/\S/),
      check_name: expect.stringMatching(/^[a-z-]+$/),
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      severity: expect.stringMatching(/^(?:info|minor|major|critical|blocker)$/),
      location: { path: 'a & <b>/Dockerfile', lines: { begin: 2, end: 2 } },
    });
  expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(count);
});

claim('a table of Markdown holds nothing of the file that Markdown would read', () => {
  const rows = markdownReport(report)
    .split('\n')
    .filter((line) => line.startsWith('| ❌') || line.startsWith('| ⚠️'));
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(row.replace(/\[[a-z-]+\]\([^)]*\)/, '')).not.toMatch(/[<>[\]`]/);
});
