import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { calls } of file.python.stages) {
      for (const { program, operands, step } of calls) {
        if (step.instruction.keyword !== 'RUN') continue;
        const target = operands.find(({ value }) => /^(?:\/usr)?\/bin\/sh$/.test(value));
        // What holds many programs in one, and a link back to the distribution's own, choose no shell.
        const isShell = operands.some(({ value }) => /(?:^|\/)(?:bash|zsh|ksh|mksh)$/.test(value));
        if (program === 'ln' && target !== undefined && isShell) yield { at: target.range };
      }
    }
  },
});
