import { replaceRange } from '../../src/dockerfile/edit.ts';
import { expand } from '../../src/dockerfile/expand.ts';
import { isTold, joinPath, type Step } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';

export default defineRule<{ strict: boolean }>({
  *dockerfile(file, { strict }) {
    for (const stage of file.stages) {
      const { steps, base } = stage;
      // A stage that this one is built FROM has chosen a directory, or has been told.
      if (base.kind === 'stage' && !strict) continue;
      for (const step of steps) {
        const argument = step.instruction.args[0];
        if (step.instruction.keyword !== 'WORKDIR' || step.onbuild || argument === undefined) continue;
        const path = expand(argument.text, step.lookup, { escape: file.escape });
        if (isRelative(path.text))
          yield {
            at: argument.range,
            data: { path: argument.text },
            // An image that the build is told brings its directory along.
            severity: isTold(stage) ? 'info' : undefined,
            fix: absolute(file, step),
          };
        // Those behind it are relative to what the file itself says.
        if (!strict) break;
      }
    }
  },
});

/** Also of Windows, and what begins with something unknown may be absolute. */
function isRelative(path: string): boolean {
  return path !== '' && !/^(?:[/\\$]|[A-Za-z]:)/.test(path);
}

function absolute(file: DockerfileModel, { instruction, state, lookup }: Step) {
  const [argument] = instruction.args;
  if (argument === undefined || !state.workdir.known || /["']/.test(argument.text)) return undefined;
  const { text, known } = expand(argument.text, lookup, { escape: file.escape });
  const path = joinPath(state.workdir, { text, known });
  if (!path.known || argument.text.includes('$')) return undefined;
  return fixOf('unsafe', 'Write the whole path', [replaceRange(file, argument.range, path.text)]);
}
