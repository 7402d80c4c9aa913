import { defineRule, weighed } from '../../src/engine/rule.ts';
import { migrationOf } from '../../src/migrate/migration.ts';
import { isKept } from '../../src/python/facts.ts';
import type { Install } from '../../src/python/model.ts';

const BLIND = new Set<Install['tool']>(['poetry', 'pdm', 'setup.py', 'installer', 'easy_install']);

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const { stage, installs } = pythonStage;
      for (const install of installs) {
        const { tool, action, target, range, label, command, isMarkerGone } = install;
        if (!BLIND.has(tool) || (action !== 'install' && action !== 'sync') || target.kind !== 'base') continue;
        if (isStaged(install)) continue;
        const { marker } = target.interpreter;
        const data = { tool: label };
        const fix = () => migrationOf(file, pythonStage);
        if (marker === 'yes' && !isMarkerGone) {
          const severity = stage.role === 'copied' ? 'info' : weighed('warning', stage, command);
          yield { at: range, data, severity, fix };
        } else if (marker === 'no' && isKept(pythonStage))
          yield { at: range, data, message: 'unmarked', severity: 'info', fix };
      }
    }
  },
});

/** `setup.py install --root=/pkg` fills a package's own tree. */
function isStaged({ tool, line }: Install): boolean {
  return tool === 'setup.py' && line.operands.some((word) => /^--(?:root|prefix|home|user)\b/.test(word.value));
}
