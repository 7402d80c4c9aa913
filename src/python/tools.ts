import type { Install, PythonStage } from './model.ts';

/** Programs that people install for building, testing or deploying, not for what the image is about. */
const TOOLS = new Set([
  ...['poetry', 'pipenv', 'pdm', 'hatch', 'pip-tools', 'build', 'twine', 'tox', 'nox', 'awscli', 'pre-commit'],
  ...['uv', 'virtualenv', 'pipx', 'ansible', 'ansible-core', 'ansible-lint', 'azure-cli', 'conan', 'meson', 'cmake'],
  ...['ninja', 'supervisor', 'yamllint', 'httpie', 'yt-dlp', 'gcovr', 'cruft', 'cookiecutter', 'mkdocs', 'sphinx'],
]);

/** What new environments come with. */
export const SEEDS: ReadonlySet<string> = new Set(['pip', 'setuptools', 'wheel']);

/** Tools that make or fill an environment: the base is where they are expected. */
export const ENVIRONMENT_TOOLS: ReadonlySet<string> = new Set([
  ...SEEDS,
  ...['uv', 'virtualenv', 'pipenv', 'poetry', 'pdm', 'hatch', 'pip-tools', 'build', 'tox', 'nox', 'pipx'],
]);

function nameOf(requirement: string): string {
  return /^[\w.-]+/.exec(requirement)?.[0] ?? '';
}

/** Whether an install brings anything else than tools and what pip needs. */
function bringsMore({ packages, line, tool, action }: Install, tools: ReadonlySet<string>): boolean {
  if (action !== 'install' && action !== 'sync') return false;
  if (tool !== 'pip' && tool !== 'uv') return true;
  if (line.options.some(({ name }) => name === 'requirement' || name === 'requirements' || name === 'editable'))
    return true;
  if (tool === 'uv' && packages.length === 0) return true;
  return packages.some(({ value }) => !tools.has(nameOf(value)) && !SEEDS.has(nameOf(value)));
}

function installsInto(path: string, all: readonly PythonStage[]): Install[] {
  return all.flatMap(({ installs }) =>
    installs.filter(({ target }) => target.kind === 'environment' && target.path.text === path),
  );
}

/** Whether something else than tools is installed into the environment at a path: it is an application's. */
export function holdsApplication(
  path: string,
  all: readonly PythonStage[],
  tools: ReadonlySet<string> = TOOLS,
): boolean {
  return installsInto(path, all).some((install) => bringsMore(install, tools));
}

/** Whether an environment is made for tools: they are installed into it, and nothing else. */
export function holdsOnlyTools(path: string, all: readonly PythonStage[]): boolean {
  const installs = installsInto(path, all);
  return installs.length > 0 && !installs.some((install) => bringsMore(install, TOOLS));
}
