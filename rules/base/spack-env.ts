import { defineRule, weighed } from '../../src/engine/rule.ts';
import type { Activation } from '../../src/python/model.ts';
import type { ShellCommand } from '../../src/shell/script.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { stage, activations } of file.python.stages) {
      for (const activation of activations) {
        const { kind, step, uses } = activation;
        if (kind !== 'spack' || step.onbuild) continue;
        const command = evaluated(activation);
        if (command === undefined || command.isConditional) continue;
        const isUsed = command === activation.command ? uses.length > 0 : isFollowed(command, activation);
        if (isUsed || command.redirects.some(({ operator }) => operator.startsWith('>'))) continue;
        const data = { command: file.text.slice(command.range.start, command.range.end).split('\n')[0] ?? '' };
        yield { at: command.range, data, severity: weighed('warning', stage, command) };
      }
    }
  },
});

/** The command that acts on the shell: itself, or the `eval` around `$(spack … --sh)`. Undefined where its text goes elsewhere. */
function evaluated({ command, script }: Activation): ShellCommand | undefined {
  if (!command.within.includes('substitution')) return command;
  return script.commands.find(
    ({ program, range }) => program === 'eval' && range.start <= command.range.start && command.range.end <= range.end,
  );
}

function isFollowed(command: ShellCommand, { script }: Activation): boolean {
  return script.commands.some(
    ({ range, program }) => range.start > command.range.end && !/^(?:echo|printf|true|:)$/.test(program),
  );
}
