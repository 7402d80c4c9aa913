import { defineRule } from '../../src/engine/rule.ts';

export default defineRule<{ strict: boolean }>({
  *dockerfile(file, { strict }) {
    for (const { calls } of file.python.stages) {
      for (const { command, program, words, step, script } of calls) {
        const [name, path] = words;
        if (program !== 'cd' || name === undefined || step.instruction.keyword !== 'RUN') continue;
        const at = { start: name.range.start, end: (path ?? name).range.end };
        const isLast =
          command.index === script.commands.length - 1 &&
          !command.isConditional &&
          command.scope.parent === undefined &&
          !command.within.some((construct) => /^(?:loop|function|branch|case)$/.test(construct));
        if (isLast) yield { at, message: 'lost', severity: 'warning' };
        else if (strict) yield { at };
      }
    }
  },
});
