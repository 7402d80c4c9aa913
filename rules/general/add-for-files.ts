import { copyArguments, isArchive, isRemote } from '../../src/dockerfile/copy-arguments.ts';
import { replaceRange } from '../../src/dockerfile/edit.ts';
import { expand } from '../../src/dockerfile/expand.ts';
import { type Step, stepsWith } from '../../src/dockerfile/stages.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const step of stepsWith(file.stages, 'ADD')) {
      const { instruction, lookup } = step;
      const sources = copyArguments(instruction)?.sources ?? [];
      const values = sources.map(({ text }) =>
        expand(text.replace(/^(["'])(.*)\1$/, '$2'), lookup, { escape: file.escape }),
      );
      // An archive among them is reason enough, and so is what cannot be told.
      if (values.length === 0 || values.some(({ text, known }) => !known || isRemote(text) || isArchive(text)))
        continue;
      if (values.some(({ text }) => /\*$|\.\*/.test(text))) continue;
      const isPlain = instruction.flags.every(({ name }) => ['chown', 'chmod', 'link', 'exclude'].includes(name));
      yield {
        at: instruction.name.range,
        fix: isPlain
          ? fixOf('safe', 'Write COPY', [replaceRange(file, instruction.name.range, copyFor(step))])
          : undefined,
      };
    }
  },
});

function copyFor({ instruction: { name } }: Step): string {
  return name.text === name.text.toLowerCase() ? 'copy' : 'COPY';
}
