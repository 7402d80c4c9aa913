import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    const isFragment = file.stages.length === 0;
    for (const { kind, code, message, range } of file.problems) {
      if (kind !== 'instruction') continue;
      yield { at: range, data: { problem: message } };
      // A file without FROM is a part of another one; saying it once is enough.
      if (isFragment && code === 'before-from') return;
    }
  },
});
