import { defineRule, weighed } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { stage, environments, writes } of file.python.stages) {
      const seen = new Set<number>();
      for (const { parent, call, original, seesSystemPackages, path } of environments) {
        if (parent === undefined || call === undefined || original !== undefined || !seesSystemPackages) continue;
        const word = call.words.find(({ value }) => /^--sys/.test(value));
        if (word === undefined || seen.has(word.range.start)) continue;
        // A .pth file in the new environment is what does show it the parent's packages.
        const isBridged =
          writes.some((write) => write.path.text.endsWith('.pth')) ||
          (file.text.includes(`${path.text}/lib`) && file.text.includes('.pth'));
        if (isBridged) continue;
        seen.add(word.range.start);
        yield { at: word.range, data: { parent: parent.path.text }, severity: weighed('warning', stage, call.command) };
      }
    }
  },
});
