import { defineRule, type Report, weighed } from '../../src/engine/rule.ts';
import { type CopiedPackages, copiedPackages, lacksInterpreter, libcOf } from '../../src/python/copied.ts';
import { chainOf, factsOf } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';

const COMPILERS = /^(?:gcc(?:-\d+)?|g\+\+(?:-\d+)?|build-essential|clang(?:-\d+)?|gfortran|rustc|cargo)$/;

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const copied of copiedPackages(pythonStage, file.python.stages)) {
        const source = factsOf(copied.copy.from, file.python.stages);
        const report = source && judge(copied, source, pythonStage);
        if (report !== undefined)
          yield {
            at: copied.source.arg.range,
            ...report,
            severity: weighed(report.severity ?? 'error', pythonStage.stage),
          };
      }
    }
  },
});

function judge(
  { environment }: CopiedPackages,
  source: PythonStage,
  stage: PythonStage,
): Pick<Report, 'data' | 'message' | 'severity'> | undefined {
  const python = environment?.python;
  // Without its interpreter nothing is loaded at all.
  if (python !== undefined && lacksInterpreter(python, stage)) return undefined;
  const from = libcOf(source);
  const to = libcOf(stage);
  if (from === undefined || to === undefined || stage.stage.base.kind === 'scratch') return undefined;
  if (from !== to) return { data: { from, to }, severity: 'error' };
  const { name, release } = source.base?.distribution ?? {};
  const other = stage.base?.distribution;
  const isNewer =
    name === other?.name && release !== undefined && other?.release !== undefined && release > other.release;
  if (!isNewer || !compiles(source)) return undefined;
  return { data: { from: source.baseName, to: stage.baseName }, message: 'newer', severity: 'warning' };
}

function compiles(stage: PythonStage): boolean {
  return chainOf(stage).some(({ packages }) =>
    packages.some(
      ({ action, packages: names }) => action === 'install' && names.some(({ name }) => COMPILERS.test(name)),
    ),
  );
}
