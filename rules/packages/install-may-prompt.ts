import { defineRule, fixOf } from '../../src/engine/rule.ts';
import { promptsOf } from '../../src/packages/prompts.ts';
import { chainOf } from '../../src/python/facts.ts';
import { insertAfter } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const writes = chainOf(pythonStage).flatMap((stage) => stage.writes);
      const { calls } = pythonStage;
      for (const call of calls) {
        if (call.step.instruction.keyword !== 'RUN') continue;
        const prompt = promptsOf(call, writes);
        if (prompt === undefined) continue;
        const { packages, alias, option } = prompt;
        yield {
          at: packages.verb.range,
          alias,
          data: { tool: call.program, verb: packages.verb.value, option },
          fix: fixOf('safe', `Add ${option}`, [insertAfter(call.command, packages.verb, option)]),
        };
      }
    }
  },
});
