import { findingsOf, type Report } from './report.ts';

const COMMANDS = { error: 'error', warning: 'warning', info: 'notice' } as const;

/** Workflow commands that GitHub turns into annotations, worst first: it shows ten a step. */
export function githubReport(report: Report): string {
  const order = ['error', 'warning', 'info'];
  return findingsOf(report)
    .toSorted((a, b) => order.indexOf(a.finding.severity) - order.indexOf(b.finding.severity))
    .map(({ path, result, finding }) => {
      const start = result.lines.position(finding.range.start);
      const end = result.lines.position(finding.range.end);
      const properties = [`file=${property(path)}`, `line=${start.line}`, `endLine=${end.line}`];
      // GitHub refuses columns of an annotation over several lines.
      if (start.line === end.line) properties.push(`col=${start.column}`, `endColumn=${end.column}`);
      properties.push(`title=${property(`plimsoll ${finding.rule.id}`)}`);
      return `::${COMMANDS[finding.severity]} ${properties.join(',')}::${data(finding.message)}\n`;
    })
    .join('');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
