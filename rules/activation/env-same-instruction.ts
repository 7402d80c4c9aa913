import { type Edit, lineEndingAt } from '../../src/dockerfile/edit.ts';
import { expand, type Reference, type Value } from '../../src/dockerfile/expand.ts';
import type { Pair } from '../../src/dockerfile/instructions.ts';
import type { Range } from '../../src/dockerfile/range.ts';
import type { Step } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf, type Report, weighed } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const step of file.stages.flatMap((stage) => stage.steps)) {
      const { keyword, pairs } = step.instruction;
      if (keyword !== 'ENV' || pairs.length < 2) continue;
      for (const [index, pair] of pairs.entries()) {
        if (pair.value === undefined) continue;
        const { references } = expand(pair.value.text, step.lookup, { escape: file.escape });
        for (const reference of references) {
          const report = judge(file, step, index, reference);
          if (report !== undefined)
            yield {
              ...report,
              at: rangeOf(step, pair, reference),
              data: { name: reference.name },
              severity: weighed(report.severity ?? 'error', step.stage),
            };
        }
      }
    }
  },
});

function judge(
  file: DockerfileModel,
  step: Step,
  index: number,
  { name, modifier }: Reference,
): Omit<Report, 'at'> | undefined {
  const { pairs } = step.instruction;
  const definition = pairs.findIndex((pair, at) => at !== index && pair.key.text === name && pair.value !== undefined);
  const defining = pairs[definition];
  if (defining?.value === undefined || pairs[index]?.key.text === name) return undefined;
  const before = step.lookup(name);
  const after: Value = expand(defining.value.text, step.lookup, { escape: file.escape });
  if (before?.known && after.known && before.text === after.text) return undefined;
  const isBehind = definition < index;
  // `OLD_PATH=$PATH PATH=…` keeps the old value on purpose, where there may be one.
  if (!isBehind && before !== undefined) return undefined;
  const fix =
    isBehind && !step.onbuild ? fixOf('safe', 'Split the ENV in two', splitBefore(file, step, index)) : undefined;
  const isUnset = before === undefined || (before.known && before.text === '' && modifier === ':-');
  if ((modifier === '-' || modifier === ':-') && isUnset) return { message: 'default', severity: 'warning', fix };
  return { confidence: before === undefined || before.known || name === 'PATH' ? undefined : 'medium', fix };
}

/** A pair's text stands in the logical line character by character, so that offsets in it can be counted there. */
function rangeOf({ instruction }: Step, { value }: Pair, { start, end }: Reference): Range {
  const from = value?.start ?? 0;
  return instruction.logical.range(from + start, from + end);
}

/** Starts a new ENV before a pair. Comments that stand between the two stay where they are. */
function splitBefore(file: DockerfileModel, { instruction }: Step, index: number): Edit[] {
  const previous = instruction.pairs[index - 1];
  const pair = instruction.pairs[index];
  if (previous === undefined || pair === undefined) return [];
  const start = previous.range.end;
  const end = pair.range.start;
  const gap = file.text.slice(start, end);
  const first = /\r?\n/.exec(gap);
  const head = `${instruction.name.text} `;
  if (first === null) return [{ range: { start, end }, text: lineEndingAt(file.text, start) + head }];
  const last = gap.lastIndexOf('\n') + 1;
  return [
    { range: { start, end: start + first.index }, text: '' },
    { range: { start: start + last, end }, text: head },
  ];
}
