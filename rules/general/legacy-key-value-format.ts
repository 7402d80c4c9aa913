import { replaceRange } from '../../src/dockerfile/edit.ts';
import type { Instruction } from '../../src/dockerfile/instructions.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const outer of file.instructions) {
      const instruction = outer.trigger ?? outer;
      if (!instruction.spaceSeparated) continue;
      const [pair] = instruction.pairs;
      if (pair === undefined) continue;
      const { keyword = '' } = instruction;
      const text = withEquals(instruction);
      yield {
        at: pair.range,
        data: { keyword, key: pair.key.text },
        fix:
          text === undefined ? undefined : fixOf('safe', 'Write it with "="', [replaceRange(file, pair.range, text)]),
      };
    }
  },
});

/** The pair with an equals sign; undefined where quotes or escapes would come to mean something else. */
function withEquals({ pairs: [pair], logical, argument }: Instruction): string | undefined {
  const { key, value } = pair ?? {};
  if (key === undefined || value === undefined || !logical.isWhole(argument.start, argument.end)) return undefined;
  // A name with another space or a sign in it (BuildKit parts them at ASCII spaces alone) would not be one any more.
  if (/[\s="'\\`]/.test(key.text)) return undefined;
  const { text } = value;
  if (/^[^\s"'\\`]+$/.test(text) || /^"[^"\\`]*"$/.test(text) || /^'[^']*'$/.test(text)) return `${key.text}=${text}`;
  return /["'\\`]/.test(text) ? undefined : `${key.text}="${text}"`;
}
