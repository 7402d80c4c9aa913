import { replaceRange } from '../../src/dockerfile/edit.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { from } of file.stages) {
      const name = from.args[2];
      const lower = name?.text.toLowerCase();
      if (name === undefined || lower === undefined || name.text === lower) continue;
      // COPY --from, FROM and --target find a stage in whatever case.
      const fix = fixOf('safe', 'Write it in lower case', [replaceRange(file, name.range, lower)]);
      yield { at: name.range, data: { name: name.text, lower }, fix };
    }
  },
});
