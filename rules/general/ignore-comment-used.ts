import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { range, names } of file.suppressions) yield { at: range, data: { names: names.join(', ') } };
  },
});
