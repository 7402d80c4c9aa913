import { stepsWith } from '../../src/dockerfile/stages.ts';
import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { instruction } of stepsWith(file.stages, 'EXPOSE'))
      for (const port of instruction.args)
        if (port.text.replace(/\$\{[^}]*\}/g, '').includes(':')) yield { at: port.range, data: { port: port.text } };
  },
});
