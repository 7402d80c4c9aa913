import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { kind, message, range } of file.problems)
      if (kind === 'syntax') yield { at: range, data: { problem: message } };
  },
});
