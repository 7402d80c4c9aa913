import { type Edit, wholeLines } from '../../src/dockerfile/edit.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';
import type { Suppression } from '../../src/engine/suppressions.ts';

export default defineRule({
  *unused(file, unused) {
    for (const { suppression, name, isUnknown, meant } of unused) {
      const at = placeOf(file, suppression, name);
      const gone = new Set(unused.filter((other) => other.suppression === suppression).map((other) => other.name));
      yield {
        at,
        data: { name, meant: meant ?? '' },
        message: isUnknown ? (meant === undefined ? 'unknown' : 'meant') : undefined,
        fix:
          isUnknown && meant !== undefined
            ? fixOf('unsafe', `Write ${meant}`, [{ range: at, text: meant }])
            : fixOf('safe', 'Take it out', [without(file, suppression, gone)]),
      };
    }
  },
});

/** The name in the brackets of its comment. */
function placeOf({ text }: DockerfileModel, { range }: Suppression, name: string) {
  const start = text.indexOf(name, text.indexOf('[', range.start));
  return { start, end: start + name.length };
}

/** The comment without names; its line where none is left. */
function without({ text }: DockerfileModel, { range, names }: Suppression, gone: ReadonlySet<string>): Edit {
  const kept = names.filter((name) => !gone.has(name));
  if (kept.length === 0) return { range: wholeLines(text, range), text: '' };
  const start = text.indexOf('[', range.start) + 1;
  return { range: { start, end: text.indexOf(']', start) }, text: kept.join(', ') };
}
