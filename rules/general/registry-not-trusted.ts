import { expand } from '../../src/dockerfile/expand.ts';
import { parseImageReference } from '../../src/dockerfile/image-reference.ts';
import type { Range } from '../../src/dockerfile/range.ts';
import { namedSources, stageNamed, stepsWith } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule } from '../../src/engine/rule.ts';

export default defineRule<{ registries: readonly string[] }>({
  *dockerfile(file, { registries }) {
    if (registries.length === 0) return;
    for (const { text, range } of imagesOf(file)) {
      const registry = parseImageReference(text)?.registry;
      if (registry === undefined || registries.some((allowed) => fits(allowed, registry))) continue;
      yield { at: range, data: { image: text, registry } };
    }
  },
});

/** Every image that the file takes something from. */
function* imagesOf(file: DockerfileModel): Generator<{ readonly text: string; readonly range: Range }> {
  for (const { from, base } of file.stages) {
    const [image] = from.args;
    if (image !== undefined && base.kind === 'image' && base.reference !== undefined)
      yield { text: base.text, range: image.range };
  }
  for (const { instruction, stage, lookup } of stepsWith(file.stages, 'COPY', 'RUN')) {
    for (const { text: value, range } of namedSources(instruction)) {
      const { text, known } = expand(value, lookup, { escape: file.escape });
      // A plain word may be a build context; numbers are stages.
      if (known && /[:@/.]/.test(text) && stageNamed(file.stages, text, stage.index) === undefined)
        yield { text, range };
    }
  }
}

/** `example.com`, `*`, `*.example.com`, `example.*` */
function fits(allowed: string, registry: string): boolean {
  const plain = allowed === 'hub.docker.com' ? 'docker.io' : allowed;
  if (plain === '*' || plain === registry) return true;
  if (plain.startsWith('*')) return registry.endsWith(plain.slice(1));
  return plain.endsWith('*') && registry.startsWith(plain.slice(0, -1));
}
