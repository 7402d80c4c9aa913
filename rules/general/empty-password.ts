import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  bodies: [{ glob: 'etc/shadow', limit: 256 * 1024 }],
  *image(image) {
    for (const path of ['/etc/shadow', '/etc/passwd']) {
      const layer = image.files.find(path)?.inode.layer;
      if (layer === undefined || !image.isOwn(layer)) continue;
      for (const line of (image.files.text(path) ?? '').split('\n')) {
        const [user = '', password] = line.split(':');
        // `x` sends from passwd to shadow; `*` and `!` let nobody in.
        if (user !== '' && !user.startsWith('#') && password === '') yield { path, layer, data: { user, path } };
      }
    }
  },
});
