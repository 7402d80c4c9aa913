import { rangeIn } from '../../src/dockerfile/instructions.ts';
import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { from, base } of file.stages) {
      const [image] = from.args;
      if (image === undefined || base.kind !== 'image' || base.reference === undefined) continue;
      const { registry, repository, tag, digest } = base.reference;
      // The version is in the name: …/pytorch-installer-2.6.0.
      if (tag !== 'latest' || digest !== undefined || /\d\.\d/.test(repository)) continue;
      const start = image.text.lastIndexOf(':') + 1;
      const isWritten = image.text.endsWith(':latest');
      yield {
        at: isWritten ? rangeIn(from, image, start, image.text.length) : image.range,
        data: { image: base.text },
        // A build may be told another one.
        severity: isWritten ? undefined : 'info',
        // A name alone that the build may be told is an image of this machine as often as one of Docker Hub.
        confidence: isWritten || registry !== 'docker.io' || !repository.startsWith('library/') ? undefined : 'low',
      };
    }
  },
});
