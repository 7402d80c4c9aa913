import type { LintOptions } from '../engine/lint.ts';
import type { Rule } from '../engine/rule.ts';

/** What every check is told besides its file: all rules that there are, and the day (UTC). */
export function worldOf(rules: readonly Rule[]): Pick<LintOptions, 'registry' | 'today'> {
  return { registry: rules.map(({ meta }) => meta), today: new Date().toISOString().slice(0, 10) };
}
