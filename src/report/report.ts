import type { Finding, LintResult } from '../engine/lint.ts';
import type { RuleTexts } from '../engine/rule.ts';

/** One linted file: its path as named or found, with `/`, and what was found in it. */
export interface FileReport {
  readonly path: string;
  readonly result: LintResult;
  /** Findings that a baseline knows; they are not among the result's. */
  readonly known?: readonly Finding[] | undefined;
}

/** What every format is made from. */
export interface Report {
  readonly version: string;
  readonly files: readonly FileReport[];
  readonly showSuppressed: boolean;
}

/** The texts of the rules by id. */
export type Texts = Readonly<Record<string, RuleTexts>>;

export const FORMATS = [
  'text',
  'concise',
  'json',
  'sarif',
  'github',
  'gitlab',
  'junit',
  'checkstyle',
  'markdown',
  'html',
] as const;

export type Format = (typeof FORMATS)[number];

/** Colours of levels on a terminal. */
export const SEVERITY_STYLE = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

const REPOSITORY = 'https://github.com/plimsoll-lint/plimsoll';

export function ruleUrl(rule: string): string {
  return `${REPOSITORY}/blob/main/docs/rules/${rule}.md`;
}

/** Findings with the file they stand in, in the order of the files. */
export function findingsOf({ files }: Report): { path: string; result: LintResult; finding: Finding }[] {
  return files.flatMap(({ path, result }) => result.findings.map((finding) => ({ path, result, finding })));
}

/** Counts for summaries. */
export interface Counts {
  readonly error: number;
  readonly warning: number;
  readonly info: number;
  readonly suppressed: number;
  readonly known: number;
  readonly safe: number;
  readonly unsafe: number;
}

export function countFindings(report: Report): Counts {
  const all = findingsOf(report).map(({ finding }) => finding);
  const count = (test: (finding: Finding) => boolean): number => all.filter(test).length;
  return {
    error: count(({ severity }) => severity === 'error'),
    warning: count(({ severity }) => severity === 'warning'),
    info: count(({ severity }) => severity === 'info'),
    suppressed: report.files.reduce((sum, { result }) => sum + result.suppressed.length, 0),
    known: report.files.reduce((sum, { known = [] }) => sum + known.length, 0),
    safe: count(({ fix }) => fix?.applicability === 'safe'),
    unsafe: count(({ fix }) => fix?.applicability === 'unsafe'),
  };
}
