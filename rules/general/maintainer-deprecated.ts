import { replaceRange } from '../../src/dockerfile/edit.ts';
import { unquoted } from '../../src/dockerfile/lexer.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    // Another one would be replaced, or would replace this one.
    const isSet = file.instructions.some(({ pairs }) => pairs.some(({ key }) => key.text.includes('image.authors')));
    for (const { keyword, name, argument, range, trigger } of file.instructions) {
      if (keyword !== 'MAINTAINER' || trigger !== undefined) continue;
      const text = unquoted(argument.text);
      const isPlain = !isSet && text !== '' && !/["\\$`]/.test(text);
      const label = `LABEL org.opencontainers.image.authors="${text}"`;
      yield {
        at: name.range,
        fix: isPlain
          ? fixOf('safe', 'Say it in a label', [replaceRange(file, range, matchCase(name.text, label))])
          : undefined,
      };
    }
  },
});

/** LABEL in the case of the word it stands for. */
function matchCase(written: string, label: string): string {
  return written === written.toLowerCase() ? label.replace('LABEL', 'label') : label;
}
