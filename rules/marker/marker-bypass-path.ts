import { normalizePath } from '../../src/dockerfile/stages.ts';
import { defineRule, weighed } from '../../src/engine/rule.ts';
import type { Install, ToolSetting } from '../../src/python/model.ts';
import { settingPlace } from '../../src/python/settings.ts';
import { optionPath } from '../../src/python/targets.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { stage, base, installs } of file.python.stages) {
      const seen = new Set<number>();
      for (const install of installs) {
        const { target, tool, action, isMarkerGone, command } = install;
        if ((tool !== 'pip' && tool !== 'uv') || (action !== 'install' && action !== 'sync')) continue;
        if (target.kind !== 'base' || target.interpreter.marker !== 'yes' || isMarkerGone) continue;
        for (const name of ['target', 'prefix', 'root']) {
          const setting = install.setting(name);
          const place = setting && settingPlace(setting);
          if (setting === undefined || place === undefined || seen.has(place.range.start)) continue;
          const path = pathOf(install, setting);
          if (!isOwnTree(name, path)) continue;
          seen.add(place.range.start);
          const isLost = name === 'prefix' && base?.distribution?.layout === 'split';
          yield {
            at: place.range,
            data: { option: place.text },
            message: isLost ? 'not-imported' : undefined,
            severity: weighed('warning', stage, command),
          };
        }
      }
    }
  },
  *image(image) {
    const seen = new Set<string>();
    for (const { site, path, installer, interpreter, environment, layer } of image.distributions) {
      // Where only the package manager writes, and pip would have been stopped.
      if (environment !== undefined || interpreter?.marker.state !== 'intact' || interpreter.kind !== 'distribution')
        continue;
      if (
        !site.startsWith('/usr/lib') ||
        !/^(?:pip|uv)$/.test(installer ?? '') ||
        !image.isOwn(layer) ||
        seen.has(site)
      )
        continue;
      if (image.packages.owner(`${path}/METADATA`) !== undefined || image.packages.owner(path) !== undefined) continue;
      seen.add(site);
      yield { path, layer, data: { option: path, site }, message: 'image' };
    }
  },
});

function pathOf({ call }: Install, { value, origin }: ToolSetting): string {
  return normalizePath(origin.kind === 'option' ? optionPath(origin.option, call).text : value);
}

/** Whether pip writes into the tree that the base Python imports from (pip's own check asks only for the scheme's stdlib). */
function isOwnTree(name: string, path: string): boolean {
  if (name === 'root') return path === '/';
  if (name === 'prefix') return path === '/usr' || path === '/usr/local';
  return /^\/usr\/(?:local\/)?lib(?:64)?\/python3[\w.]*\/(?:site|dist)-packages$/.test(path);
}
