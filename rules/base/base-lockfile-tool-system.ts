import { defineRule, type Report, weighed } from '../../src/engine/rule.ts';
import { migrationOf } from '../../src/migrate/migration.ts';
import { isKept } from '../../src/python/facts.ts';
import type { Install, Interpreter, PythonStage } from '../../src/python/model.ts';
import { isOn, settingPlace } from '../../src/python/settings.ts';

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
          fix: () => migrationOf(file, pythonStage),
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
