import type { Token } from '../../src/dockerfile/instructions.ts';
import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    const named = new Map<string, Token>();
    for (const { name, from } of file.stages) {
      const token = from.args[2];
      if (name === undefined || token === undefined) continue;
      const first = named.get(name);
      if (first === undefined) named.set(name, token);
      else
        yield {
          at: token.range,
          data: { name: token.text },
          related: [{ message: 'the first stage of that name', range: first.range }],
        };
    }
  },
});
