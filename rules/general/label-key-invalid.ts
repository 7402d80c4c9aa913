import { unquoted } from '../../src/dockerfile/lexer.ts';
import { stepsWith } from '../../src/dockerfile/stages.ts';
import { defineRule } from '../../src/engine/rule.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { instruction } of stepsWith(file.stages, 'LABEL')) {
      for (const { key } of instruction.pairs) {
        const name = unquoted(key.text);
        const problem = problemOf(name);
        if (problem !== undefined) yield { at: key.range, data: { key: name }, message: problem };
      }
    }
  },
});

/** docs.docker.com/engine/manage-resources/labels, "Key format recommendations". */
function problemOf(key: string): string | undefined {
  if (key.includes('${') || /^\$\w+$/.test(key)) return undefined;
  if (/^(?:com\.docker|io\.docker|org\.dockerproject)\./.test(key)) return 'reserved';
  return /^[a-z](?:[0-9a-z._/-]*[a-z0-9])?$/.test(key) && !/\.\.|--/.test(key) ? undefined : 'characters';
}
