import { isImageReference } from '../../src/dockerfile/image-reference.ts';
import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { from, base } of file.stages) {
      const [image] = from.args;
      if (image === undefined || base.kind !== 'image' || !isImageReference(base.text)) continue;
      if (base.reference === undefined) continue;
      const { repository, tag, digest } = base.reference;
      // The release is in its name: distroless/python3-debian12.
      if (/-debian\d+$/.test(repository)) continue;
      if (tag === undefined && digest === undefined) yield { at: image.range, data: { image: base.text } };
    }
  },
});
