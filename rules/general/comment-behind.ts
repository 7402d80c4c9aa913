import { insertLines } from '../../src/dockerfile/edit.ts';
import { type Instruction, rangeIn } from '../../src/dockerfile/instructions.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf } from '../../src/engine/rule.ts';

/** Their words are the shell's, which knows comments; in brackets they are no more a list with one behind it. */
const OF_SHELL = ['RUN', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK'];

export default defineRule({
  *dockerfile(file) {
    for (const instruction of file.instructions) {
      const { keyword, argument, trigger, heredocs } = instruction;
      if (keyword === undefined || keyword === 'MAINTAINER' || trigger !== undefined || heredocs.length > 0) continue;
      const isShell = OF_SHELL.includes(keyword);
      // What stands in quotes is no comment.
      const text = argument.text.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, (quoted) => 'x'.repeat(quoted.length));
      const found = isShell ? /^\[.*\]\s+(#.*)$/s.exec(text) : /\s(#(?:\s.*|[A-Za-z].*)?)$/s.exec(text);
      if (found === null) continue;
      // `[ "$A" = b ]` is a test of the shell.
      if (isShell && !isList(argument.text.slice(0, text.lastIndexOf(']', found.index + found[0].indexOf('#')) + 1)))
        continue;
      const start = found.index + found[0].length - (found[1]?.length ?? 0);
      yield {
        at: rangeIn(instruction, argument, start, argument.text.trimEnd().length),
        data: { keyword },
        message: isShell ? 'list' : keyword === 'ARG' ? 'names' : undefined,
        severity: keyword === 'ARG' ? 'info' : undefined,
        // The old form takes the rest of the line for the value: it may be meant.
        confidence: /^(?:ENV|LABEL)$/.test(keyword) && !/^\S+=/.test(argument.text) ? 'low' : undefined,
        fix: () => above(file, instruction, start),
      };
    }
  },
});

function isList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}

function above(file: DockerfileModel, instruction: Instruction, start: number): Fix | undefined {
  const { argument } = instruction;
  const end = argument.text.trimEnd().length;
  const before = argument.text.slice(0, start).trimEnd().length;
  const range = rangeIn(instruction, argument, before, end);
  // A line ending stands between them.
  if (range.end - range.start !== end - before) return undefined;
  return fixOf('unsafe', 'Give the comment a line of its own', [
    insertLines(file, instruction, 'before', [argument.text.slice(start, end)]),
    { range, text: '' },
  ]);
}
