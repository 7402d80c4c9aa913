import type { Finding } from '../engine/lint.ts';
import { dockerfileFinding } from './json-finding.ts';
import type { JsonFinding, JsonSummary } from './json-types.ts';
import { countFindings, type FileReport, type Report } from './report.ts';

/** The JSON report, version 1: fields are added, never renamed or removed (docs/json.md). */
export function jsonReport(report: Report): string {
  const { error, warning, info, suppressed, known, safe, unsafe } = countFindings(report);
  const files = report.files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const summary: JsonSummary = {
    files: report.files.length,
    error,
    warning,
    info,
    suppressed,
    known,
    fixable: { safe, unsafe },
  };
  const document = {
    version: 1,
    tool: { name: 'plimsoll', version: report.version },
    files: files.map(({ path }) => path),
    findings: files.flatMap((file) => findings(file, report.showSuppressed)),
    summary,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function findings({ path, result, known = [] }: FileReport, showSuppressed: boolean): JsonFinding[] {
  const all = showSuppressed ? [...result.findings, ...known, ...result.suppressed].sort(byPlace) : result.findings;
  return all.map((finding) => dockerfileFinding(path, result, finding, known.includes(finding)));
}

function byPlace(a: Finding, b: Finding): number {
  return a.range.start - b.range.start || (a.rule.id < b.rule.id ? -1 : 1);
}
