import { defineRule, weighed } from '../../src/engine/rule.ts';
import { optionOf } from '../../src/python/options.ts';
import { isOn } from '../../src/python/settings.ts';
import { isLedElsewhere } from '../../src/python/targets.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { stage, base, baseName, installs } of file.python.stages) {
      for (const { tool, action, line, target, command, isMarkerGone, setting } of installs) {
        if (tool !== 'pip' || action !== 'install') continue;
        const option = optionOf(line, 'ignore-installed');
        if (option === undefined || target.kind !== 'base' || target.interpreter.kind !== 'distribution') continue;
        if (isLedElsewhere({ setting })) continue;
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
  *image(image) {
    for (const { name, site, path, version, interpreter, environment, layer } of image.distributions) {
      if (environment !== undefined || interpreter?.kind !== 'distribution' || !image.isOwn(layer)) continue;
      const packaged = image.distributions.find(
        (other) =>
          other.interpreter === interpreter &&
          other.environment === undefined &&
          other.name === name &&
          other.site !== site &&
          image.packages.owner(other.path) !== undefined,
      );
      if (packaged === undefined || image.packages.owner(path) !== undefined) continue;
      yield {
        path,
        layer,
        data: { package: `${name} ${version}`, other: `${packaged.version}`, python: interpreter.path },
        message: 'image',
      };
    }
  },
});
