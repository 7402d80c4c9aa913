import { fixText } from '../engine/fix.ts';
import { type Finding, type LintResult, lintText } from '../engine/lint.ts';
import { type DockerfileModel, type ModelOptions, modelOf } from '../engine/model.ts';
import type { Rule, Severity } from '../engine/rule.ts';
import type { Inspection } from '../image/inspect.ts';
import { hasPython } from '../python/purpose.ts';
import { type Forecast, forecastOf } from './activation-forecast.ts';
import { gainOf } from './gains.ts';
import { type Scenario, scenarioOf } from './scenarios.ts';
import { estimateOf, type SizeEstimate } from './size-estimate.ts';
import { type Strength, strengthsOf } from './strengths.ts';

/** One thing to change, with all the places that it is found at. */
export interface Change {
  readonly rule: string;
  readonly severity: Severity;
  readonly findings: readonly Finding[];
  /** Bytes that the image gets smaller by, as far as the model, or an image, tells. */
  readonly bytes: number | undefined;
  /** It is gone in the file with all fixes; else it is to be mended by hand. */
  readonly isMended: boolean;
}

/** What there is to say of a Dockerfile. */
export interface Advice {
  readonly path: string;
  readonly result: LintResult;
  readonly scenario: Scenario | undefined;
  /** Whether a stage has anything to do with Python; where none has, there is little to say. */
  readonly hasPython: boolean;
  readonly strengths: readonly Strength[];
  /** In the order of what they gain: what breaks first, then bytes, then severity. */
  readonly changes: readonly Change[];
  readonly before: string;
  /** The text with all fixes. */
  readonly after: string;
  /** Ways into a container of the changed file. */
  readonly activation: readonly Forecast[];
  readonly size: { readonly before: SizeEstimate; readonly after: SizeEstimate };
  /** The image that was looked at, if one was given. */
  readonly image: Inspection | undefined;
  /** A bug of ours: a fix that was thrown away. */
  readonly bug: string | undefined;
}

/** Advice on a Dockerfile: never throws for any text. `image` is one that was built of it. */
export function adviseOn(
  text: string,
  rules: readonly Rule[],
  options: ModelOptions & { readonly image?: Inspection | undefined },
): Advice {
  const { image, ...about } = options;
  const result = lintText(text, rules, { ...about, pedantic: true });
  const mended = fixText(text, rules, { ...about, pedantic: true, unsafe: true });
  const model = modelOf(text, about);
  const changed = modelOf(mended.text, about);
  const left = new Set(mended.result.findings.map(({ rule }) => rule.id));
  return {
    path: about.path ?? 'Dockerfile',
    result,
    scenario: scenarioOf(model.python.stages),
    hasPython: model.python.stages.some(hasPython),
    strengths: strengthsOf(model),
    changes: changesOf(result, model, left, image),
    before: text,
    after: mended.text,
    activation: changed.python.final === undefined ? [] : forecastOf(changed.python.final),
    size: { before: estimateOf(model.python.stages), after: estimateOf(changed.python.stages) },
    image,
    bug: mended.bug,
  };
}

const WEIGHT: Readonly<Record<Severity, number>> = { error: 2, warning: 1, info: 0 };

function changesOf(
  { findings }: LintResult,
  model: DockerfileModel,
  left: ReadonlySet<string>,
  image: Inspection | undefined,
): Change[] {
  const byRule = new Map<string, Finding[]>();
  for (const finding of findings) byRule.set(finding.rule.id, [...(byRule.get(finding.rule.id) ?? []), finding]);
  const changes = [...byRule].map(([rule, own]): Change => {
    const severity = own.reduce<Severity>(
      (worst, finding) => (WEIGHT[finding.severity] > WEIGHT[worst] ? finding.severity : worst),
      'info',
    );
    const isMended = !left.has(rule);
    return { rule, severity, findings: own, bytes: gainOf(own[0]?.rule.saves, model, image), isMended };
  });
  const isError = ({ severity }: Change) => (severity === 'error' ? 1 : 0);
  return changes.sort(
    (a, b) =>
      isError(b) - isError(a) ||
      (b.bytes ?? 0) - (a.bytes ?? 0) ||
      WEIGHT[b.severity] - WEIGHT[a.severity] ||
      (a.rule < b.rule ? -1 : 1),
  );
}
