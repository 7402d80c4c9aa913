import { defineRule, weighed } from '../../src/engine/rule.ts';
import { chainOf, changesPackages, rootOf } from '../../src/python/facts.ts';
import type { Install } from '../../src/python/model.ts';
import { optionOf } from '../../src/python/options.ts';
import { BOOTSTRAP } from '../../src/python/requirements.ts';

const COMPILERS = /^(?:gcc|g\+\+|musl-dev|build-base|alpine-sdk|python3-dev|rust|cargo|gfortran|clang)$/;

const INSTALLERS = new Set<Install['tool']>(['pip', 'uv', 'poetry', 'pipenv', 'pdm', 'pip-sync']);

export default defineRule({
  *dockerfile(file) {
    const seen = new Set<number>();
    for (const pythonStage of file.python.stages) {
      const { base, stage } = pythonStage;
      const image = rootOf(pythonStage).args[0];
      if (
        stage.role === 'unused' ||
        base?.distribution?.name !== 'alpine' ||
        image === undefined ||
        seen.has(image.range.start)
      )
        continue;
      const installs = pythonStage.installs.filter(
        (install) =>
          INSTALLERS.has(install.tool) &&
          changesPackages(install) &&
          install.label !== 'uv tool' &&
          !install.installsOnly(BOOTSTRAP),
      );
      if (!installs.some(compiles)) continue;
      const names = chainOf(pythonStage)
        .flatMap(({ packages }) => packages)
        .filter(({ action }) => action === 'install')
        .flatMap(({ packages }) => packages.map(({ name }) => name));
      const compilers = [...new Set(names.filter((name) => COMPILERS.test(name)))];
      if (compilers.length === 0) continue;
      seen.add(image.range.start);
      yield { at: image.range, data: { packages: compilers.join(', ') }, severity: weighed('warning', stage) };
    }
  },
});

/** Installs that take wheels alone compile nothing. */
function compiles({ line, setting }: Install): boolean {
  return optionOf(line, 'only-binary') === undefined && setting('only-binary') === undefined;
}
