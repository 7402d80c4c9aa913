import { rangeIn } from '../../src/dockerfile/instructions.ts';
import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { from, base } of file.stages) {
      const [image] = from.args;
      if (image === undefined || base.kind !== 'image' || base.reference === undefined) continue;
      const { tag, digest } = base.reference;
      if (tag !== 'latest' || digest !== undefined) continue;
      const start = image.text.lastIndexOf(':') + 1;
      const isWritten = image.text.endsWith(':latest');
      yield {
        at: isWritten ? rangeIn(from, image, start, image.text.length) : image.range,
        data: { image: base.text },
        // A build may be told another one.
        severity: isWritten ? undefined : 'info',
      };
    }
  },
});
