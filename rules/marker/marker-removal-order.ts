import { defineRule, type Report, weighed } from '../../src/engine/rule.ts';
import { chainOf } from '../../src/python/facts.ts';
import type { MarkerSite, PythonStage } from '../../src/python/model.ts';
import { optionOf } from '../../src/python/options.ts';
import { bringsPython3, installsPython3, type PackageCall } from '../../src/python/packages.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const site of pythonStage.markerSites) {
        if (site.effect !== 'removed' || site.interpreter.kind !== 'distribution' || site.interpreter.marker !== 'yes')
          continue;
        const report = judge(site, pythonStage);
        if (report !== undefined)
          yield { at: site.range, severity: weighed('warning', pythonStage.stage, site.command), ...report };
      }
    }
  },
});

function judge(site: MarkerSite, pythonStage: PythonStage): Pick<Report, 'data' | 'message' | 'related'> | undefined {
  const later = pythonStage.packages.filter(({ call }) => call.order > site.order);
  if (isTooEarly(site, pythonStage, later)) return { data: { path: site.path }, message: 'too-early' };
  const restoring = later.find(restores);
  if (restoring === undefined) return undefined;
  const { call, verb } = restoring;
  const isReinstall = restoring.action === 'install';
  return {
    data: { path: site.path, later: `${call.program} ${verb.value}${isReinstall ? ' --reinstall' : ''}` },
    related: [{ message: 'this brings the file back', range: call.command.range }],
  };
}

/** Unpacking the package again writes all of its files. */
function restores({ action, line, packages }: PackageCall): boolean {
  if (action === 'upgrade') return true;
  return (
    action === 'install' &&
    optionOf(line, 'reinstall') !== undefined &&
    packages.some(({ name }) => bringsPython3(name))
  );
}

/** Packages that many images install first and that bring no Python along. */
const WITHOUT_PYTHON =
  /^(?:curl|wget|ca-certificates|gnupg2?|git|bash|make|gcc|g\+\+|tzdata|sudo|nano|vim|unzip|xz-utils|jq|openssl|locales|tini)$/;

function isTooEarly(site: MarkerSite, pythonStage: PythonStage, later: readonly PackageCall[]): boolean {
  if (pythonStage.base?.hasDistributionPython !== false) return false;
  const earlier = chainOf(pythonStage).flatMap(({ packages }) =>
    packages.filter(({ call }) => call.step.stage !== site.step.stage || call.order < site.order),
  );
  const mayBringPython = earlier.some(
    ({ action, packages }) => action === 'install' && packages.some(({ name }) => !WITHOUT_PYTHON.test(name)),
  );
  return !mayBringPython && later.some(installsPython3);
}
