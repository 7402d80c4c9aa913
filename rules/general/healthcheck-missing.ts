import type { Stage } from '../../src/dockerfile/stages.ts';
import { defineRule } from '../../src/engine/rule.ts';

export default defineRule<{ stages: 'last' | 'all' }>({
  *dockerfile(file, options) {
    const { stages } = file;
    const leaves =
      options.stages === 'all'
        ? stages.filter((stage) => !stages.some((other) => parentOf(other) === stage))
        : stages.filter(({ role }) => role === 'final');
    for (const leaf of leaves) if (!hasHealthcheck(leaf)) yield { at: leaf.from.name.range };
  },
});

function parentOf({ base }: Stage): Stage | undefined {
  return base.kind === 'stage' ? base.stage : undefined;
}

/** HEALTHCHECK NONE is an answer, too. */
function hasHealthcheck(stage: Stage): boolean {
  const parent = parentOf(stage);
  const isOwn = stage.steps.some(({ instruction, onbuild }) => instruction.keyword === 'HEALTHCHECK' && !onbuild);
  return isOwn || (parent !== undefined && hasHealthcheck(parent));
}
