import { applyEdits, type Edit } from '../dockerfile/edit.ts';
import { type Finding, type LintOptions, type LintResult, lintText } from './lint.ts';
import type { Fix, Rule } from './rule.ts';

/** Rounds after which the loop stops; a file needs two or three. */
const MAX_ROUNDS = 10;

export interface FixOptions extends LintOptions {
  /** Also apply fixes marked unsafe. */
  readonly unsafe?: boolean | undefined;
}

export interface FixResult {
  /** The mended text; the original where nothing could be mended. */
  readonly text: string;
  /** What was mended, in the order it was. */
  readonly fixed: readonly Finding[];
  /** The last check, of the mended text. */
  readonly result: LintResult;
  /** A round that made the file read worse, or rules that undo one another: bugs of ours. The round was thrown away. */
  readonly bug: string | undefined;
}

/**
 * Check, choose fixes that neither overlap nor touch, apply, check again, until nothing changes, a text comes back, or ten
 * rounds are over.
 */
export function fixText(text: string, rules: readonly Rule[], options: FixOptions = {}): FixResult {
  let result = lintText(text, rules, options);
  const fixed: Finding[] = [];
  const seen = new Set([text]);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const chosen = choose(result.findings, options.unsafe ?? false);
    if (chosen.length === 0) return { text: result.text, fixed, result, bug: undefined };
    const next = applyEdits(
      result.text,
      chosen.flatMap(({ fix }) => fix?.edits ?? []),
    );
    const names = [...new Set(chosen.map(({ rule }) => rule.id))].join(', ');
    if (seen.has(next)) return { text: result.text, fixed, result, bug: `the fixes of ${names} undo one another` };
    const checked = lintText(next, rules, options);
    const worse = readsWorse(result, checked);
    if (worse !== undefined) return { text: result.text, fixed, result, bug: `the fixes of ${names} ${worse}` };
    seen.add(next);
    fixed.push(...chosen);
    result = checked;
  }
  const rest = choose(result.findings, options.unsafe ?? false);
  const bug =
    rest.length === 0
      ? undefined
      : `the fixes of ${[...new Set(rest.map(({ rule }) => rule.id))].join(', ')} come to no end`;
  return { text: result.text, fixed, result, bug };
}

function choose(findings: readonly Finding[], unsafe: boolean): Finding[] {
  const chosen: Finding[] = [];
  const taken: Edit[] = [];
  for (const finding of findings) {
    const { fix } = finding;
    if (!isApplied(fix, unsafe) || fix.edits.length === 0) continue;
    if (fix.edits.some((edit) => taken.some((other) => touches(edit, other)))) continue;
    chosen.push(finding);
    taken.push(...fix.edits);
  }
  return chosen;
}

function isApplied(fix: Fix | undefined, unsafe: boolean): fix is Fix {
  return fix !== undefined && (fix.applicability === 'safe' || (fix.applicability === 'unsafe' && unsafe));
}

/** What the fixes of a check want .dockerignore to leave out, each path once. */
export function ignoresOf(findings: readonly Finding[], unsafe: boolean): string[] {
  return [...new Set(findings.flatMap(({ fix }) => (isApplied(fix, unsafe) ? (fix.ignore ?? []) : [])))];
}

/** Edits that meet wait a round: what the one leaves may not be what the other expects. */
function touches(a: Edit, b: Edit): boolean {
  return a.range.start <= b.range.end && b.range.start <= a.range.end;
}

/** What a text lost by a round of fixes; undefined where it reads as well as before. */
function readsWorse(before: LintResult, after: LintResult): string | undefined {
  if (after.shape.problems > before.shape.problems) return 'leave a file that does not read';
  if (after.shape.stages !== before.shape.stages) return 'change the stages';
  if (after.shape.comments < before.shape.comments) return 'lose a comment';
  return undefined;
}
