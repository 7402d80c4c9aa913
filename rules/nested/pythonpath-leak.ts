import { isInside } from '../../src/dockerfile/stages.ts';
import { defineRule, type Report } from '../../src/engine/rule.ts';
import { isKept } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      if (!isKept(pythonStage)) continue;
      for (const { name, value, pair, by } of pythonStage.settings) {
        if (by !== 'ENV') continue;
        // Its own prefix does a Python no harm.
        const own = pythonStage.base?.python === 'official' ? '/usr/local' : '/usr';
        if (name === 'PYTHONHOME' && value.text !== '' && value.text.replace(/\/$/, '') !== own)
          yield { at: pair.range, message: 'home', severity: 'warning' };
        if (name === 'PYTHONPATH') {
          const report = judge(value.text, pythonStage);
          if (report !== undefined) yield { at: pair.range, ...report };
        }
      }
    }
  },
  *image(image) {
    const own = image.python.interpreters.map(({ prefix }) => prefix);
    const home = image.variable('PYTHONHOME');
    if (home !== undefined && home !== '' && !(own.length === 1 && own[0] === home))
      yield { message: 'home', severity: 'warning' };
    const path = (image.variable('PYTHONPATH') ?? '')
      .split(':')
      .find((directory) => /\/(?:site|dist)-packages\/?$/.test(directory));
    if (path === undefined || image.files.find(path) === undefined) return;
    const isOfPython =
      image.distributions.some(({ site }) => site === path.replace(/\/$/, '')) && image.python.environments.length > 0;
    yield isOfPython
      ? { path, data: { path }, severity: 'warning' }
      : { path, data: { path }, message: 'directory', severity: 'info' };
  },
});

function judge(value: string, { known }: PythonStage): Pick<Report, 'data' | 'message' | 'severity'> | undefined {
  const path = value.split(':').find((directory) => /\/(?:site|dist)-packages\/?$/.test(directory));
  if (path === undefined) return undefined;
  const isOfPython =
    /^\/usr\/(?:local\/)?lib/.test(path) ||
    known.some((environment) => environment.path.known && isInside(path, environment.path.text));
  return isOfPython
    ? { data: { path }, severity: 'warning' }
    : { data: { path }, message: 'directory', severity: 'info' };
}
