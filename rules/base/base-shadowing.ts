import { defineRule, weighed } from '../../src/engine/rule.ts';
import { optionOf } from '../../src/python/options.ts';
import { isOn } from '../../src/python/settings.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { stage, base, baseName, installs } of file.python.stages) {
      for (const { tool, action, line, target, command, isMarkerGone, setting } of installs) {
        if (tool !== 'pip' || action !== 'install') continue;
        const option = optionOf(line, 'ignore-installed');
        if (option === undefined || target.kind !== 'base' || target.interpreter.kind !== 'distribution') continue;
        if (['target', 'prefix', 'root'].some((name) => setting(name) !== undefined)) continue;
        const at = option.word.range;
        const data = { option: option.word.value, base: baseName };
        const { marker } = target.interpreter;
        if (marker === 'yes') {
          if (isMarkerGone || isOn(setting('break-system-packages')))
            yield { at, data, severity: stage.role === 'copied' ? 'info' : weighed('warning', stage, command) };
        } else if (marker === 'no' && base?.distribution?.layout === 'split' && stage.role !== 'copied')
          yield { at, data, message: 'unmarked', severity: 'info', confidence: 'medium' };
      }
    }
  },
});
