import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { calls } of file.python.stages) {
      for (const { program, operands, step } of calls) {
        if (step.instruction.keyword !== 'RUN') continue;
        const [source, target] = [operands.at(-2), operands.at(-1)];
        // What holds many programs in one, and a link back to the distribution's own, choose no shell.
        const isShell = /(?:^|\/)(?:bash|zsh|ksh|mksh)$/.test(source?.value ?? '');
        if (program === 'ln' && target !== undefined && isShell && /^(?:\/usr)?\/bin\/sh$/.test(target.value))
          yield { at: target.range };
      }
    }
  },
});
