import { replaceRange } from '../../src/dockerfile/edit.ts';
import type { Instruction } from '../../src/dockerfile/instructions.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    // What stands before the first FROM has no vote, as in BuildKit.
    const first = file.stages[0]?.from.range.start;
    if (first === undefined) return;
    const counted = file.instructions.filter(({ keyword, range }) => keyword !== undefined && range.start >= first);
    const lower = counted.filter(isLower).length;
    const upper = counted.filter(isUpper).length;
    const isMostlyLower = lower > upper;
    for (const { name } of counted) {
      const right = isMostlyLower ? name.text.toLowerCase() : name.text.toUpperCase();
      if (name.text === right) continue;
      yield {
        at: name.range,
        data: { name: name.text, case: isMostlyLower ? 'lower' : 'upper' },
        fix: fixOf('safe', `Write ${right}`, [replaceRange(file, name.range, right)]),
      };
    }
  },
});

function isLower({ name: { text } }: Instruction): boolean {
  return text === text.toLowerCase();
}

function isUpper({ name: { text } }: Instruction): boolean {
  return text === text.toUpperCase();
}
