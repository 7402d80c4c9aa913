import { defineRule } from '../../src/engine/rule.ts';
import { isInImage } from '../../src/python/copied.ts';
import type { PythonStage } from '../../src/python/model.ts';

const TOOLS = new Set([
  'poetry',
  'pipenv',
  'pdm',
  'hatch',
  'pip-tools',
  'build',
  'twine',
  'tox',
  'nox',
  'awscli',
  'pre-commit',
]);
const SEEDS = new Set(['pip', 'setuptools', 'wheel']);

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const { tool, label, action, target, packages } of pythonStage.installs) {
        if ((tool !== 'pip' && label !== 'uv pip') || action !== 'install' || target.kind !== 'environment') continue;
        const { environment } = target;
        if (environment === undefined || !isInImage(target, pythonStage, file.python.stages)) continue;
        if (!holdsMore(target.path.text, file.python.stages)) continue;
        for (const word of packages) {
          const name = /^[\w.-]+/.exec(word.value)?.[0] ?? '';
          if (TOOLS.has(name)) yield { at: word.range, data: { package: name, venv: target.path.text } };
        }
      }
    }
  },
});

/** Something else than tools and seeds is installed there: it is an application's. */
function holdsMore(path: string, all: readonly PythonStage[]): boolean {
  return all.some(({ installs }) =>
    installs.some(({ target, packages, line, tool, action }) => {
      if (target.kind !== 'environment' || target.path.text !== path || (action !== 'install' && action !== 'sync'))
        return false;
      if (tool !== 'pip' && tool !== 'uv') return true;
      if (line.options.some(({ name }) => name === 'requirement' || name === 'requirements' || name === 'editable'))
        return true;
      if (tool === 'uv' && packages.length === 0) return true;
      return packages.some((word) => {
        const name = /^[\w.-]+/.exec(word.value)?.[0] ?? '';
        return !TOOLS.has(name) && !SEEDS.has(name);
      });
    }),
  );
}
