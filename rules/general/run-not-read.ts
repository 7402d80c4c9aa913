import { defineRule } from '../../src/engine/rule.ts';
import { MAX_SCRIPT_LENGTH } from '../../src/shell/script.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { scripts } of file.python.stages) {
      for (const { step, script } of scripts) {
        if (script.isTooLong)
          yield { at: step.instruction.name.range, data: { limit: String(MAX_SCRIPT_LENGTH / 1024) } };
      }
    }
  },
});
