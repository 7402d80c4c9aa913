import { defineRule, fixOf } from '../../src/engine/rule.ts';
import { replaceWord } from '../../src/shell/edit.ts';

/** Commands that apt-get has as well, and that mean the same there. */
const SHARED = /^(?:update|install|remove|purge|autoremove|clean|autoclean|source|build-dep|download)$/;

/** Options that every apt-get has. */
const OPTIONS =
  /^(?:-[yqfmd]+|--(?:yes|assume-yes|quiet|no-install-recommends|fix-missing|fix-broken|purge|auto-remove|autoremove|reinstall))$/;

export default defineRule({
  *dockerfile(file) {
    for (const { calls } of file.python.stages) {
      for (const { command, program, words, step, operands } of calls) {
        const [name] = words;
        if (program !== 'apt' || name === undefined || step.instruction.keyword !== 'RUN') continue;
        const isShared =
          name.value === 'apt' &&
          SHARED.test(operands[0]?.value ?? '') &&
          words.every(({ value }) => !value.startsWith('-') || OPTIONS.test(value)) &&
          command.shell !== 'exec';
        yield {
          at: name.range,
          fix: isShared ? fixOf('safe', 'Write apt-get', [replaceWord(name, 'apt-get')]) : undefined,
        };
      }
    }
  },
});
