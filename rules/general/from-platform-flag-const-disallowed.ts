import { flagOf, flagValueRange } from '../../src/dockerfile/instructions.ts';
import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { from, name } of file.stages) {
      const flag = flagOf(from, 'platform');
      if (flag === undefined || flag.value === '' || flag.value.includes('$')) continue;
      const [os = '', architecture = ''] = flag.value.replace(/^["']|["']$/g, '').split('/');
      // A stage that says in its name what it is for is one of several.
      const isNamed = [os, architecture].some((part) => part !== '' && name?.includes(part.toLowerCase()));
      if (!isNamed) yield { at: flagValueRange(from, flag), data: { platform: flag.value } };
    }
  },
});
