import { defineRule, fixOf, weighed } from '../../src/engine/rule.ts';
import type { Call } from '../../src/python/call.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { finalUser, isRoot } from '../../src/python/users.ts';
import { replaceWord } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    const user = finalUser(file.python.final);
    for (const pythonStage of file.python.stages) {
      for (const call of pythonStage.calls) {
        const mask = call.program === 'umask' ? call.operands[0] : undefined;
        if (mask === undefined || !/^0?[0-7]?[0-7]?[57]$/.test(mask.value) || !/[1-7]/.test(mask.value)) continue;
        if (!reachesInstall(call, pythonStage)) continue;
        const severity =
          user !== undefined && isRoot(user) ? 'info' : weighed('warning', pythonStage.stage, call.command);
        yield {
          at: mask.range,
          data: { mask: mask.value },
          severity,
          fix: fixOf('unsafe', 'Let others read what is installed', [replaceWord(mask, '022')]),
        };
      }
    }
  },
});

/** An install or a new environment behind it in the same shell, with no other umask between. */
function reachesInstall(
  { command, script, step, order }: Call,
  { installs, environments, calls }: PythonStage,
): boolean {
  const next = calls.find((call) => call.step === step && call.program === 'umask' && call.order > order);
  const isReached = (other: { readonly order: number }, scope: typeof command.scope | undefined): boolean =>
    other.order > order && (next === undefined || other.order < next.order) && isWithin(scope, command.scope);
  return (
    installs.some((install) => install.script === script && isReached(install, install.command.scope)) ||
    environments.some(
      ({ call, original }) => call?.script === script && original === undefined && isReached(call, call.command.scope),
    )
  );
}

function isWithin(scope: Call['command']['scope'] | undefined, outer: Call['command']['scope']): boolean {
  for (let at = scope; at !== undefined; at = at.parent) if (at === outer) return true;
  return false;
}
