import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { isOwn, reason, names, range } of file.suppressions)
      if (isOwn && reason === '') yield { at: range, data: { names: names.join(', ') } };
  },
});
