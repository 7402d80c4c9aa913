import { countFindings, findingsOf, type Report, ruleUrl } from './report.ts';

/** A job summary of GitHub holds a megabyte; this many rows stay well below it. */
const MAX_ROWS = 1000;

export const MARKS = { error: '❌', warning: '⚠️', info: 'ℹ️' } as const;

/** A table of the findings, for comments and job summaries. */
export function markdownReport(report: Report): string {
  const { error, warning, info, suppressed, known } = countFindings(report);
  const all = findingsOf(report);
  const counts = `${error} errors, ${warning} warnings, ${info} info in ${report.files.length} files`;
  const lines = [
    '## Plimsoll',
    '',
    all.length === 0 ? `No problems in ${report.files.length} files.` : `${counts}.`,
    '',
  ];
  if (all.length > 0) {
    lines.push('| | place | rule | what |', '|---|---|---|---|');
    for (const { path, result, finding } of all.slice(0, MAX_ROWS)) {
      const { line, column } = result.lines.position(finding.range.start);
      const { rule, severity, message, fix } = finding;
      const mend = fix === undefined || fix.applicability === 'manual' ? '' : ' 🔧';
      lines.push(
        `| ${MARKS[severity]} ${severity} | ${cell(`${path}:${line}:${column}`)} | [${rule.id}](${ruleUrl(rule.id)}) | ${cell(message)}${mend} |`,
      );
    }
    if (all.length > MAX_ROWS) lines.push('', `${all.length - MAX_ROWS} more are not shown.`);
    lines.push('', '🔧 can be mended: `plimsoll lint --diff` shows how.', '');
  }
  const silent = [
    ...(suppressed > 0 ? [`${suppressed} silenced by comments`] : []),
    ...(known > 0 ? [`${known} known by the baseline`] : []),
  ];
  if (silent.length > 0) lines.push(`${silent.join(', ')}.`, '');
  return `${lines.join('\n').trimEnd()}\n`;
}

/** A table of Markdown. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** Text of a file in a cell of a table: nothing of it is Markdown. */
export function cell(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[\\|*_~[\]<>#&]/g, (char) => `&#${char.charCodeAt(0)};`);
}
