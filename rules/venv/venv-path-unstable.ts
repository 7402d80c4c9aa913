import { defineRule } from '../../src/engine/rule.ts';
import type { Install } from '../../src/python/model.ts';
import { makesOwnEnvironment } from '../../src/python/own-environment.ts';
import { startCalls } from '../../src/python/starts.ts';

export default defineRule({
  *dockerfile(file) {
    const final = file.python.final;
    for (const pythonStage of file.python.stages) {
      if (pythonStage.stage.role === 'unused') continue;
      for (const { path, pathWord, call } of pythonStage.environments) {
        if (path.known || pathWord === undefined || call === undefined) continue;
        // A loop's variable stands for several paths; a variable of an unknown image may well be fixed.
        const isLoop = call.command.loops.length > 0;
        if (!isLoop && !isOfBase(pathWord.value, call.step.stage.environment))
          yield { at: pathWord.range, data: { path: pathWord.value }, severity: 'info' };
      }
      for (const install of pythonStage.installs) {
        const { tool, range } = install;
        if (!makesOwnEnvironment(install, pythonStage)) continue;
        const isRun =
          final !== undefined &&
          startCalls(final).some(({ words }) => words[0]?.value === tool && words[1]?.value === 'run');
        yield { at: range, message: tool, severity: 'info', confidence: isRun ? 'low' : undefined };
      }
    }
  },
});

function isOfBase(value: string, environment: Install['step']['stage']['environment']): boolean {
  const names = [...value.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map((match) => match[1] ?? '');
  const isUnset = (name: string) => environment.setting(name) === undefined && environment.get(name)?.known === false;
  return names.length > 0 && !/\$\(|`|RANDOM/.test(value) && names.every(isUnset);
}
