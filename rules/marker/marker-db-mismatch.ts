import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *image(image) {
    for (const { marker } of image.python.interpreters) {
      const { state, path, owner = '', changedBy: layer } = marker;
      if (state !== 'edited' || layer === undefined) continue;
      const isEmpty = image.files.find(path)?.inode.size === 0;
      yield { path, layer, data: { path, package: owner }, message: isEmpty ? 'emptied' : undefined };
    }
  },
});
