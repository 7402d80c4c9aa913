import { contains, type LineIndex, type Range } from '../dockerfile/range.ts';
import { asksFor, type CheckDirective, checkDirectiveOf, isBuildkitCheck } from './check-directive.ts';
import { type DockerfileModel, type ModelOptions, modelOf } from './model.ts';
import {
  aliasesOf,
  type Confidence,
  codeSetting,
  type Fix,
  lowered,
  messageOf,
  type Related,
  type Report,
  type Rule,
  type RuleMeta,
  type Severity,
} from './rule.ts';
import type { Suppression } from './suppressions.ts';

/** A flaw found at a place, with everything a report needs. Ranges are UTF-16 offsets into the text that was linted. */
export interface Finding {
  readonly rule: RuleMeta;
  /** Which of another tool's codes it is, where the rule covers several. */
  readonly alias: string | undefined;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly message: string;
  readonly range: Range;
  readonly related: readonly Related[];
  readonly fix: Fix | undefined;
  /** Name or number of the stage it stands in. */
  readonly stage: string | undefined;
  readonly suppressedBy: Suppression | undefined;
}

export interface LintResult {
  readonly text: string;
  readonly lines: LineIndex;
  /** Sorted by place, then rule; suppressed ones are not among them. */
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Finding[];
  /** Rules that failed on this text: bugs of ours, named so that the rest can go on. */
  readonly failures: readonly { readonly rule: string; readonly error: Error }[];
  /** What tells whether a mended text reads as well as before. */
  readonly shape: { readonly problems: number; readonly stages: number; readonly comments: number };
}

export interface LintOptions extends ModelOptions {
  /** Also give findings of low confidence. */
  readonly pedantic?: boolean | undefined;
}

/** Checks one Dockerfile's text with the given rules. Never throws for any text. */
export function lintText(
  text: string,
  rules: readonly Rule[],
  { pedantic = false, ...options }: LintOptions = {},
): LintResult {
  const model = modelOf(text, options);
  const findings: Finding[] = [];
  const suppressed: Finding[] = [];
  const failures: { rule: string; error: Error }[] = [];
  const directive = checkDirectiveOf(model);
  for (const rule of rules) {
    if (rule.meta.experimental && !rule.isAsked && !asksFor(directive, rule.meta)) continue;
    try {
      for (const report of rule.check.dockerfile?.(model, rule.options ?? rule.meta.options) ?? []) {
        const level = levelOf(report, rule, model, directive);
        if (level === undefined || (level.confidence === 'low' && !pedantic)) continue;
        const finding = findingOf(report, rule.meta, level, model);
        (finding.suppressedBy === undefined ? findings : suppressed).push(finding);
      }
    } catch (error) {
      failures.push({ rule: rule.meta.id, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }
  // The model is let go: over many files it is far larger than what was found.
  const shape = { problems: model.problems.length, stages: model.stages.length, comments: model.comments.length };
  return {
    text,
    lines: model.lines,
    findings: findings.sort(byPlace),
    suppressed: suppressed.sort(byPlace),
    failures,
    shape,
  };
}

function byPlace(a: Finding, b: Finding): number {
  return (
    a.range.start - b.range.start ||
    a.range.end - b.range.end ||
    (a.rule.id < b.rule.id ? -1 : a.rule.id > b.rule.id ? 1 : 0)
  );
}

function findingOf(report: Report, meta: RuleMeta, level: Level, model: DockerfileModel): Finding {
  return {
    rule: meta,
    alias: report.alias,
    ...level,
    message: messageOf(meta, report.message, report.data),
    range: report.at,
    related: report.related ?? [],
    fix: typeof report.fix === 'function' ? report.fix() : report.fix,
    stage: stageNameAt(model, report.at),
    suppressedBy: model.suppressions.find((suppression) => silences(suppression, report, meta)),
  };
}

type Level = Pick<Finding, 'severity' | 'confidence'>;

/**
 * What is set for a rule holds. Else what matters in an image that is kept matters less in one for development, and hardly in
 * one for tests. Undefined where the code that it goes by is off.
 */
function levelOf(
  report: Report,
  rule: Rule,
  { purpose }: DockerfileModel,
  { isError }: CheckDirective,
): Level | undefined {
  const { meta } = rule;
  const confidence = report.confidence ?? meta.confidence;
  const set = codeSetting(rule, report.alias) ?? rule.severity;
  if (set === 'off') return undefined;
  if (isError && isBuildkitCheck(aliasesOf(meta, report.alias))) return { severity: 'error', confidence };
  const severity = set ?? report.severity ?? meta.severity;
  if (set !== undefined || !meta.production || purpose === undefined) return { severity, confidence };
  return { severity: lowered(severity), confidence: purpose === 'test' ? 'low' : confidence };
}

function stageNameAt(model: DockerfileModel, at: Range): string | undefined {
  const stage = model.stages.findLast(({ from }) => from.range.start <= at.start);
  return stage && (stage.name ?? String(stage.index));
}

function silences({ names, covers, reason, isOwn }: Suppression, { at, alias }: Report, meta: RuleMeta): boolean {
  if (!contains(covers, at) || (isOwn && reason === '')) return false;
  const aliases = aliasesOf(meta, alias).map((name) => name.toLowerCase());
  return names.some(
    (name) =>
      name === meta.id ||
      name === meta.family ||
      aliases.includes(name.toLowerCase()) ||
      (name === 'buildkit:all' && isBuildkitCheck(aliases)),
  );
}
