import { removeInstruction } from '../../src/dockerfile/edit.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';

const CODES: Readonly<Record<string, string>> = {
  HEALTHCHECK: 'hadolint:DL3012',
  CMD: 'hadolint:DL4003',
  ENTRYPOINT: 'hadolint:DL4004',
};

export default defineRule({
  *dockerfile(file) {
    for (const { steps } of file.stages) {
      for (const { instruction, onbuild } of steps) {
        const { keyword = '' } = instruction;
        if (onbuild || !Object.hasOwn(CODES, keyword)) continue;
        const last = steps.findLast((other) => !other.onbuild && other.instruction.keyword === keyword);
        if (last === undefined || last.instruction === instruction) continue;
        yield {
          at: instruction.name.range,
          alias: CODES[keyword],
          data: { keyword },
          related: [{ message: 'this one counts', range: last.instruction.range }],
          // A comment that silences something here would silence what comes next.
          fix: file.suppressions.some(({ covers }) => covers.start === instruction.range.start)
            ? undefined
            : fixOf('safe', 'Take the one out that does not count', [removeInstruction(file, instruction)]),
        };
      }
    }
  },
});
