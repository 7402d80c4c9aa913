import { copyArguments, isRemote } from '../../src/dockerfile/copy-arguments.ts';
import { expand } from '../../src/dockerfile/expand.ts';
import { flagOf } from '../../src/dockerfile/instructions.ts';
import { normalizePath, stepsWith } from '../../src/dockerfile/stages.ts';
import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    const { context } = file;
    if (context === undefined) return;
    for (const step of stepsWith(file.stages, 'COPY', 'ADD')) {
      const { instruction, lookup, onbuild } = step;
      // Another context is sent along when ONBUILD comes to its turn.
      if (onbuild || flagOf(instruction, 'from') !== undefined) continue;
      for (const source of copyArguments(instruction)?.sources ?? []) {
        const { text, known } = expand(source.text, lookup, { escape: file.escape });
        if (!known || text === '' || isRemote(text) || /[*?[]/.test(text)) continue;
        const path = normalizePath(`/${text}`).slice(1);
        const isAll = path === '';
        if (context.leavesOut(isAll ? '.' : path))
          yield {
            at: source.range,
            data: { keyword: instruction.keyword ?? '', path: source.text },
            ...(isAll ? { message: 'all', severity: 'warning' } : {}),
          };
      }
    }
  },
});
