import { defineRule, fixOf, weighed } from '../../src/engine/rule.ts';
import type { Install } from '../../src/python/model.ts';
import { redirectedOf } from '../../src/python/requirements.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { stage, installs } of file.python.stages) {
      for (const install of installs) {
        for (const { word, range } of redirectedOf(install)) {
          const text = file.text.slice(range.start, range.end);
          const isPlain = /^[\w.[\],<>=!-]+$/.test(text) && canQuote(install) && word.isWhole;
          yield {
            at: range,
            data: { requirement: text },
            severity: weighed('error', stage, install.command),
            fix: isPlain ? fixOf('safe', 'Quote the requirement', [{ range, text: `"${text}"` }]) : undefined,
          };
        }
      }
    }
  },
});

/** Inside the text of `sh -c "…"` another quote would end it. */
function canQuote({ command }: Install): boolean {
  return !command.within.includes('nested-shell');
}
