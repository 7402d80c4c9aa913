import { wholeLines } from '../../src/dockerfile/edit.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { isOwn, reason, names, range } of file.suppressions)
      if (isOwn && reason === '')
        yield {
          at: range,
          data: { names: names.join(', ') },
          fix: fixOf('unsafe', 'Take it out: it silences nothing', [{ range: wholeLines(file.text, range), text: '' }]),
        };
  },
});
