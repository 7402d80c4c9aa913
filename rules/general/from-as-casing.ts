import { replaceRange } from '../../src/dockerfile/edit.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { from } of file.stages) {
      const [, as] = from.args;
      const keyword = from.name.text;
      const isUpper = keyword === keyword.toUpperCase();
      // A FROM in mixed case gives no case to follow.
      if (as === undefined || from.args.length < 3 || !(isUpper || keyword === keyword.toLowerCase())) continue;
      const right = isUpper ? as.text.toUpperCase() : as.text.toLowerCase();
      if (as.text === right || right.toLowerCase() !== 'as') continue;
      const fix = fixOf('safe', `Write ${right}`, [replaceRange(file, as.range, right)]);
      yield { at: as.range, data: { as: as.text, keyword }, fix };
    }
  },
});
