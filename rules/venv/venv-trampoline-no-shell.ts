import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *image(image) {
    const { files, argv } = image;
    if (['/bin/sh', '/usr/bin/sh'].some((path) => files.find(path) !== undefined)) return;
    const [program = ''] = argv;
    for (const { path: venv, layer } of image.python.environments) {
      if (!image.isOwn(layer)) continue;
      const scripts = files
        .list(`${venv}/bin`)
        .filter((name) => files.find(`${venv}/bin/${name}`)?.inode.body?.toString('latin1', 0, 9) === '#!/bin/sh');
      const started = scripts.find((name) => program === `${venv}/bin/${name}` || program === name);
      const [first] = scripts;
      if (started !== undefined)
        yield { path: `${venv}/bin/${started}`, layer, data: { script: `${venv}/bin/${started}` } };
      else if (first !== undefined)
        yield {
          path: `${venv}/bin/${first}`,
          layer,
          data: { script: `${venv}/bin/${first}` },
          message: 'other',
          severity: 'info',
        };
    }
  },
});
