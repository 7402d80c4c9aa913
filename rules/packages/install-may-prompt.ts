import { defineRule, fixOf } from '../../src/engine/rule.ts';
import { promptsOf } from '../../src/packages/prompts.ts';
import { insertAfter } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { calls, writes } of file.python.stages) {
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
