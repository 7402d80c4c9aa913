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
  *image(image) {
    for (const { path: venv, kind, layer } of image.python.environments) {
      if (kind === 'conda' || !image.isOwn(layer)) continue;
      const own = image.distributions.filter(({ environment }) => environment?.path === venv);
      const tool = own.find(({ name }) => TOOLS.has(name));
      // A venv that a tool has for itself holds little but what the tool brings.
      const isApplication = own.some(({ name }) => APPLICATIONS.has(name));
      if (tool !== undefined && isApplication) yield { path: tool.path, layer, data: { package: tool.name, venv } };
    }
  },
});

/** Tools that build or manage, and what nobody installs but to run an application. */
const TOOLS = new Set(['poetry', 'pipenv', 'pdm', 'pip-tools', 'ansible', 'tox', 'nox']);
const APPLICATIONS = new Set(['flask', 'django', 'fastapi', 'gunicorn', 'uvicorn', 'celery', 'streamlit', 'airflow']);
