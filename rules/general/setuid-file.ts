import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *image(image) {
    for (const { path, node } of image.files.below('/')) {
      const { type, mode, layer, uid } = node.inode;
      const isSet = type === '0' && ((mode & 0o4000) !== 0 || (mode & 0o2010) === 0o2010);
      if (!isSet || !image.isOwn(layer) || image.packages.owner(path) !== undefined) continue;
      const isWritable = (mode & 0o022) !== 0;
      yield {
        path,
        layer,
        data: { path, mode: (mode & 0o7777).toString(8).padStart(4, '0'), owner: String(uid) },
        message: isWritable ? 'writable' : undefined,
        severity: isWritable ? 'error' : undefined,
      };
    }
  },
});
