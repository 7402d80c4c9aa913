import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *image(image) {
    for (const { path: venv, version, layer } of image.python.environments) {
      const site = `${venv}/lib/python${version}/site-packages`;
      if (version === undefined || !image.isOwn(layer)) continue;
      for (const name of image.files.list(site).filter((file) => file.endsWith('.pth'))) {
        const file = `${site}/${name}`;
        for (const line of (image.files.text(file) ?? '').split('\n')) {
          const target = line.trim();
          const minor = /\/python(\d\.\d+)\/(?:site|dist)-packages\/?$/.exec(target)?.[1];
          if (!target.startsWith('/') || minor === undefined) continue;
          const data = { venv, target, minor, version };
          if (image.files.find(target) === undefined)
            yield { path: file, layer, data, message: 'missing', severity: 'error' };
          else if (minor !== version) yield { path: file, layer, data, message: 'other', severity: 'error' };
          else yield { path: file, layer, data };
        }
      }
    }
  },
});
