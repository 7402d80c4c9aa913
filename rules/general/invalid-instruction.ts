import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    const [first] = file.instructions;
    // A file without FROM is a part of another one as often as a mistake; saying it once is enough.
    const isFragment = file.stages.length === 0;
    if (isFragment && first !== undefined)
      yield { at: first.name.range, message: 'no-from', severity: 'warning', confidence: 'medium' };
    for (const { kind, code, message, range } of file.problems) {
      if (kind !== 'instruction' || (isFragment && code === 'before-from')) continue;
      yield { at: range, data: { problem: message }, alias: CODES[code] };
    }
  },
});

/** hadolint's codes for some of it. */
const CODES: Readonly<Record<string, string>> = {
  'before-from': 'hadolint:DL3061',
  port: 'hadolint:DL3011',
  trigger: 'hadolint:DL3043',
};
