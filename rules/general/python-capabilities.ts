import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *image(image) {
    for (const { path, layer } of image.python.interpreters) {
      const inode = image.files.find(path)?.inode;
      if (inode?.attributes?.has('security.capability') !== true || !image.isOwn(inode.layer)) continue;
      yield { path, layer, data: { path } };
    }
  },
});
