import { defineRule, weighed } from '../../src/engine/rule.ts';
import { chainOf, changesPackages, isKept } from '../../src/python/facts.ts';
import type { Install, PythonEnvironment } from '../../src/python/model.ts';
import { optionOf } from '../../src/python/options.ts';
import { SEEDS } from '../../src/python/tools.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      if (!isKept(pythonStage)) continue;
      const copied = new Map<PythonEnvironment, PythonEnvironment>();
      for (const environment of chainOf(pythonStage).flatMap(({ environments }) => environments)) {
        const { original, copiedBy, stage, path } = environment;
        if (original === undefined || copiedBy === undefined) continue;
        const first = copied.get(original);
        if (first === undefined) copied.set(original, environment);
        // The same file in the same place costs nothing where the builder skips it.
        else if (first.path.text !== path.text && stage === pythonStage.stage)
          yield {
            at: copiedBy.source.range,
            data: { path: first.path.text, other: path.text },
            severity: weighed('warning', stage),
          };
      }
      const seen = new Map<string, Install>();
      for (const install of chainOf(pythonStage).flatMap(({ installs }) => installs)) {
        const { target, line, command, step, range } = install;
        if ((target.kind !== 'base' && target.kind !== 'environment') || !changesPackages(install)) continue;
        if (optionOf(line, 'dry-run') !== undefined) continue;
        for (const option of line.options) {
          if (option.name !== 'requirement' && option.name !== 'requirements') continue;
          const name = option.value ?? '';
          const first = seen.get(name);
          if (first === undefined) seen.set(name, install);
          else if (first.target.kind !== target.kind && step.stage === pythonStage.stage)
            yield {
              at: range,
              data: { requirements: name },
              message: 'install',
              severity: weighed('warning', pythonStage.stage, command),
            };
        }
      }
    }
  },
  *image(image) {
    const venvs = image.python.environments.filter(({ kind, layer }) => kind !== 'conda' && image.isOwn(layer));
    const packagesOf = (path: string): string[] =>
      image.distributions
        .filter(({ environment, name }) => environment?.path === path && !SEEDS.has(name))
        .map(({ name, version }) => `${name} ${version}`)
        .sort();
    for (const [index, venv] of venvs.entries()) {
      const own = packagesOf(venv.path);
      // Two or three tools may be in both for a reason.
      if (own.length < LEAST) continue;
      const other = venvs.slice(0, index).find(({ path }) => packagesOf(path).join() === own.join());
      if (other !== undefined)
        yield { path: venv.path, layer: venv.layer, data: { path: other.path, other: venv.path } };
    }
  },
});

/** With fewer packages two environments are alike by chance. */
const LEAST = 4;
