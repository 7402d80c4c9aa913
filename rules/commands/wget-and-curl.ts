import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { calls } of file.python.stages) {
      const downloads = calls.filter(
        ({ program, step }) => step.instruction.keyword === 'RUN' && (program === 'wget' || program === 'curl'),
      );
      const [first] = downloads;
      const second = downloads.find(({ program }) => program !== first?.program);
      if (first === undefined || second === undefined) continue;
      const seen = new Set<unknown>();
      for (const { words, step, program, order } of downloads) {
        const [name] = words;
        if (name === undefined || order < second.order || seen.has(step)) continue;
        seen.add(step);
        yield {
          at: name.range,
          data: { program, other: program === 'wget' ? 'curl' : 'wget' },
          related: [{ message: 'the other one', range: (program === first.program ? second : first).command.range }],
        };
      }
    }
  },
});
