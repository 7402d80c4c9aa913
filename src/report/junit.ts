import { countFindings, type FileReport, type Report } from './report.ts';
import { escapeXml as x } from './xml.ts';

/** JUnit's XML as CI systems read it: a suite for each file, a failed case for each finding, one that passed where there is none. */
export function junitReport(report: Report): string {
  const { error, warning, info } = countFindings(report);
  const clean = report.files.filter(({ result }) => result.findings.length === 0).length;
  const failures = error + warning + info;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="plimsoll" tests="${failures + clean}" failures="${failures}" errors="0">`,
    ...report.files.flatMap(suite),
    '</testsuites>',
    '',
  ].join('\n');
}

function suite({ path, result }: FileReport): string[] {
  const { findings, lines } = result;
  const cases = findings.map(({ rule, severity, message, range }) => {
    const { line, column } = lines.position(range.start);
    const place = `${path}:${line}:${column}`;
    return [
      `    <testcase classname="${x(path)}" name="${x(`${rule.id} at ${line}:${column}`)}">`,
      `      <failure type="${x(severity)}" message="${x(message)}">${x(`${place}: ${severity} ${rule.id}: ${message}`)}</failure>`,
      '    </testcase>',
    ].join('\n');
  });
  const passed = `    <testcase classname="${x(path)}" name="no problems"/>`;
  return [
    `  <testsuite name="${x(path)}" tests="${Math.max(findings.length, 1)}" failures="${findings.length}" errors="0" skipped="0">`,
    ...(cases.length === 0 ? [passed] : cases),
    '  </testsuite>',
  ];
}
