import { defineRule } from '../../src/engine/rule.ts';
import { unpinnedOf } from '../../src/packages/pins.ts';

export default defineRule<{ strict: boolean }>({
  *dockerfile(file, { strict }) {
    for (const { calls } of file.python.stages) {
      for (const call of calls) {
        if (call.step.instruction.keyword !== 'RUN') continue;
        const unpinned = unpinnedOf(call, strict);
        const [first] = unpinned?.words ?? [];
        if (unpinned === undefined || first === undefined) continue;
        const names = unpinned.words.map(({ value }) => value);
        yield {
          at: first.range,
          alias: unpinned.alias,
          data: {
            tool: unpinned.tool,
            packages: names.length > 3 ? `${names.slice(0, 3).join(', ')} …` : names.join(', '),
          },
        };
      }
    }
  },
});
