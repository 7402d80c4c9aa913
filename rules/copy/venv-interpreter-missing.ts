import { defineRule, weighed } from '../../src/engine/rule.ts';
import { lacksInterpreter } from '../../src/python/copied.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const seen = new Set<number>();
      const modules = pythonStage.stage.environment.get('PYTHONPATH')?.text ?? '';
      for (const { python, copiedBy, path } of pythonStage.environments) {
        // Only its packages are used, by another Python.
        if (modules.includes(`${path.text}/lib`)) continue;
        if (python === undefined || copiedBy === undefined || seen.has(copiedBy.source.range.start)) continue;
        if (!lacksInterpreter(python, pythonStage)) continue;
        seen.add(copiedBy.source.range.start);
        yield {
          at: copiedBy.source.range,
          data: { python: python.path ?? 'python', base: pythonStage.baseName },
          severity: weighed('error', pythonStage.stage),
        };
      }
    }
  },
  isDecisive: true,
  *image(image) {
    for (const { path, kind, target, layer } of image.python.environments) {
      if (kind === 'conda' || target === undefined || !image.isOwn(layer)) continue;
      if (image.files.find(`${path}/bin/python`) === undefined && image.files.find(`${path}/bin/python3`) === undefined)
        yield { path, layer, data: { venv: path, python: target }, message: 'image' };
    }
  },
});
