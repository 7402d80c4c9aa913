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
  *image(image) {
    const isMusl = image.files.list('/lib').some((name) => name.startsWith('ld-musl-'));
    const isGlibc = [
      '/lib/x86_64-linux-gnu/libc.so.6',
      '/lib64/libc.so.6',
      '/lib/aarch64-linux-gnu/libc.so.6',
      '/usr/lib/libc.so.6',
    ].some((path) => image.files.find(path) !== undefined);
    if (isMusl === isGlibc) return;
    for (const { path: venv, layer } of image.python.environments) {
      if (!image.isOwn(layer)) continue;
      for (const { path } of image.files.below(venv)) {
        // The name of an extension module says which C library it is for (since Python 3.11).
        const libc = /\.cpython-3(?:1[1-9]|[2-9]\d)-\w+-linux-(musl|gnu)\.so$/.exec(path)?.[1];
        if (libc === undefined || (libc === 'musl') === isMusl) continue;
        const [from, to] = isMusl ? ['glibc', 'musl'] : ['musl', 'glibc'];
        yield { path, layer, data: { venv, from, to }, message: 'image' };
        break;
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
