import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *image(image) {
    const path = '/etc/passwd';
    const layer = image.files.find(path)?.inode.layer;
    if (layer === undefined || !image.isOwn(layer)) return;
    const names = new Map<string, string>();
    const numbers = new Map<string, string>();
    for (const line of (image.files.text(path) ?? '').split('\n')) {
      const [name = '', , uid = ''] = line.split(':');
      if (!/^\d+$/.test(uid)) continue;
      const other = numbers.get(uid);
      if (names.has(name)) yield { path, layer, data: { name, uid }, message: 'name' };
      else if (other !== undefined) yield { path, layer, data: { name, other, uid } };
      names.set(name, uid);
      numbers.set(uid, name);
    }
  },
});
