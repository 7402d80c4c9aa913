import type { Setting } from '../../src/dockerfile/environment.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, weighed } from '../../src/engine/rule.ts';
import { heirsOf } from '../../src/python/facts.ts';
import type { PythonEnvironment, PythonStage } from '../../src/python/model.ts';
import { holdsOnlyTools } from '../../src/python/tools.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const { stage, settings } = pythonStage;
      for (const setting of settings) {
        if (setting.name !== 'PATH' || setting.by !== 'ENV') continue;
        const environment = onlyEnvironment(setting, pythonStage, file);
        if (environment === undefined) continue;
        const data = { venv: environment.path.text };
        const at = setting.pair.range;
        const severity = weighed('warning', stage);
        if (isLost(setting)) yield { at, data, message: 'lost', severity };
        else if (isBehind(setting, environment, pythonStage)) yield { at, data, severity, fix: swapped(setting) };
      }
    }
  },
  *image(image) {
    const path = image.variable('PATH');
    if (path === undefined) return;
    const directories = path.split(':').map((directory) => directory.replace(/\/$/, ''));
    for (const { path: venv, layer, kind } of image.python.environments) {
      const at = directories.indexOf(`${venv}/bin`);
      if (
        at <= 0 ||
        kind === 'conda' ||
        !image.isOwn(layer) ||
        image.variable('VIRTUAL_ENV')?.replace(/\/$/, '') !== venv
      )
        continue;
      const before = directories
        .slice(0, at)
        .find((directory) => ['python', 'python3'].some((name) => image.files.isFile(`${directory}/${name}`)));
      // Another environment in front is meant to be there.
      const isBase = before !== undefined && !image.python.environments.some((other) => before === `${other.path}/bin`);
      if (isBase) yield { data: { venv } };
    }
  },
});

/** The one environment of the stage and its heirs, which PATH names: the application's. Tools may stand behind on purpose. */
function onlyEnvironment(
  setting: Setting,
  pythonStage: PythonStage,
  file: DockerfileModel,
): PythonEnvironment | undefined {
  const heirs = heirsOf(pythonStage, file.python.stages);
  const paths = new Set(heirs.flatMap(({ known }) => known.map(({ path }) => path.text)));
  const environment = heirs.flatMap(({ known }) => known)[0];
  if (paths.size !== 1 || environment === undefined || !environment.path.known) return undefined;
  const { text } = environment.path;
  if (!setting.value.text.split(':').some((directory) => directory.replace(/\/$/, '') === `${text}/bin`))
    return undefined;
  const isActive = heirs.some(({ stage }) => stage.environment.get('VIRTUAL_ENV')?.text === text);
  const sources = new Set([
    ...heirs,
    ...file.python.stages.filter(({ stage }) => stage === originOf(environment).stage),
  ]);
  const isFilled = [...sources].some(({ installs }) =>
    installs.some(
      ({ target, action }) =>
        target.kind === 'environment' && target.path.text === originOf(environment).path.text && action !== 'other',
    ),
  );
  if (!isActive && holdsOnlyTools(originOf(environment).path.text, file.python.stages)) return undefined;
  return isActive || isFilled ? environment : undefined;
}

function originOf(environment: PythonEnvironment): PythonEnvironment {
  return environment.original === undefined ? environment : originOf(environment.original);
}

/** Neither the old PATH nor the system's directories are kept. */
function isLost({ pair, value }: Setting): boolean {
  const isKept = /\$\{?PATH\b/.test(pair.value?.text ?? '') || !value.known;
  return !isKept && !value.text.split(':').some((directory) => /^(?:\/usr)?\/bin\/?$/.test(directory));
}

function isBehind({ value, pair }: Setting, { path }: PythonEnvironment, { base }: PythonStage): boolean {
  const bin = `${path.text}/bin`;
  const directories = value.text.split(':').map((directory) => directory.replace(/(?<=.)\/$/, ''));
  const before = directories.slice(0, directories.indexOf(bin));
  // What an unknown image has on PATH is in front, unless an earlier ENV put the environment there.
  if (base === undefined)
    return (
      /^["']?\$\{?PATH\}?:/.test(pair.value?.text ?? '') && before.some((directory) => /\$\{?PATH/.test(directory))
    );
  return before.some((directory) =>
    base.python === 'official' ? directory === '/usr/local/bin' : /^(?:\/usr)?\/bin$/.test(directory),
  );
}

/** `$PATH:X` -> `X:$PATH`, in the same style. */
function swapped({ pair }: Setting): Fix | undefined {
  const match = /^(["']?)(\$PATH|\$\{PATH\}):([^"']+?)\1$/.exec(pair.value?.text ?? '');
  if (match === null || pair.value === undefined) return undefined;
  const [, quote = '', path = '', rest = ''] = match;
  return fixOf('unsafe', 'Put the environment first', [
    { range: pair.value.range, text: `${quote}${rest}:${path}${quote}` },
  ]);
}
