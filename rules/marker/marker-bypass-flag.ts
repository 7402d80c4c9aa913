import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf, type Report, weighed } from '../../src/engine/rule.ts';
import { migrationOf } from '../../src/migrate/migration.ts';
import { changesPackages } from '../../src/python/facts.ts';
import type { Install, PythonStage, SettingOrigin } from '../../src/python/model.ts';
import { isTruthy } from '../../src/python/options.ts';
import { removeAssignment, removeWord } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const seen = new Set<number>();
      for (const install of pythonStage.installs) {
        if (!changesPackages(install) || (install.tool !== 'pip' && install.tool !== 'uv')) continue;
        const setting = install.setting('break-system-packages');
        const origin = setting?.origin;
        if (setting === undefined || origin === undefined || !isTruthy(setting.value)) continue;
        const report = reportOf(file, install, origin, pythonStage);
        // One export serves several installs.
        if (report === undefined || seen.has(report.at.start)) continue;
        seen.add(report.at.start);
        yield report;
      }
    }
  },
});

function reportOf(
  file: DockerfileModel,
  install: Install,
  origin: SettingOrigin,
  pythonStage: PythonStage,
): Report | undefined {
  const { stage, base, baseName } = pythonStage;
  const { command, target, label } = install;
  let at: Report['at'] | undefined;
  let flag = '';
  if (origin.kind === 'option') {
    at = origin.option.word.range;
    flag = origin.option.word.value;
  } else if (
    origin.kind === 'variable' &&
    (origin.variable.origin === 'command' || origin.variable.origin === 'script')
  ) {
    at = origin.variable.range;
    flag = `${origin.variable.name}=${origin.variable.value.text}`;
  }
  // What an instruction or a configuration file sets is marker-bypass-config; a pip too old for the option stops at it.
  if (at === undefined || (origin.kind === 'option' && base?.distribution?.hasOldPip && isDistributions(target)))
    return undefined;
  const data = { flag, tool: label, base: baseName };
  const severity = base?.isSystemPythonMeant ? 'info' : weighed('warning', stage, command);
  switch (target.kind) {
    case 'unknown':
      return { at, data, message: 'unknown', severity, confidence: 'medium' };
    case 'base': {
      const { marker, kind } = target.interpreter;
      const fix = () => migrationOf(file, pythonStage);
      if (marker === 'yes') return { at, data, severity, fix };
      if (marker === 'unknown') return { at, data, message: 'unknown', severity, confidence: 'medium', fix };
      // An old pip may not know the option at all; that is another flaw.
      if (kind === 'distribution' && base?.distribution?.layout === 'split') return undefined;
      return { at, data, message: 'needless', severity: 'info', fix: dropped(file, install, origin) };
    }
    case 'environment':
      if (target.environment === undefined) return undefined;
      return { at, data, message: 'needless', severity: 'info', fix: dropped(file, install, origin) };
    default:
      return undefined;
  }
}

function isDistributions(target: Install['target']): boolean {
  return target.kind === 'base' && target.interpreter.kind === 'distribution';
}

function dropped(file: DockerfileModel, { command }: Install, origin: SettingOrigin): Report['fix'] {
  if (origin.kind === 'option')
    return fixOf('safe', 'Leave the option out', [removeWord(file, command, origin.option.word)]);
  if (
    origin.kind !== 'variable' ||
    origin.variable.origin !== 'command' ||
    !origin.variable.isWhole ||
    origin.variable.range === undefined
  )
    return undefined;
  return fixOf('safe', 'Leave the variable out', [removeAssignment(file, origin.variable.range)]);
}
