import { copyArguments } from '../../src/dockerfile/copy-arguments.ts';
import { flagOf } from '../../src/dockerfile/instructions.ts';
import { type Stage, stageNamed, stepsWith } from '../../src/dockerfile/stages.ts';
import { defineRule } from '../../src/engine/rule.ts';

export default defineRule<{ strict: boolean }>({
  *dockerfile(file, { strict }) {
    for (const { instruction, stage } of stepsWith(file.stages, 'COPY')) {
      const { sources = [], target } = copyArguments(instruction) ?? {};
      const from = flagOf(instruction, 'from');
      if (from === undefined || target?.text !== '/') continue;
      const root = sources.find(({ text }) => text === '/');
      if (root === undefined) continue;
      // Into an empty image it makes one layer of many, and an image of a few tools has nothing to double: both are often meant.
      const source = stageNamed(file.stages, from.value, stage.index);
      // A stage that adds nothing is the image that it names.
      const isOwn = source?.steps.some(({ instruction }) => /^(?:RUN|COPY|ADD)$/.test(instruction.keyword ?? ''));
      const isWhole = isOwn && source?.base.kind === 'image' && stage.base.kind !== 'scratch';
      // Builders differ in whether a file that is there already, unchanged, is stored again.
      const isSame = isWhole && textOf(source) !== undefined && textOf(source) === textOf(stage);
      if (isWhole)
        yield isSame && !strict ? { at: root.range, severity: 'info', confidence: 'low' } : { at: root.range };
      else if (strict) yield { at: root.range, confidence: 'low' };
    }
  },
});

function textOf({ base }: Stage): string | undefined {
  return base.kind === 'image' ? base.text : undefined;
}
