import { createHash } from 'node:crypto';
import type { Finding, LintResult } from './lint.ts';

/**
 * What a finding is known by while lines around it move: its rule, its message and the text of the lines it stands on, blanks
 * aside. 16 hexadecimal digits.
 */
export function fingerprintOf({ rule, message, range }: Finding, { text }: Pick<LintResult, 'text'>): string {
  const start = text.lastIndexOf('\n', range.start - 1) + 1;
  const end = text.indexOf('\n', Math.max(range.start, range.end - 1));
  const lines = text
    .slice(start, end === -1 ? undefined : end)
    .replace(/\s+/g, ' ')
    .trim();
  return createHash('sha256').update(`${rule.id}\0${message}\0${lines}`).digest('hex').slice(0, 16);
}
