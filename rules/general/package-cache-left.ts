import { defineRule } from '../../src/engine/rule.ts';
import { bodiesOf, megabytes } from '../../src/image/words.ts';

/** Where package managers keep what they have downloaded, and what they make of it. */
const CACHES: readonly (readonly [RegExp, string, string])[] = [
  [/^\/var\/lib\/apt\/lists\//, '/var/lib/apt/lists', 'apt'],
  [/^\/var\/cache\/apt\//, '/var/cache/apt', 'apt'],
  [/^\/var\/cache\/apk\//, '/var/cache/apk', 'apk'],
  [/^\/var\/cache\/dnf\//, '/var/cache/dnf', 'dnf'],
  [/^\/var\/cache\/libdnf5\//, '/var/cache/libdnf5', 'dnf'],
  [/^\/var\/cache\/yum\//, '/var/cache/yum', 'yum'],
];

/** Less than this is not worth a word. */
const LEAST = 1_000_000;

export default defineRule({
  *image(image) {
    const found = new Map<string, { size: number; layer: number; path: string; tool: string }>();
    for (const { path, size, layer } of bodiesOf(image)) {
      const [, directory, tool] = CACHES.find(([pattern]) => pattern.test(path)) ?? [];
      if (directory === undefined || tool === undefined || !image.isOwn(layer)) continue;
      const key = `${layer} ${directory}`;
      found.set(key, { size: (found.get(key)?.size ?? 0) + size, layer, path: directory, tool });
    }
    for (const { size, layer, path, tool } of found.values())
      if (size >= LEAST) yield { path, layer, data: { path, tool, size: megabytes(size) } };
  },
});
