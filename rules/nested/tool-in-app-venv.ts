import { defineRule } from '../../src/engine/rule.ts';
import { isInImage } from '../../src/python/copied.ts';
import { holdsApplication } from '../../src/python/tools.ts';

/** Tools that have no business in an application's environment; others may be what the image is about. */
const MISPLACED = new Set([
  ...['poetry', 'pipenv', 'pdm', 'hatch', 'pip-tools', 'build', 'twine', 'tox', 'nox', 'awscli', 'pre-commit'],
]);

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const { tool, label, action, target, packages } of pythonStage.installs) {
        if ((tool !== 'pip' && label !== 'uv pip') || action !== 'install' || target.kind !== 'environment') continue;
        const { environment } = target;
        if (environment === undefined || !isInImage(target, pythonStage, file.python.stages)) continue;
        if (!holdsApplication(target.path.text, file.python.stages, MISPLACED)) continue;
        for (const word of packages) {
          const name = /^[\w.-]+/.exec(word.value)?.[0] ?? '';
          if (MISPLACED.has(name)) yield { at: word.range, data: { package: name, venv: target.path.text } };
        }
      }
    }
  },
});
