import { copyArguments } from '../../src/dockerfile/copy-arguments.ts';
import { expand } from '../../src/dockerfile/expand.ts';
import { isInside, joinPath, type Step, stepsWith } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';
import { chainOf, factsOf } from '../../src/python/facts.ts';

export default defineRule<{ strict: boolean }>({
  *dockerfile(file, { strict }) {
    for (const step of stepsWith(file.stages, 'COPY', 'ADD')) {
      const { instruction, lookup } = step;
      const copy = copyArguments(instruction);
      if (copy === undefined || copy.sources.length < 2) continue;
      const { target } = copy;
      const { text, known } = expand(target.text, lookup, { escape: file.escape });
      // `.` and `..` are directories that are there.
      if (text === '' || /[/\\]$|(?:^|\/)\.{1,2}$/.test(text) || (!known && text.endsWith('}'))) continue;
      if (!strict && isThere(file, step, joinPath(step.state.workdir, { text, known }).text)) continue;
      const at = target.range.end - (/["']$/.test(target.text) ? 1 : 0);
      yield {
        at: target.range,
        data: { keyword: instruction.keyword ?? '', target: target.text },
        fix:
          instruction.json || !/^(["']?)[\w./@%+,:~${}-]+\1$/.test(target.text)
            ? undefined
            : fixOf('safe', 'End it with a slash', [{ range: { start: at, end: at }, text: '/' }]),
      };
    }
  },
});

/** Whether the file itself has made the directory: by WORKDIR, mkdir, or a COPY into it. */
function isThere({ python }: DockerfileModel, { stage, index, state }: Step, path: string): boolean {
  if (isInside(state.workdir.text, path)) return true;
  const own = factsOf(stage, python.stages);
  const isBefore = (other: Step) => other.stage !== stage || other.index < index;
  return (own === undefined ? [] : chainOf(own)).some(
    ({ calls, copies }) =>
      calls.some(
        (call) =>
          call.program === 'mkdir' &&
          isBefore(call.step) &&
          call.operands.some((word) => isInside(call.path(word).text, path)),
      ) ||
      copies.some(
        ({ step, target, targetArg }) =>
          isBefore(step) &&
          (target.text.startsWith(`${path}/`) || (target.text === path && targetArg.text.endsWith('/'))),
      ),
  );
}
