import { removePair } from '../../src/dockerfile/edit.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, type Report, weighed } from '../../src/engine/rule.ts';
import { heirsOf } from '../../src/python/facts.ts';
import type { Install, PythonEnvironment, PythonStage, SettingOrigin } from '../../src/python/model.ts';
import { isTruthy, optionOf } from '../../src/python/options.ts';
import { settingPlace } from '../../src/python/settings.ts';
import { removeWord } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    const seen = new Set<number>();
    for (const pythonStage of file.python.stages) {
      for (const install of pythonStage.installs) {
        if (install.tool !== 'pip' || install.action !== 'install' || install.target.kind !== 'environment') continue;
        const { environment } = install.target;
        if (environment === undefined || environment.kind === 'base-image') continue;
        for (const report of [
          ...userReports(file, install, environment, pythonStage),
          ...elsewhereReports(install, environment, pythonStage),
        ]) {
          if (seen.has(report.at.start)) continue;
          seen.add(report.at.start);
          yield report;
        }
      }
    }
  },
  *image(image) {
    const venv = image.run('pip')?.environment;
    if (venv === undefined || venv.kind === 'conda' || venv.seesBase) return;
    if (isTruthy(image.variable('PIP_USER') ?? '') === true)
      yield { data: { setting: `PIP_USER=${image.variable('PIP_USER')}`, venv: venv.path } };
    for (const name of ['PIP_TARGET', 'PIP_PREFIX']) {
      const value = image.variable(name);
      if (value !== undefined && value !== '')
        yield { data: { setting: `${name}=${value}`, venv: venv.path }, message: 'elsewhere' };
    }
  },
});

function* userReports(
  file: DockerfileModel,
  install: Install,
  environment: PythonEnvironment,
  pythonStage: PythonStage,
): Generator<Report> {
  const setting = install.setting('user');
  if (setting === undefined || !isTruthy(setting.value) || optionOf(install.line, 'no-user') !== undefined) return;
  const at = settingPlace(setting);
  if (at === undefined) return;
  const isOutside = environment.seesSystemPackages;
  yield {
    at: at.range,
    data: { setting: at.text, venv: environment.path.text },
    message: isOutside ? 'outside' : undefined,
    severity: weighed(isOutside ? 'warning' : 'error', pythonStage.stage, install.command),
    fix: mend(file, install, setting.origin, pythonStage),
  };
}

/** PIP_TARGET and PIP_PREFIX for a whole stage that has a venv. */
function* elsewhereReports(
  install: Install,
  environment: PythonEnvironment,
  { stage }: PythonStage,
): Generator<Report> {
  for (const name of ['target', 'prefix']) {
    const setting = install.setting(name);
    if (setting?.origin.kind !== 'variable' || setting.origin.variable.setting === undefined) continue;
    const at = settingPlace(setting);
    if (at !== undefined)
      yield {
        at: at.range,
        data: { setting: at.text, venv: environment.path.text },
        message: 'elsewhere',
        severity: weighed('warning', stage),
      };
  }
}

function mend(
  file: DockerfileModel,
  { command }: Install,
  origin: SettingOrigin,
  pythonStage: PythonStage,
): Fix | undefined {
  if (origin.kind === 'option')
    return fixOf('safe', 'Leave --user out', [removeWord(file, command, origin.option.word)]);
  const setting = origin.kind === 'variable' ? origin.variable.setting : undefined;
  if (setting?.by !== 'ENV' || !pythonStage.stage.steps.some((step) => step.instruction === setting.instruction))
    return undefined;
  const heirs = heirsOf(pythonStage, file.python.stages);
  const isNeeded = heirs.some(({ installs }) =>
    installs.some(({ tool, target }) => tool === 'pip' && target.kind !== 'environment'),
  );
  return isNeeded
    ? undefined
    : fixOf('safe', 'Delete the variable', [removePair(file, setting.instruction, setting.pair)]);
}
