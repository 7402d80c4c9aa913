import { defineRule, fixOf } from '../../src/engine/rule.ts';
import { insertAfter } from '../../src/shell/edit.ts';

const QUIET =
  /^(?:-[A-Za-z]*[qoa]|-nv$|--(?:progress|quiet|no-verbose|output-file|append-output|show-progress|spider|version|help)(?:=|$)|-[Vh]$)/;

export default defineRule({
  *dockerfile(file) {
    for (const { calls, base } of file.python.stages) {
      for (const { command, program, words, step } of calls) {
        const [name] = words;
        if (program !== 'wget' || name === undefined || step.instruction.keyword !== 'RUN') continue;
        if (words.some(({ value }) => QUIET.test(value)) || words.length === 1) continue;
        // BusyBox' wget does not know it, and wget2 of Fedora passes it over.
        const isGnu = base?.distribution?.name === 'debian' || base?.distribution?.name === 'ubuntu';
        const hasOption = isGnu && command.wrappers.every((wrapper) => wrapper.name !== 'busybox');
        yield {
          at: name.range,
          fix: hasOption
            ? fixOf('safe', 'Add --progress=dot:giga', [insertAfter(command, name, '--progress=dot:giga')])
            : undefined,
        };
      }
    }
  },
});
