import { defineRule, fixOf, weighed } from '../../src/engine/rule.ts';
import { chainOf } from '../../src/python/facts.ts';
import type { Install, PythonStage } from '../../src/python/model.ts';
import { optionOf } from '../../src/python/options.ts';
import { removeWord } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const { stage, base, baseName, installs } = pythonStage;
      if (!base?.distribution?.hasOldPip) continue;
      for (const install of installs) {
        const { tool, action, target, line, command } = install;
        if (tool !== 'pip' || (action !== 'install' && action !== 'uninstall')) continue;
        const option = optionOf(line, 'break-system-packages');
        if (option === undefined || target.kind !== 'base' || target.interpreter.kind !== 'distribution') continue;
        if (isPipRenewed(install, pythonStage)) continue;
        yield {
          at: option.word.range,
          data: { flag: option.word.value, base: baseName },
          severity: weighed('error', stage, command),
          fix: fixOf('safe', 'Leave the option out', [removeWord(file, command, option.word)]),
        };
      }
    }
  },
});

/** An earlier command brought another pip than the distribution's. */
function isPipRenewed({ order, step }: Install, pythonStage: PythonStage): boolean {
  return chainOf(pythonStage).some(({ stage, installs, calls, opaque }) => {
    const isEarlier = (other: { readonly order: number }) => stage !== step.stage || other.order < order;
    return (
      installs.some(
        (other) =>
          isEarlier(other) &&
          (other.target.kind === 'base' || other.target.kind === 'unknown') &&
          other.packages.some((word) => /^pip(?:\W|$)/.test(word.value)),
      ) ||
      calls.some((call) => isEarlier(call) && call.words.some((word) => word.value.includes('get-pip'))) ||
      opaque.some(isEarlier)
    );
  });
}
