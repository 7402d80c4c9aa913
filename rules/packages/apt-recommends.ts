import { defineRule, fixOf } from '../../src/engine/rule.ts';
import { isWritten } from '../../src/packages/prompts.ts';
import { chainOf } from '../../src/python/facts.ts';
import { optionOf } from '../../src/python/options.ts';
import { insertAfter } from '../../src/shell/edit.ts';

/** They are there already (Debian policy, Essential packages), and bring nothing. */
const ESSENTIAL = new Set(['bash', 'coreutils', 'dpkg', 'findutils', 'grep', 'gzip', 'sed', 'tar', 'util-linux']);

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const { packages } = pythonStage;
      const writes = chainOf(pythonStage).flatMap((stage) => stage.writes);
      for (const { manager, action, line, verb, call, packages: named } of packages) {
        if (
          manager !== 'apt' ||
          action !== 'install' ||
          call.program === 'aptitude' ||
          named.every(({ name }) => ESSENTIAL.has(name))
        )
          continue;
        if (['no-install-recommends', 'install-recommends', 'download-only'].some((name) => optionOf(line, name)))
          continue;
        if (line.options.some(({ name, value = '' }) => name === 'option' && /Install-Recommends/i.test(value)))
          continue;
        if (isWritten(writes, call, /^\/etc\/apt\/apt\.conf/, /Install-Recommends/i)) continue;
        yield {
          at: verb.range,
          data: { program: call.program },
          fix: fixOf('unsafe', 'Add --no-install-recommends', [
            insertAfter(call.command, verb, '--no-install-recommends'),
          ]),
        };
      }
    }
  },
});
