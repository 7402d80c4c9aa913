import { insertLines } from '../../src/dockerfile/edit.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, type Report, weighed } from '../../src/engine/rule.ts';
import { isKept } from '../../src/python/facts.ts';
import type { Install, Interpreter, PythonStage } from '../../src/python/model.ts';
import { optionOf } from '../../src/python/options.ts';
import { isOn, settingPlace } from '../../src/python/settings.ts';
import { venvLines } from '../../src/python/venv-lines.ts';
import { removeWord } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const seen = new Set<number>();
      for (const install of pythonStage.installs) {
        const { tool, target, action } = install;
        if (tool !== 'pipenv' || (action !== 'install' && action !== 'sync') || target.kind !== 'base') continue;
        const setting = install.setting('system');
        const place = isOn(setting) && setting !== undefined ? settingPlace(setting) : undefined;
        if (place === undefined || seen.has(place.range.start)) continue;
        const report = judge(install, target.interpreter, pythonStage);
        if (report === undefined) continue;
        seen.add(place.range.start);
        yield {
          at: place.range,
          data: { tool, option: place.text, base: pythonStage.baseName },
          ...report,
          fix: mend(file, install, target.interpreter, pythonStage),
        };
      }
    }
  },
});

function judge(
  { command }: Install,
  { kind, marker }: Interpreter,
  pythonStage: PythonStage,
): Pick<Report, 'message' | 'severity' | 'confidence'> | undefined {
  const { stage, base } = pythonStage;
  if (kind === 'official')
    return isKept(pythonStage) ? { message: 'own-prefix', severity: 'info', confidence: 'low' } : undefined;
  if (kind !== 'distribution') return undefined;
  const layout = base?.distribution?.layout;
  const isOwned = marker === 'yes' || layout === 'dnf' || layout === 'shared';
  return { severity: isOwned && stage.role !== 'copied' ? weighed('warning', stage, command) : 'info' };
}

/** pipenv works in the environment that VIRTUAL_ENV names. */
function mend(
  file: DockerfileModel,
  { step, line, command }: Install,
  interpreter: Interpreter,
  pythonStage: PythonStage,
): Fix | undefined {
  const option = optionOf(line, 'system');
  const lines = step.onbuild ? undefined : venvLines(pythonStage, interpreter, step.index);
  if (option === undefined || lines === undefined) return undefined;
  return fixOf('unsafe', 'Make and activate a virtual environment, and leave --system out', [
    insertLines(file, step.instruction, 'before', lines),
    removeWord(file, command, option.word),
  ]);
}
