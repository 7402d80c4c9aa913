import { defineRule, fixOf } from '../../src/engine/rule.ts';
import { insertAfter } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    for (const { calls } of file.python.stages) {
      for (const call of calls) {
        const { command, program, words, step } = call;
        const [name] = words;
        if (program !== 'useradd' || name === undefined || step.instruction.keyword !== 'RUN') continue;
        if (words.some(({ value }) => value === '--no-log-init' || /^-[A-Za-z]*l/.test(value))) continue;
        const at = words.findIndex(({ value }) => /^(?:-[A-Za-z]*u|--uid)$/.test(value));
        const word = at === -1 ? words.find(({ value }) => /^(?:-u\d|--uid=)/.test(value)) : words[at + 1];
        const uid = word === undefined ? '' : call.expand(word).text.replace(/^(?:-u|--uid=)/, '');
        if (word === undefined || !/^\d{6,}$/.test(uid)) continue;
        yield {
          at: word.range,
          data: { uid, size: gigabytes(Number(uid)) },
          fix: fixOf('safe', 'Add --no-log-init', [insertAfter(command, name, '--no-log-init')]),
        };
      }
    }
  },
});

/** /var/log/lastlog holds 292 bytes, /var/log/faillog 32, for every number up to the highest. */
function gigabytes(uid: number): string {
  const bytes = uid * (292 + 32);
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
