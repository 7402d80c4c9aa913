import { nearest } from '../dockerfile/nearest.ts';
import { contains, type LineIndex, type Range } from '../dockerfile/range.ts';
import { asksFor, type CheckDirective, checkDirectiveOf, isBuildkitCheck } from './check-directive.ts';
import { type DockerfileModel, type ModelOptions, modelOf } from './model.ts';
import {
  aliasesOf,
  type Confidence,
  codeSetting,
  type Fix,
  isAlias,
  isNamed,
  lowered,
  messageOf,
  type Related,
  type Report,
  type Rule,
  type RuleMeta,
  type Severity,
} from './rule.ts';
import type { Suppression, UnusedName } from './suppressions.ts';

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
  /** The builds that show it, where others of the same stage do not; `(plain)` for one that no file describes. */
  readonly builds?: readonly string[] | undefined;
}

export interface LintResult {
  readonly text: string;
  readonly lines: LineIndex;
  /** Sorted by place, then rule; suppressed ones are not among them. */
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Finding[];
  /** Rules that failed on this text: bugs of ours, named so that the rest can go on. */
  readonly failures: readonly { readonly rule: string; readonly error: Error }[];
  /** Names or numbers of the stages that the build runs. */
  readonly built: ReadonlySet<string>;
  /** What tells whether a mended text reads as well as before. */
  readonly shape: { readonly problems: number; readonly stages: number; readonly comments: number };
}

export interface LintOptions extends ModelOptions {
  /** Also give findings of low confidence. */
  readonly pedantic?: boolean | undefined;
  /** All rules there are, so that comments that name none of them, or need not be there, can be told. */
  readonly registry?: readonly RuleMeta[] | undefined;
}

/** Checks one Dockerfile's text with the given rules. Never throws for any text. */
export function lintText(
  text: string,
  rules: readonly Rule[],
  { pedantic = false, registry, ...options }: LintOptions = {},
): LintResult {
  const model = modelOf(text, options);
  const findings: Finding[] = [];
  const suppressed: Finding[] = [];
  const failures: { rule: string; error: Error }[] = [];
  const directive = checkDirectiveOf(model);
  const used = new UsedNames();
  const ran = new Set<string>();
  const run = (rule: Rule, reports: () => Iterable<Report>): void => {
    try {
      for (const report of reports()) {
        const level = levelOf(report, rule, model, directive);
        if (level === undefined) continue;
        // A comment is used by what is not shown as well.
        const suppressedBy = used.silencer(model.suppressions, report, rule.meta);
        if (level.confidence === 'low' && !pedantic) continue;
        const finding = findingOf(report, rule.meta, level, model, suppressedBy);
        (suppressedBy === undefined ? findings : suppressed).push(finding);
      }
    } catch (error) {
      failures.push({ rule: rule.meta.id, error: error instanceof Error ? error : new Error(String(error)) });
    }
  };
  for (const rule of rules) {
    if (rule.meta.experimental && !rule.isAsked && !asksFor(directive, rule.meta)) continue;
    ran.add(rule.meta.id);
    run(rule, () => rule.check.dockerfile?.(model, rule.options ?? rule.meta.options) ?? []);
  }
  if (registry !== undefined && model.suppressions.length > 0) {
    const unused = used.unused(model.suppressions, registry, ran);
    for (const rule of rules) if (rule.check.unused) run(rule, () => rule.check.unused?.(model, unused) ?? []);
  }
  // The model is let go: over many files it is far larger than what was found.
  const shape = { problems: model.problems.length, stages: model.stages.length, comments: commentsOf(model) };
  return {
    text,
    lines: model.lines,
    findings: findings.sort(byPlace),
    suppressed: suppressed.sort(byPlace),
    failures,
    built: new Set(model.stages.filter(({ role }) => role !== 'unused').map(nameOf)),
    shape,
  };
}

/** How many comments speak to people; ours to Plimsoll may go when they are of no use. */
function commentsOf({ comments, suppressions }: DockerfileModel): number {
  return comments.length - suppressions.filter(({ isOwn }) => isOwn).length;
}

/** By place, then rule. */
export function byPlace(a: Finding, b: Finding): number {
  return (
    a.range.start - b.range.start ||
    a.range.end - b.range.end ||
    (a.rule.id < b.rule.id ? -1 : a.rule.id > b.rule.id ? 1 : 0)
  );
}

function findingOf(
  report: Report,
  meta: RuleMeta,
  level: Level,
  model: DockerfileModel,
  suppressedBy: Suppression | undefined,
): Finding {
  return {
    rule: meta,
    alias: report.alias,
    ...level,
    message: messageOf(meta, report.message, report.data),
    range: report.at,
    related: report.related ?? [],
    fix: typeof report.fix === 'function' ? report.fix() : report.fix,
    stage: stageNameAt(model, report.at),
    suppressedBy,
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
  return stage && nameOf(stage);
}

function nameOf({ name, index }: DockerfileModel['stages'][number]): string {
  return name ?? String(index);
}

/** The names in comments that have silenced something. */
class UsedNames {
  readonly #used = new Map<Suppression, Set<string>>();

  /** The comment that silences a report. */
  silencer(suppressions: readonly Suppression[], report: Report, meta: RuleMeta): Suppression | undefined {
    for (const suppression of suppressions) {
      const name = silencingName(suppression, report, meta);
      if (name === undefined) continue;
      const names = this.#used.get(suppression) ?? new Set();
      this.#used.set(suppression, names.add(name));
      return suppression;
    }
    return undefined;
  }

  /** Names of ours that have silenced nothing, though every rule they mean was run, and names that mean none. */
  unused(suppressions: readonly Suppression[], registry: readonly RuleMeta[], ran: ReadonlySet<string>): UnusedName[] {
    return suppressions
      .filter(({ isOwn, reason, isExpired }) => isOwn && reason !== '' && !isExpired)
      .flatMap((suppression) =>
        suppression.names.flatMap((name): UnusedName[] => {
          if (this.#used.get(suppression)?.has(name)) return [];
          const meant = registry.filter((meta) => isNamed(meta, name));
          if (meant.length === 0) return [{ suppression, name, isUnknown: true, meant: nearestName(name, registry) }];
          return meant.every(({ id }) => ran.has(id))
            ? [{ suppression, name, isUnknown: false, meant: undefined }]
            : [];
        }),
      );
  }
}

function nearestName(name: string, registry: readonly RuleMeta[]): string | undefined {
  return nearest(
    name,
    registry.flatMap(({ id, family, aliases }) => [id, family, ...aliases]),
  );
}

/** The name by which a comment silences a report. */
function silencingName(
  { names, covers, reason, isOwn, isExpired }: Suppression,
  { at, alias }: Report,
  meta: RuleMeta,
): string | undefined {
  if (!contains(covers, at) || isExpired || (isOwn && reason === '')) return undefined;
  const aliases = aliasesOf(meta, alias);
  return names.find(
    (name) =>
      name === meta.id ||
      name === meta.family ||
      aliases.some((code) => isAlias(code, name)) ||
      (name === 'buildkit:all' && isBuildkitCheck(aliases)),
  );
}
