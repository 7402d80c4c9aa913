import { expand, type Reference } from '../../src/dockerfile/expand.ts';
import { type Instruction, rangeIn, type Token } from '../../src/dockerfile/instructions.ts';
import { nearest } from '../../src/dockerfile/nearest.ts';
import type { Range } from '../../src/dockerfile/range.ts';
import { namesSetBefore, PLATFORM_ARGS, type Step, stepsWith } from '../../src/dockerfile/stages.ts';
import { defineRule } from '../../src/engine/rule.ts';

/** Instructions whose variables the build fills in; those of RUN, CMD and ENTRYPOINT are the shell's. */
const EXPANDED = ['ADD', 'ARG', 'COPY', 'ENV', 'EXPOSE', 'LABEL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR'] as const;

export default defineRule({
  *dockerfile(file) {
    if (!file.text.includes('$')) return;
    for (const step of stepsWith(file.stages, ...EXPANDED)) {
      if (step.onbuild) continue;
      for (const { text, place } of textsOf(step.instruction)) {
        if (!text.includes('$')) continue;
        const { references } = expand(text, step.lookup, { escape: file.escape, keepQuotes: place.isHeredoc });
        for (const { name, modifier, start, end } of references) {
          if (modifier !== undefined || !/^[A-Za-z_]/.test(name) || step.lookup(name) !== undefined) continue;
          // `${A:+${A}:}`: what stands in a part that is not taken is not asked for.
          if (references.some((outer) => outer.start < start && end < outer.end && !isTaken(outer, step))) continue;
          const meant = nearest(name, namesSetBefore(step), 2);
          yield {
            at: place.range(start, end),
            data: { name, meant: meant ?? '' },
            message: meant !== undefined ? 'meant' : PLATFORM_ARGS.includes(name) ? 'platform' : undefined,
          };
        }
      }
    }
  },
});

interface Text {
  readonly text: string;
  readonly place: { readonly isHeredoc: boolean; range(start: number, end: number): Range };
}

/** The texts of an instruction that are expanded, with the way back into the file. */
function* textsOf(instruction: Instruction): Generator<Text> {
  const { keyword, args, strings, json, pairs, heredocs, flags } = instruction;
  const tokens: (Token | undefined)[] = json ? [] : [...args];
  for (const { key, value } of pairs) tokens.push(keyword === 'ARG' ? undefined : key, value);
  for (const token of [...tokens, ...flags])
    if (token !== undefined)
      yield {
        text: token.text,
        place: { isHeredoc: false, range: (start, end) => rangeIn(instruction, token, start, end) },
      };
  for (const map of json ? strings : [])
    yield { text: map.text, place: { isHeredoc: false, range: (start, end) => map.range(start, end) } };
  for (const { expands, body } of heredocs)
    if (expands) yield { text: body.text, place: { isHeredoc: true, range: (start, end) => body.range(start, end) } };
}

/** Whether the word of `${NAME:+word}` or `${NAME:-word}` is used. */
function isTaken({ name, modifier = '' }: Reference, step: Step): boolean {
  const value = step.lookup(name);
  if (modifier.endsWith('+')) return value !== undefined;
  return !modifier.endsWith('-') || value === undefined || !value.known || value.text === '';
}
