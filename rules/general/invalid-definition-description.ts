import type { Dockerfile, Instruction, Token } from '../../src/dockerfile/instructions.ts';
import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const instruction of file.instructions) {
      const { keyword, pairs, args } = instruction;
      const names: readonly (Token | undefined)[] =
        keyword === 'ARG' ? pairs.map(({ key }) => key) : keyword === 'FROM' ? [args[2]] : [];
      const [first] = names;
      if (keyword === undefined || first === undefined) continue;
      const comment = commentAbove(file, instruction);
      if (comment === undefined || comment.text === '') continue;
      const [word = ''] = comment.text.split(' ');
      if (names.some((name) => name?.text === word)) continue;
      yield {
        at: first.range,
        data: { keyword, name: names.length > 1 ? 'NAME' : first.text },
        related: [{ message: 'the comment that stands for a description', range: comment.range }],
      };
    }
  },
});

/** The last comment between an instruction and the one before it. */
function commentAbove({ instructions, comments, directives }: Dockerfile, instruction: Instruction) {
  const previous = instructions[instructions.indexOf(instruction) - 1]?.range.end ?? 0;
  const isDirective = (start: number) => directives.some(({ range }) => range.start === start);
  return comments.findLast(
    ({ range }) => range.start >= previous && range.end <= instruction.range.start && !isDirective(range.start),
  );
}
