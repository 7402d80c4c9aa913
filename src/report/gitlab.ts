import { createHash } from 'node:crypto';
import { fingerprintOf } from '../engine/fingerprint.ts';
import { findingsOf, type Report } from './report.ts';

const SEVERITIES = { error: 'critical', warning: 'major', info: 'minor' } as const;

/** GitLab's Code Quality report (docs.gitlab.com/ci/testing/code_quality, "Code Quality report format"). */
export function gitlabReport(report: Report): string {
  const seen = new Map<string, number>();
  const issues = findingsOf(report).map(({ path, result, finding }) => {
    const key = `${path}\0${fingerprintOf(finding, result)}`;
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    return {
      description: finding.message,
      check_name: finding.rule.id,
      // GitLab takes two of the same fingerprint for one.
      fingerprint: createHash('sha256').update(`${key}\0${times}`).digest('hex'),
      severity: SEVERITIES[finding.severity],
      location: {
        path,
        lines: {
          begin: result.lines.position(finding.range.start).line,
          end: result.lines.position(finding.range.end).line,
        },
      },
    };
  });
  return `${JSON.stringify(issues, null, 2)}\n`;
}
