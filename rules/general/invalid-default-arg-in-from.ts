import { expand } from '../../src/dockerfile/expand.ts';
import { isImageReference } from '../../src/dockerfile/image-reference.ts';
import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { from, globals: lookup } of file.stages) {
      const [image] = from.args;
      if (image === undefined || !image.text.includes('$')) continue;
      const { text, references } = expand(
        image.text,
        // What the build is told does not count: the file should do without.
        (name) => {
          const value = lookup(name);
          return value?.absent ? { text: '', known: true } : value;
        },
        { escape: file.escape },
      );
      // A name that is declared nowhere is another flaw; a platform is known to the build.
      if (references.some(({ name, modifier }) => modifier === undefined && lookup(name) === undefined)) continue;
      if (isImageReference(text.replace(/\$\{?\w+\}?/g, 'x'))) continue;
      const empty = references.find(({ name }) => lookup(name)?.absent);
      yield {
        at: image.range,
        data: { image: image.text, name: empty?.name ?? references[0]?.name ?? '' },
        // The whole name left open is a contract with whoever builds.
        confidence: /^\$(?:\w+|\{\w+\})$/.test(image.text) ? 'low' : undefined,
      };
    }
  },
});
