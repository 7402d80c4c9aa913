import { defineRule } from '../../src/engine/rule.ts';
import type { Install, PythonStage } from '../../src/python/model.ts';
import { isOn } from '../../src/python/settings.ts';
import { startCalls } from '../../src/python/starts.ts';

export default defineRule({
  *dockerfile(file) {
    const final = file.python.stages.at(-1);
    for (const pythonStage of file.python.stages) {
      if (pythonStage.stage.role === 'unused') continue;
      for (const { path, pathWord, call } of pythonStage.environments) {
        if (path.known || pathWord === undefined || call === undefined) continue;
        // A loop's variable stands for several paths; a variable of an unknown image may well be fixed.
        const isLoop = call.command.loops.length > 0;
        if (!isLoop && !isOfBase(pathWord.value, call.step.stage.environment))
          yield { at: pathWord.range, data: { path: pathWord.value }, severity: 'info' };
      }
      for (const install of pythonStage.installs) {
        const { tool, range, action } = install;
        if ((tool !== 'poetry' && tool !== 'pipenv') || (action !== 'install' && action !== 'sync')) continue;
        if (!isHashed(install, pythonStage)) continue;
        const isRun =
          final !== undefined &&
          startCalls(final).some(({ words }) => words[0]?.value === tool && words[1]?.value === 'run');
        yield { at: range, message: tool, severity: 'info', confidence: isRun ? 'low' : undefined };
      }
    }
  },
});

function isOfBase(value: string, environment: Install['step']['stage']['environment']): boolean {
  const names = [...value.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map((match) => match[1] ?? '');
  const isUnset = (name: string) => environment.setting(name) === undefined && environment.get(name)?.known === false;
  return names.length > 0 && !/\$\(|`|RANDOM/.test(value) && names.every(isUnset);
}

/** The tool makes an environment of its own in its cache. */
function isHashed({ tool, call, target, setting, line }: Install, { environments, writes }: PythonStage): boolean {
  if (target.kind !== 'unknown') return false;
  const active = call.variable('VIRTUAL_ENV')?.value;
  if (active !== undefined && active.text !== '' && (active.known || call.variable('VIRTUAL_ENV')?.origin !== 'base'))
    return false;
  if (!call.searchPath.known && call.variable('PATH')?.origin === 'script') return false;
  if (environments.some((environment) => environment.call === call)) return false;
  if (line.options.some(({ name }) => name === 'directory' || name === 'project')) return false;
  if (tool === 'pipenv')
    return !isOn(setting('system')) && !isOn(setting('venv-in-project')) && call.variable('WORKON_HOME') === undefined;
  return (
    !isOn(setting('virtualenvs.in-project')) &&
    isOn(setting('virtualenvs.create')) !== false &&
    // What a poetry.toml says counts above; one that cannot be read may say anything.
    !writes.some(({ path, lines }) => path.text.endsWith('/poetry.toml') && lines.length === 0)
  );
}
