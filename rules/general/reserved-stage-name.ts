import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { name, from } of file.stages) {
      const token = from.args[2];
      if (token !== undefined && (name === 'scratch' || name === 'context'))
        yield { at: token.range, data: { name: token.text } };
    }
  },
});
