import type { Finding } from '../engine/lint.ts';
import { countFindings, findingsOf, type Report } from '../report/report.ts';
import type { LintArguments } from './argument-types.ts';

/** A count for each rule, the most frequent first. */
export function statistics(report: Report): string {
  const counts = new Map<string, number>();
  for (const { finding } of findingsOf(report)) counts.set(finding.rule.id, (counts.get(finding.rule.id) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([rule, count]) => `${String(count).padStart(6)}  ${rule}\n`)
    .join('');
}

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** The closing line of --diff. */
export function summaryOfDiff(changed: number, files: number): string {
  return changed === 0
    ? `Nothing to mend in ${plural(files, 'file')}.`
    : `${plural(changed, 'file')} of ${files} would change; --fix writes it.`;
}

/** The closing line: what was found, what was mended, what is left and the next step. */
export function summary(report: Report, fixed: readonly Finding[], args: LintArguments, silenced: number): string {
  const { error, warning, info, suppressed, known, safe, unsafe } = countFindings(report);
  const total = error + warning + info;
  const parts: string[] = [];
  if (args.addSuppressions) parts.push(`Silenced ${plural(silenced, 'problem')} with comments, ${total} left.`);
  else if (args.fix) parts.push(`Mended ${plural(fixed.length, 'problem')}, ${total} left.`);
  else
    parts.push(
      total === 0
        ? `No problems in ${plural(report.files.length, 'file')}.`
        : `Found ${plural(total, 'problem')} in ${plural(report.files.length, 'file')}.`,
    );
  if (total > 0) parts.push(`${plural(error, 'error')}, ${plural(warning, 'warning')}, ${info} info.`);
  if (suppressed > 0) parts.push(`${suppressed} silenced by comments.`);
  if (known > 0) parts.push(`${known} known by the baseline.`);
  if (safe > 0 && !args.fix) parts.push(`${safe} can be mended with --fix.`);
  if (unsafe > 0 && !args.unsafeFixes) parts.push(`${unsafe} more with --fix --unsafe-fixes.`);
  return parts.join(' ');
}
