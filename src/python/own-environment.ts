import type { Install, PythonStage } from './model.ts';
import { isOn } from './settings.ts';

/**
 * Whether poetry or pipenv makes an environment of its own in its cache, with a hash in its name: nothing is active, and
 * nothing tells it to keep the environment in the project or to make none.
 */
export function makesOwnEnvironment(
  { tool, action, call, target, setting, line }: Install,
  { environments, writes }: PythonStage,
): boolean {
  if ((tool !== 'poetry' && tool !== 'pipenv') || (action !== 'install' && action !== 'sync')) return false;
  if (target.kind !== 'unknown') return false;
  const active = call.variable('VIRTUAL_ENV');
  if (active !== undefined && active.value.text !== '' && (active.value.known || active.origin !== 'base'))
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
