import type { Range } from '../dockerfile/range.ts';
import { fingerprintOf } from '../engine/fingerprint.ts';
import type { ImageFinding } from '../engine/image.ts';
import type { Finding, LintResult } from '../engine/lint.ts';
import type { JsonFinding, JsonFindingHead, JsonRange } from './json-types.ts';
import { ruleUrl } from './report.ts';

/** A finding of a Dockerfile as JSON has it. */
export function dockerfileFinding(path: string, result: LintResult, finding: Finding, isKnown = false): JsonFinding {
  const { range, stage, builds, related, fix, suppressedBy } = finding;
  return {
    ...headOf(finding),
    subject: 'dockerfile',
    path,
    range: rangeOf(result, range),
    ...(stage === undefined ? {} : { stage }),
    ...(builds === undefined ? {} : { builds }),
    ...(related.length === 0
      ? {}
      : { related: related.map((other) => ({ message: other.message, path, range: rangeOf(result, other.range) })) }),
    ...(fix === undefined
      ? {}
      : {
          fix: {
            title: fix.title,
            applicability: fix.applicability,
            edits: fix.edits.map((edit) => ({ path, range: rangeOf(result, edit.range), text: edit.text })),
            ...(fix.ignore === undefined ? {} : { ignore: fix.ignore }),
          },
        }),
    fingerprint: fingerprintOf(finding, result),
    ...(isKnown ? { suppressed: { by: 'baseline', reason: '' } } : {}),
    ...(suppressedBy === undefined ? {} : { suppressed: { by: 'comment', reason: suppressedBy.reason } }),
  };
}

/** What findings of Dockerfiles and of images have in common. */
export function headOf({ rule, severity, confidence, message }: Finding | ImageFinding): JsonFindingHead {
  return { rule: rule.id, family: rule.family, severity, confidence, message, url: ruleUrl(rule.id) };
}

/** A range with lines, columns and offsets. */
export function rangeOf({ lines }: LintResult, { start, end }: Range): JsonRange {
  return { start: { ...lines.position(start), offset: start }, end: { ...lines.position(end), offset: end } };
}
