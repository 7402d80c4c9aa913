import { replaceRange } from '../../src/dockerfile/edit.ts';
import { rangeIn } from '../../src/dockerfile/instructions.ts';
import { stepsWith } from '../../src/dockerfile/stages.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { instruction } of stepsWith(file.stages, 'EXPOSE')) {
      for (const port of instruction.args) {
        const slash = port.text.indexOf('/');
        const protocol = slash === -1 || port.text.includes('$') ? '' : port.text.slice(slash + 1);
        if (protocol === protocol.toLowerCase()) continue;
        const range = rangeIn(instruction, port, slash + 1, port.text.length);
        yield {
          at: range,
          data: { port: port.text, protocol: protocol.toLowerCase() },
          fix: fixOf('safe', 'Write it in lower case', [replaceRange(file, range, protocol.toLowerCase())]),
        };
      }
    }
  },
});
