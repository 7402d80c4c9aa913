import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf } from '../../src/engine/rule.ts';
import { bodiesOf, megabytes } from '../../src/image/words.ts';
import { cacheLeftBy, type LeftCache } from '../../src/packages/caches.ts';
import { readerOfLists } from '../../src/packages/lists.ts';
import { heirsOf, isKept } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { packageCallOf } from '../../src/python/packages.ts';
import { appendCommand, insertAfter } from '../../src/shell/edit.ts';

/** Where package managers keep what they have downloaded, and what they make of it. */
const CACHES: readonly (readonly [RegExp, string, string])[] = [
  [/^\/var\/lib\/apt\/lists\//, '/var/lib/apt/lists', 'apt'],
  [/^\/var\/cache\/apt\//, '/var/cache/apt', 'apt'],
  [/^\/var\/cache\/apk\//, '/var/cache/apk', 'apk'],
  [/^\/var\/cache\/dnf\//, '/var/cache/dnf', 'dnf'],
  [/^\/var\/cache\/libdnf5\//, '/var/cache/libdnf5', 'dnf'],
  [/^\/var\/cache\/yum\//, '/var/cache/yum', 'yum'],
];

/** hadolint's codes for them. */
const CODES: Readonly<Record<string, string>> = {
  apt: 'hadolint:DL3009',
  apk: 'hadolint:DL3019',
  dnf: 'hadolint:DL3040',
  yum: 'hadolint:DL3032',
};

/** Less than this is not worth a word. */
const LEAST = 1_000_000;

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      // The layers of a builder are thrown away.
      if (!isKept(pythonStage)) continue;
      for (const call of pythonStage.calls) {
        if (call.step.instruction.keyword !== 'RUN') continue;
        const left = cacheLeftBy(call, pythonStage.calls, file.escape);
        if (left === undefined) continue;
        const { alias, tool, directory } = left;
        const [program, verb] = call.words;
        yield {
          at: { start: (program ?? call.command).range.start, end: (verb ?? program ?? call.command).range.end },
          alias,
          message: 'dockerfile',
          data: { tool, path: directory },
          fix: () => fixFor(file, left, heirsOf(pythonStage, file.python.stages)),
        };
      }
    }
  },
  *image(image) {
    const found = new Map<string, { size: number; layer: number; path: string; tool: string }>();
    for (const { path, size, layer } of bodiesOf(image)) {
      const [, directory, tool] = CACHES.find(([pattern]) => pattern.test(path)) ?? [];
      if (directory === undefined || tool === undefined || !image.isOwn(layer)) continue;
      const key = `${layer} ${directory}`;
      found.set(key, { size: (found.get(key)?.size ?? 0) + size, layer, path: directory, tool });
    }
    for (const { size, layer, path, tool } of found.values())
      if (size >= LEAST) yield { path, layer, data: { path, tool, size: megabytes(size) }, alias: CODES[tool] };
  },
});

/** An option, or one more command at the end of the RUN. */
function fixFor(file: DockerfileModel, left: LeftCache, heirs: readonly PythonStage[]): Fix | undefined {
  const { call, clean } = left;
  if (clean === undefined) {
    const verb = packageCallOf(call)?.verb;
    return verb && fixOf('safe', 'Add --no-cache', [insertAfter(call.command, verb, '--no-cache')]);
  }
  // What is run for it at the end is run as the same user, and as sudo where that was needed.
  if (call.command.wrappers.length > 0) return undefined;
  // A later RUN would find no package any more.
  if (left.tool === 'apt' && readerOfLists(call, heirs) !== undefined) return undefined;
  const applicability = isAwaited(left, heirs) ? 'unsafe' : 'safe';
  return fixOf(applicability, 'Take it away in the same RUN', [appendCommand(file, call.step, call.script, clean)]);
}

/** A script may live on the lists that this RUN leaves; yarn's cache may be the project's. */
function isAwaited({ call, tool }: LeftCache, heirs: readonly PythonStage[]): boolean {
  if (tool === 'yarn') return true;
  if (tool !== 'apt') return false;
  return heirs.some(({ stage, opaque }) => opaque.some(({ order }) => stage !== call.step.stage || order > call.order));
}
