import { lineEndingAt } from '../../src/dockerfile/edit.ts';
import type { Dockerfile, Instruction } from '../../src/dockerfile/instructions.ts';
import { skipSpace } from '../../src/dockerfile/lexer.ts';
import type { Range } from '../../src/dockerfile/range.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const instruction of file.instructions) {
      if (instruction.endLine === instruction.startLine) continue;
      const blank = blankLines(file, instruction);
      const [first] = blank;
      if (first === undefined) continue;
      const end = first.end - lineEndingAt(file.text, first.start).length;
      yield {
        at: { start: first.start, end: Math.max(first.start, end) },
        data: { keyword: instruction.keyword ?? instruction.name.text },
        fix: fixOf(
          'safe',
          'Take the blank lines out',
          blank.map((range) => ({ range, text: '' })),
        ),
      };
    }
  },
});

/** The blank lines of a logical line, with their line ends; heredocs below it do not count. */
function blankLines({ text }: Dockerfile, { range, logical }: Instruction): Range[] {
  const end = logical.endAt(logical.text.length);
  const found: Range[] = [];
  for (let start = text.indexOf('\n', range.start) + 1; start > 0 && start < end; ) {
    const next = text.indexOf('\n', start) + 1;
    if (next === 0) break;
    // Not a byte order mark, which trim() takes for a blank.
    if (skipSpace(text, start, next) === next) found.push({ start, end: next });
    start = next;
  }
  return found;
}
