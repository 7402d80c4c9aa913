import { defineRule } from '../../src/engine/rule.ts';
import type { ScriptedStep } from '../../src/python/model.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { scripts } of file.python.stages) {
      for (const [index, second] of scripts.entries()) {
        const first = scripts[index - 1];
        if (first === undefined || second.step.index !== first.step.index + 1) continue;
        if (!isSingle(first) || !isSingle(second) || flagsOf(first) !== flagsOf(second)) continue;
        yield {
          at: second.step.instruction.name.range,
          related: [{ message: 'the one before it', range: first.step.instruction.name.range }],
        };
      }
    }
  },
});

/** One command alone, in a RUN: a list of several has been put together with a purpose. */
function isSingle({ step, script }: ScriptedStep): boolean {
  return step.instruction.keyword === 'RUN' && !step.onbuild && script.commands.length === 1;
}

function flagsOf({ step }: ScriptedStep): string {
  return step.instruction.flags.map(({ text }) => text).join(' ');
}
