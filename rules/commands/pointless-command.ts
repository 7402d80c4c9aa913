import { defineRule } from '../../src/engine/rule.ts';
import type { Call } from '../../src/python/call.ts';

/** Programs that show something, or want somebody to type. */
const INTERACTIVE = new Set(['top', 'htop', 'vim', 'vi', 'nano', 'emacs', 'free', 'less', 'more']);
const ALSO = new Set(['kill', 'mount', 'ps', 'shutdown', 'ssh', 'service']);

export default defineRule<{ strict: boolean }>({
  *dockerfile(file, { strict }) {
    for (const { calls } of file.python.stages) {
      for (const call of calls) {
        const { program, words, step } = call;
        const [name] = words;
        if (name === undefined || step.instruction.keyword !== 'RUN') continue;
        const data = { program };
        if (startsForNothing(call))
          yield { at: { start: name.range.start, end: (words.at(-1) ?? name).range.end }, data, message: 'service' };
        else if (
          (INTERACTIVE.has(program) && isBare(call)) ||
          (strict && ALSO.has(program)) ||
          program === 'shutdown' ||
          program === 'reboot'
        )
          yield { at: name.range, data };
      }
    }
  },
});

/** What it prints goes nowhere, and nobody is there to type. */
function isBare({ command, words }: Call): boolean {
  const isUsed =
    command.connector === '|' ||
    command.within.some((construct) => construct === 'pipeline' || construct === 'substitution');
  const isBatch = words.some(({ value }) =>
    /^(?:--version|--help|--batch|--script|-es|-s|-Q|-[A-Za-z]*c|\+\w.*|-u)$/.test(value),
  );
  return !isUsed && !isBatch && command.redirects.length === 0;
}

/** `service X start` at the end of a RUN: processes end with it. */
function startsForNothing({ command, program, words, script }: Call): boolean {
  const verb = program === 'service' ? words[2]?.value : program === 'systemctl' ? words[1]?.value : undefined;
  return verb === 'start' && command.index === script.commands.length - 1;
}
