import { copyArguments, isArchive, isRemote } from '../../src/dockerfile/copy-arguments.ts';
import { replaceRange } from '../../src/dockerfile/edit.ts';
import { expand } from '../../src/dockerfile/expand.ts';
import { flagOf } from '../../src/dockerfile/instructions.ts';
import { unquoted } from '../../src/dockerfile/lexer.ts';
import { type Step, stepsWith } from '../../src/dockerfile/stages.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';

/** Directories by their slash, and files that hold text or a zip archive. */
const TEXTUAL =
  /(?:^|\/)\.{0,2}\/?$|\.(?:txt|py|js|mjs|ts|json|toml|ya?ml|sh|bash|conf|cfg|ini|lock|md|rst|html?|css|xml|sql|in|env|properties|php|rb|pl|c|h|go|rs|java|gradle|crt|pem|key|repo|list|service|zip|jar|war|whl)$/i;

export default defineRule({
  *dockerfile(file) {
    for (const step of stepsWith(file.stages, 'ADD')) {
      const { instruction, lookup } = step;
      const sources = copyArguments(instruction)?.sources ?? [];
      const values = sources.map(({ text }) => expand(unquoted(text), lookup, { escape: file.escape }));
      // An archive among them is reason enough, and so is what cannot be told.
      if (values.length === 0 || values.some(({ text, known }) => !known || isRemote(text) || isArchive(text)))
        continue;
      if (values.some(({ text }) => /\*$|\.\*/.test(text))) continue;
      if (flagOf(instruction, 'unpack') !== undefined) continue;
      const isPlain = instruction.flags.every(({ name }) => ['chown', 'chmod', 'link', 'exclude'].includes(name));
      // ADD looks into files, whatever they are called.
      const applicability = values.every(({ text }) => TEXTUAL.test(text)) ? 'safe' : 'unsafe';
      yield {
        at: instruction.name.range,
        fix: isPlain
          ? fixOf(applicability, 'Write COPY', [replaceRange(file, instruction.name.range, copyFor(step))])
          : undefined,
      };
    }
  },
});

function copyFor({ instruction: { name } }: Step): string {
  return name.text === name.text.toLowerCase() ? 'copy' : 'COPY';
}
