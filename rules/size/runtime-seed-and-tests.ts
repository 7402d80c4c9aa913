import { defineRule } from '../../src/engine/rule.ts';
import { isKept } from '../../src/python/facts.ts';
import type { PythonEnvironment } from '../../src/python/model.ts';

export default defineRule({
  *dockerfile(file) {
    const seen = new Set<PythonEnvironment>();
    for (const pythonStage of file.python.stages.filter(isKept)) {
      for (const { original } of pythonStage.environments) {
        if (original === undefined || original.original !== undefined || seen.has(original)) continue;
        const { pathWord, hasPip, kind, path, stage } = original;
        if (pathWord === undefined || !hasPip || (kind !== 'venv' && kind !== 'virtualenv')) continue;
        seen.add(original);
        const isTakenOut = file.python.stages.some((other) =>
          other.installs.some(
            ({ action, packages }) => action === 'uninstall' && packages.some(({ value }) => value === 'pip'),
          ),
        );
        if (!isTakenOut && stage.role !== 'unused') yield { at: pathWord.range, data: { path: path.text } };
      }
    }
  },
});
