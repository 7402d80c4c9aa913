import { defineRule, weighed } from '../../src/engine/rule.ts';
import { chainOf, changesPackages, rootOf } from '../../src/python/facts.ts';
import type { Install } from '../../src/python/model.ts';
import { optionOf } from '../../src/python/options.ts';
import type { PackageCall } from '../../src/python/packages.ts';
import { BOOTSTRAP, requirementsOf } from '../../src/python/requirements.ts';

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
      const calls = chainOf(pythonStage).flatMap(({ packages }) => packages);
      // Compilers that are there when pip runs: what was deleted before compiled something else.
      const serving = calls.filter(
        (call) =>
          call.action === 'install' && installs.some((install) => compiles(install) && isThere(call, install, calls)),
      );
      const names = serving.flatMap(({ packages }) => packages.map(({ name }) => name));
      const compilers = [...new Set(names.filter((name) => COMPILERS.test(name)))];
      // apk's own Python cannot compile anything without its headers.
      const hasHeaders = base.python === 'official' || names.some((name) => /^(?:python3|py3-.*)-dev$/.test(name));
      if (compilers.length === 0 || !hasHeaders) continue;
      seen.add(image.range.start);
      yield {
        at: image.range,
        data: { packages: compilers.join(', ') },
        severity: stage.role === 'copied' ? 'info' : weighed('warning', stage),
      };
    }
  },
  *image(image) {
    if (!image.files.list('/lib').some((name) => name.startsWith('ld-musl-'))) return;
    const built = image.distributions.filter(({ path, layer }) => {
      const tag = /^Tag: .*-linux_\w+$/m.test(image.files.text(`${path}/WHEEL`) ?? '');
      return tag && image.isOwn(layer);
    });
    const [first] = built;
    if (first === undefined) return;
    const names = built.map(({ name }) => name).sort();
    yield {
      path: first.site,
      layer: first.layer,
      data: {
        packages: names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', '),
      },
      message: 'image',
      severity: 'info',
    };
  },
});

/** Installs that take wheels alone compile nothing. */
function compiles(install: Install): boolean {
  const { line, setting, packages } = install;
  // A repository alone says nothing of compiled code.
  const isRepository =
    packages.length > 0 && requirementsOf(install).every(({ pin }) => pin === 'branch' || pin === 'commit');
  return !isRepository && optionOf(line, 'only-binary') === undefined && setting('only-binary') === undefined;
}

/** Installed in an earlier command and not deleted in between. */
function isThere({ call }: PackageCall, { step, order }: Install, calls: readonly PackageCall[]): boolean {
  const isBefore = call.step.stage !== step.stage || call.order < order;
  const isDeleted = calls.some(
    (other) => other.action === 'remove' && other.call.step === step && call.step === step && other.call.order < order,
  );
  return isBefore && !isDeleted;
}
