import type { Range } from '../../src/dockerfile/range.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';
import { isRootUser } from '../../src/python/call.ts';
import type { ShellWord } from '../../src/shell/script.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { calls } of file.python.stages) {
      for (const { command, step } of calls) {
        if (step.instruction.keyword !== 'RUN') continue;
        const wrapper = command.wrappers.find(({ name }) => name === 'sudo');
        const word = wrapper?.word ?? (command.program === 'sudo' ? command.words[0] : undefined);
        const at = word && nameIn(file, word);
        if (at === undefined) continue;
        if (isRootUser(step.state.user) !== true) {
          // A user of an image for development may have it on purpose, and of an image nobody knows, who can tell.
          yield { at, severity: 'info', confidence: 'low' };
          continue;
        }
        const isPlain =
          wrapper?.options.length === 0 && command.shell !== 'exec' && /^[ \t]/.test(file.text.slice(at.end));
        const end = at.end + (/^[ \t]+/.exec(file.text.slice(at.end))?.[0].length ?? 0);
        yield {
          at,
          message: 'root',
          fix: isPlain ? fixOf('unsafe', 'Leave sudo out', [{ range: { start: at.start, end }, text: '' }]) : undefined,
        };
      }
    }
  },
});

/** The name in the word that starts it, without a path and quotes. */
function nameIn({ text }: DockerfileModel, { range }: ShellWord): Range | undefined {
  const at = text.slice(range.start, range.end).lastIndexOf('sudo');
  if (at === -1) return undefined;
  return { start: range.start + at, end: range.start + at + 'sudo'.length };
}
