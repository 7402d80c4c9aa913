import { findingsOf, type Report } from './report.ts';

/** One line a finding: `path:line:column: severity rule message`. */
export function conciseReport(report: Report): string {
  return findingsOf(report)
    .map(({ path, result, finding }) => {
      const { line, column } = result.lines.position(finding.range.start);
      const mark = finding.fix?.applicability === 'safe' ? ' [*]' : '';
      return `${path}:${line}:${column}: ${finding.severity} ${finding.rule.id}${mark} ${finding.message}\n`;
    })
    .join('');
}
