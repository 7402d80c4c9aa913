import type { ImageSubject } from '../image/subject.ts';
import type { Confidence, ImageReport, Rule, RuleMeta, Severity } from './rule.ts';
import { codeSetting, messageOf } from './rule.ts';

/** A flaw found in an image. */
export interface ImageFinding {
  readonly rule: RuleMeta;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly message: string;
  /** A path of the image, where it is one. */
  readonly path: string | undefined;
  /** Index of the layer that is to blame, where one is known. */
  readonly layer: number | undefined;
}

export interface ImageFindings {
  /** By layer, path and rule. */
  readonly findings: readonly ImageFinding[];
  /** Rules that failed on this image: bugs of ours, named so that the rest can go on. */
  readonly failures: readonly { readonly rule: string; readonly error: Error }[];
}

/** Checks an image with the given rules. Never throws. */
export function checkImage(image: ImageSubject, rules: readonly Rule[], pedantic: boolean): ImageFindings {
  const findings: ImageFinding[] = [];
  const failures: { rule: string; error: Error }[] = [];
  for (const rule of rules) {
    try {
      for (const report of rule.check.image?.(image) ?? []) {
        const set = codeSetting(rule, report.alias) ?? rule.severity;
        if (set === 'off') continue;
        const finding = findingOf(report, rule.meta, set);
        if (finding.confidence !== 'low' || pedantic) findings.push(finding);
      }
    } catch (error) {
      failures.push({ rule: rule.meta.id, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }
  return { findings: findings.sort(byPlace), failures };
}

function findingOf(report: ImageReport, meta: RuleMeta, set: Severity | undefined): ImageFinding {
  return {
    rule: meta,
    severity: set ?? report.severity ?? meta.severity,
    confidence: report.confidence ?? meta.confidence,
    message: messageOf(meta, report.message, report.data),
    path: report.path,
    layer: report.layer,
  };
}

function byPlace(a: ImageFinding, b: ImageFinding): number {
  const texts = (finding: ImageFinding): string => `${finding.path ?? ''}\0${finding.rule.id}\0${finding.message}`;
  return (a.layer ?? -1) - (b.layer ?? -1) || (texts(a) < texts(b) ? -1 : 1);
}
