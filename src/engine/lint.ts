import { contains, type LineIndex, type Range } from '../dockerfile/range.ts';
import { type DockerfileModel, type ModelOptions, modelOf } from './model.ts';
import {
  type Confidence,
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
  for (const rule of rules) {
    try {
      for (const report of rule.check.dockerfile?.(model) ?? []) {
        const level = levelOf(report, rule.meta, model);
        if (level.confidence === 'low' && !pedantic) continue;
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
    ...level,
    message: messageOf(meta, report.message, report.data),
    range: report.at,
    related: report.related ?? [],
    fix: typeof report.fix === 'function' ? report.fix() : report.fix,
    stage: stageNameAt(model, report.at),
    suppressedBy: model.suppressions.find((suppression) => silences(suppression, report.at, meta)),
  };
}

type Level = Pick<Finding, 'severity' | 'confidence'>;

/** What matters in an image that is kept matters less in one for development, and hardly in one for tests. */
function levelOf(report: Report, meta: RuleMeta, { purpose }: DockerfileModel): Level {
  const severity = report.severity ?? meta.severity;
  const confidence = report.confidence ?? meta.confidence;
  if (!meta.production || purpose === undefined) return { severity, confidence };
  return { severity: lowered(severity), confidence: purpose === 'test' ? 'low' : confidence };
}

function stageNameAt(model: DockerfileModel, at: Range): string | undefined {
  const stage = model.stages.findLast(({ from }) => from.range.start <= at.start);
  return stage && (stage.name ?? String(stage.index));
}

function silences({ names, covers, reason, isOwn }: Suppression, at: Range, meta: RuleMeta): boolean {
  if (!contains(covers, at) || (isOwn && reason === '')) return false;
  return names.some(
    (name) =>
      name === meta.id ||
      name === meta.family ||
      meta.aliases.some((alias) => alias.toLowerCase() === name.toLowerCase()),
  );
}
