import type { Range } from '../dockerfile/range.ts';
import type { Finding, LintResult } from '../engine/lint.ts';
import { countFindings, type FileReport, type Report, ruleUrl } from './report.ts';

/** The JSON report, version 1: fields are added, never renamed or removed (docs/json.md). */
export function jsonReport(report: Report): string {
  const { error, warning, info, suppressed, safe, unsafe } = countFindings(report);
  const files = report.files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const document = {
    version: 1,
    tool: { name: 'plimsoll', version: report.version },
    files: files.map(({ path }) => path),
    findings: files.flatMap((file) => findings(file, report.showSuppressed)),
    summary: { files: files.length, error, warning, info, suppressed, fixable: { safe, unsafe } },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function findings({ path, result }: FileReport, showSuppressed: boolean): object[] {
  const all = showSuppressed ? [...result.findings, ...result.suppressed].sort(byPlace) : result.findings;
  return all.map((finding) => findingOf(path, result, finding));
}

function byPlace(a: Finding, b: Finding): number {
  return a.range.start - b.range.start || (a.rule.id < b.rule.id ? -1 : 1);
}

function findingOf(path: string, result: LintResult, finding: Finding): object {
  const { rule, severity, confidence, message, range, stage, related, fix, suppressedBy } = finding;
  return {
    rule: rule.id,
    family: rule.family,
    severity,
    confidence,
    message,
    url: ruleUrl(rule.id),
    subject: 'dockerfile',
    path,
    range: rangeOf(result, range),
    ...(stage === undefined ? {} : { stage }),
    ...(related.length === 0
      ? {}
      : { related: related.map((other) => ({ message: other.message, path, range: rangeOf(result, other.range) })) }),
    ...(fix === undefined
      ? {}
      : {
          fix: {
            title: fix.title,
            applicability: fix.applicability,
            edits: fix.edits.map((edit) => ({ path, range: rangeOf(result, edit.range), text: edit.text })),
            ...(fix.ignore === undefined ? {} : { ignore: fix.ignore }),
          },
        }),
    ...(suppressedBy === undefined ? {} : { suppressed: { by: 'comment', reason: suppressedBy.reason } }),
  };
}

function rangeOf({ lines }: LintResult, { start, end }: Range): object {
  return { start: { ...lines.position(start), offset: start }, end: { ...lines.position(end), offset: end } };
}
