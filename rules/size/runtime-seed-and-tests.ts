import { defineRule } from '../../src/engine/rule.ts';
import { isKept } from '../../src/python/facts.ts';
import type { PythonEnvironment } from '../../src/python/model.ts';
import { SEEDS } from '../../src/python/tools.ts';

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
  *image(image) {
    for (const { path, kind, layer } of image.python.environments) {
      if (kind === 'conda' || !image.isOwn(layer)) continue;
      const names = image.distributions
        .filter(({ environment, name }) => environment?.path === path && SEEDS.has(name))
        .map(({ name }) => name);
      const hasMore = image.distributions.some(
        ({ environment, name }) => environment?.path === path && !SEEDS.has(name),
      );
      if (names.length > 0 && hasMore)
        yield { path, layer, data: { path, packages: names.sort().join(', ') }, message: 'image' };
    }
  },
});
