import { replaceRange } from '../../src/dockerfile/edit.ts';
import { expand, type Reference } from '../../src/dockerfile/expand.ts';
import { isImageReference } from '../../src/dockerfile/image-reference.ts';
import { flagOf, type Instruction, rangeIn, type Token } from '../../src/dockerfile/instructions.ts';
import { nearest } from '../../src/dockerfile/nearest.ts';
import { PLATFORM_ARGS } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    const declared = declaredIn(file);
    for (const { from, globals: lookup } of file.stages) {
      const platform = flagOf(from, 'platform');
      const offset = platform === undefined ? 0 : platform.text.length - platform.value.length;
      for (const [token, text, shift] of [
        [from.args[0], from.args[0]?.text ?? '', 0],
        [platform, platform?.value ?? '', offset],
      ] as const) {
        const { text: expanded, references } = expand(text, lookup, { escape: file.escape });
        for (const reference of references) {
          if (token === undefined || reference.modifier !== undefined || lookup(reference.name) !== undefined) continue;
          const meant = nearest(reference.name, declared, 2);
          const isFatal = token === from.args[0] && !isImageReference(expanded);
          yield {
            at: rangeIn(from, token, shift + reference.start, shift + reference.end),
            data: { name: reference.name, meant: meant ?? '' },
            message: meant === undefined ? undefined : 'meant',
            severity: isFatal ? undefined : 'warning',
            fix: meant === undefined ? undefined : renamed(file, from, token, shift, reference, meant),
          };
        }
      }
    }
  },
});

function renamed(
  file: DockerfileModel,
  from: Instruction,
  token: Token,
  shift: number,
  { name, start, end }: Reference,
  meant: string,
) {
  const text = token.text.slice(shift + start, shift + end).replace(name, meant);
  return fixOf('unsafe', `Write ${meant}`, [
    replaceRange(file, rangeIn(from, token, shift + start, shift + end), text),
  ]);
}

/** The names that FROM may use. */
function declaredIn({ instructions, stages }: DockerfileModel): string[] {
  const first = stages[0]?.from.range.start ?? 0;
  const own = instructions
    .filter(({ keyword, range }) => keyword === 'ARG' && range.start < first)
    .flatMap(({ pairs }) => pairs.map(({ key }) => key.text));
  return [...own, ...PLATFORM_ARGS];
}
