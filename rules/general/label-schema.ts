import { expand } from '../../src/dockerfile/expand.ts';
import type { Pair } from '../../src/dockerfile/instructions.ts';
import { flagOf } from '../../src/dockerfile/instructions.ts';
import { unquoted } from '../../src/dockerfile/lexer.ts';
import { type Stage, stageNamed } from '../../src/dockerfile/stages.ts';
import { defineRule, type Report } from '../../src/engine/rule.ts';

type LabelType = 'text' | 'url' | 'rfc3339' | 'spdx' | 'hash' | 'semver' | 'email';

interface LabelOptions {
  readonly labels: Readonly<Record<string, LabelType>>;
  readonly only: boolean;
}

export default defineRule<LabelOptions>({
  *dockerfile(file, { labels, only }) {
    if (Object.keys(labels).length === 0) return;
    for (const stage of file.stages) {
      yield* missing(stage, file.stages, labels);
      for (const step of stage.steps) {
        if (step.instruction.keyword !== 'LABEL') continue;
        for (const pair of step.instruction.pairs) {
          const report = judge(pair, labels, only, (text) => expand(text, step.lookup, { escape: file.escape }));
          if (report !== undefined) yield report;
        }
      }
    }
  },
});

/** Labels that a stage's image lacks. What a builder lacks does not matter where a stage that has it copies from there. */
function* missing(stage: Stage, stages: readonly Stage[], labels: LabelOptions['labels']): Generator<Report> {
  const own = labelsOf(stage);
  const copiers = stages.filter(
    (other) =>
      other.index > stage.index &&
      other.steps.some(({ instruction }) => {
        const from = flagOf(instruction, 'from')?.value;
        return from !== undefined && stageNamed(stages, from, other.index) === stage;
      }),
  );
  for (const name of Object.keys(labels)) {
    if (own.has(name) || copiers.some((copier) => labelsOf(copier).has(name))) continue;
    yield { at: stage.from.name.range, message: 'missing', alias: 'hadolint:DL3049', data: { key: name } };
  }
}

function labelsOf(stage: Stage): ReadonlySet<string> {
  const own = stage.steps.flatMap(({ instruction, onbuild }) =>
    instruction.keyword === 'LABEL' && !onbuild ? instruction.pairs.map(keyOf) : [],
  );
  return new Set([...own, ...(stage.base.kind === 'stage' ? labelsOf(stage.base.stage) : [])]);
}

function keyOf({ key }: Pair): string {
  return unquoted(key.text);
}

function judge(
  pair: Pair,
  labels: LabelOptions['labels'],
  only: boolean,
  expanded: (text: string) => { readonly text: string; readonly known: boolean },
): Report | undefined {
  const key = keyOf(pair);
  const type = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (type === undefined)
    return only ? { at: pair.key.range, message: 'unknown', alias: 'hadolint:DL3050', data: { key } } : undefined;
  const { text, known } = expanded(pair.value?.text ?? '');
  const at = pair.value?.range ?? pair.key.range;
  if (text === '') return { at, message: 'empty', alias: 'hadolint:DL3051', data: { key } };
  if (type === 'text' || !known) return undefined;
  const { alias, pattern, is } = TYPES[type];
  return pattern.test(text) ? undefined : { at, alias, data: { key, value: text, is } };
}

const TYPES: Readonly<Record<Exclude<LabelType, 'text'>, { alias: string; pattern: RegExp; is: string }>> = {
  url: { alias: 'hadolint:DL3052', pattern: /^[a-z][a-z0-9+.-]*:\/\/\S+$/i, is: 'a URL' },
  rfc3339: {
    alias: 'hadolint:DL3053',
    pattern: /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/,
    is: 'a time by RFC 3339',
  },
  spdx: {
    alias: 'hadolint:DL3054',
    pattern: /^\(?[A-Za-z][\w.+-]*(?:-[\w.+]+)*\)?(?:\s+(?:AND|OR|WITH)\s+\(?[A-Za-z][\w.+-]*\)?)*$/,
    is: 'an SPDX licence expression',
  },
  hash: { alias: 'hadolint:DL3055', pattern: /^(?:[0-9a-f]{7}|[0-9a-f]{40}|[0-9a-f]{64})$/, is: 'a git commit' },
  semver: {
    alias: 'hadolint:DL3056',
    pattern:
      /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?(?:\+[\dA-Za-z.-]+)?$/,
    is: 'a semantic version',
  },
  email: { alias: 'hadolint:DL3058', pattern: /^[^\s@]+@[^\s@]+\.[^\s@]+$/, is: 'an e-mail address' },
};
