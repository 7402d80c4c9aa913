import { defineRule } from '../../src/engine/rule.ts';
import { isDate } from '../../src/engine/suppressions.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { isExpired, until = '', names, range } of file.suppressions)
      if (isExpired)
        yield { at: range, data: { names: names.join(', '), until }, message: isDate(until) ? undefined : 'no-date' };
  },
});
