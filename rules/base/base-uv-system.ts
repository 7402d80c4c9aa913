import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, type Report, weighed } from '../../src/engine/rule.ts';
import { migrationOf } from '../../src/migrate/migration.ts';
import { isKept } from '../../src/python/facts.ts';
import type { Install, PythonEnvironment, PythonStage } from '../../src/python/model.ts';
import { isTruthy, optionOf } from '../../src/python/options.ts';
import { environmentAt, environmentOnPath } from '../../src/python/search.ts';
import { isOn, optionPlace } from '../../src/python/settings.ts';
import { removeWord } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const seen = new Set<number>();
      for (const install of pythonStage.installs) {
        if (install.label !== 'uv pip' || !['install', 'sync', 'uninstall'].includes(install.action)) continue;
        if (['target', 'prefix', 'root'].some((name) => optionOf(install.line, name) !== undefined)) continue;
        const place = systemPlace(install);
        if (place === undefined || seen.has(place.range.start)) continue;
        const report = judge(file, install, place.text, pythonStage);
        if (report === undefined) continue;
        seen.add(place.range.start);
        yield { at: place.range, ...report };
      }
    }
  },
});

/** What leads uv to the base Python: `--system`, `--python PATH` or UV_SYSTEM_PYTHON. */
function systemPlace({ line, call }: Install): { range: Report['at']; text: string } | undefined {
  const option = optionOf(line, 'system') ?? optionOf(line, 'python');
  if (option !== undefined) return optionPlace(option);
  const variable = call.variable('UV_SYSTEM_PYTHON');
  if (variable === undefined || !isTruthy(variable.value.text)) return undefined;
  return variable.range && { range: variable.range, text: `UV_SYSTEM_PYTHON=${variable.value.text}` };
}

function judge(
  file: DockerfileModel,
  install: Install,
  option: string,
  pythonStage: PythonStage,
): Omit<Report, 'at'> | undefined {
  const { target, command, line } = install;
  const { stage, base, baseName } = pythonStage;
  if (optionOf(line, 'python') === undefined || optionOf(line, 'system') !== undefined) {
    const active = activeEnvironment(install, pythonStage);
    if (active !== undefined)
      return {
        data: { option, venv: active.path.text },
        message: 'venv-active',
        severity: weighed('warning', stage, command),
        fix: withoutSystem(file, install),
      };
  }
  if (target.kind !== 'base') return undefined;
  const data = { option, base: baseName };
  const fix = () => migrationOf(file, pythonStage);
  const { marker, kind } = target.interpreter;
  if (marker === 'yes') {
    if (install.isMarkerGone || isOn(install.setting('break-system-packages'))) return undefined;
    return { data, severity: weighed('error', stage, command), fix };
  }
  if (kind === 'official')
    return isKept(pythonStage) ? { data, message: 'own-prefix', severity: 'info', confidence: 'low', fix } : undefined;
  const severity = stage.role === 'copied' ? 'info' : weighed('warning', stage, command);
  switch (base?.distribution?.layout) {
    case 'dnf':
      return { data, message: 'dnf', severity, fix };
    case 'shared':
      return marker === 'no' ? { data, message: 'shared-tree', severity, fix } : undefined;
    case 'split':
      if (marker !== 'no' || stage.role === 'copied') return undefined;
      return { data, message: 'shadow', severity: 'info', confidence: 'medium', fix };
    default:
      return undefined;
  }
}

/** The environment that uv would take without the option: by VIRTUAL_ENV, or first on PATH; made before the call. */
function activeEnvironment({ call, order }: Install, { known, stage }: PythonStage): PythonEnvironment | undefined {
  const earlier = known.filter((environment) => environment.stage !== stage || environment.order < order);
  const active = call.variable('VIRTUAL_ENV')?.value;
  if (active?.known && active.text !== '') return environmentAt(active.text, earlier);
  return environmentOnPath(call.searchPath, earlier);
}

function withoutSystem(file: DockerfileModel, { line, command }: Install): Fix | undefined {
  const option = optionOf(line, 'system');
  return option && fixOf('safe', 'Leave --system out', [removeWord(file, command, option.word)]);
}
