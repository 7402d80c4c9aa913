import { defineRule, type Report, weighed } from '../../src/engine/rule.ts';
import { heirsOf, isKept } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';

const HEADERS = /^(?:lib)?python3(?:\.\d+)?(?:-all)?-dev$/;

/** What brings an interpreter or its tools, no module that an application imports. */
const SECOND =
  /^(?:python3(?:-(?:pip|venv|full|minimal|setuptools|wheel|distutils))?|py3-(?:pip|virtualenv|setuptools|wheel))$/;

const MODULE = /^(?:python3|py3)-.+$/;

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const { stage, base, packages } = pythonStage;
      if (base?.python !== 'official' || usesDistributionPython(pythonStage, file.python.stages)) continue;
      for (const { action, packages: names, call } of packages) {
        if (action !== 'install') continue;
        const seen = new Set<number>();
        for (const { name, word } of names) {
          const report = judge(name);
          if (report === undefined || seen.has(word.range.start)) continue;
          seen.add(word.range.start);
          yield {
            at: word.range,
            data: { package: name, python: '/usr/local/bin/python3' },
            ...report,
            severity: isKept(pythonStage) ? weighed(report.severity ?? 'warning', stage, call.command) : 'info',
          };
        }
      }
    }
  },
  *image(image) {
    const official = image.python.interpreters.find(({ kind }) => kind === 'official');
    const run = image.run('python3')?.interpreter;
    if (official === undefined || run !== official) return;
    const own = image.distributions.filter(
      ({ site, path, layer }) =>
        site === '/usr/lib/python3/dist-packages' && image.isOwn(layer) && image.packages.owner(path) !== undefined,
    );
    const [first] = own;
    if (first === undefined) return;
    yield {
      path: first.path,
      layer: first.layer,
      data: { package: `python3-${first.name}`, python: official.path },
      message: 'image',
    };
  },
});

function judge(name: string): Pick<Report, 'message' | 'severity'> | undefined {
  if (HEADERS.test(name)) return { message: 'headers', severity: 'warning' };
  if (SECOND.test(name)) return { message: 'second', severity: 'info' };
  return MODULE.test(name) ? { severity: 'warning' } : undefined;
}

/** Something starts the other Python by its path. */
function usesDistributionPython(pythonStage: PythonStage, all: readonly PythonStage[]): boolean {
  return heirsOf(pythonStage, all).some(({ calls }) =>
    calls.some(({ words }) => words.some((word) => /\/usr\/bin\/(?:python|pip)/.test(word.value))),
  );
}
