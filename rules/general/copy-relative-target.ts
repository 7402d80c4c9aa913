import { copyArguments } from '../../src/dockerfile/copy-arguments.ts';
import { expand } from '../../src/dockerfile/expand.ts';
import { isTold, stepsWith } from '../../src/dockerfile/stages.ts';
import { defineRule } from '../../src/engine/rule.ts';
import { chainOf, factsOf } from '../../src/python/facts.ts';

export default defineRule({
  *dockerfile(file) {
    for (const step of stepsWith(file.stages, 'COPY')) {
      const { instruction, lookup, stage, index, onbuild } = step;
      const target = copyArguments(instruction)?.target;
      if (target === undefined || onbuild) continue;
      const { text } = expand(target.text, lookup, { escape: file.escape });
      if (text === '' || /^(?:[/\\$]|[A-Za-z]:)/.test(text.replace(/^["']/, ''))) continue;
      const own = factsOf(stage, file.python.stages);
      const hasWorkdir =
        own === undefined ||
        chainOf(own).some(({ stage: { steps } }) =>
          steps.some(
            (other) => other.instruction.keyword === 'WORKDIR' && (other.stage !== stage || other.index < index),
          ),
        );
      if (hasWorkdir) continue;
      // Nobody says where that is; of most images it is the root.
      yield {
        at: target.range,
        data: { target: target.text },
        // An image that the build is told brings its directory along.
        severity: step.state.workdir.known || isTold(stage) ? 'info' : undefined,
      };
    }
  },
});
