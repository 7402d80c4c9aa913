import type { Setting } from '../../src/dockerfile/environment.ts';
import { defineRule, type Report } from '../../src/engine/rule.ts';
import { heirsOf } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { environmentOnPath } from '../../src/python/search.ts';
import { programOf } from '../../src/shell/script.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const setting of pythonStage.settings) {
        if (setting.name !== 'BASH_ENV' || setting.by !== 'ENV' || !setting.value.known) continue;
        const report = judge(setting, pythonStage, heirsOf(pythonStage, file.python.stages));
        if (report !== undefined)
          yield { at: setting.pair.range, data: { file: setting.value.text }, severity: 'info', ...report };
      }
    }
  },
});

/** bash(1): only a non-interactive bash reads BASH_ENV; sh and dash do not. */
function judge(
  { value, step }: Setting,
  pythonStage: PythonStage,
  heirs: readonly PythonStage[],
): Pick<Report, 'message'> | undefined {
  if (!/(?:activate|bashrc|profile|conda\.sh)$/.test(value.text)) return undefined;
  // The environment is on PATH besides: BASH_ENV is an extra.
  if (
    heirs.some(
      ({ stage, known }) =>
        hasEnvironment(stage.environment.get('PATH')?.text ?? '') ||
        environmentOnPath(stage.environment.get('PATH'), known),
    )
  )
    return undefined;
  if (!usesBash(pythonStage, heirs, step)) return {};
  const { name } = pythonStage.base?.distribution ?? {};
  const isSkeleton = name === 'ubuntu' ? /\.bashrc$/ : name === 'debian' ? /^(?!\/root\/).*\.bashrc$/ : undefined;
  return isSkeleton?.test(value.text) ? { message: 'early-return' } : undefined;
}

function hasEnvironment(path: string): boolean {
  return /venv|conda|mamba|\/envs\//.test(path);
}

function usesBash(pythonStage: PythonStage, heirs: readonly PythonStage[], from: number): boolean {
  return heirs.some(({ stage, calls, scripts, opaque }) => {
    const isLater = (step: { readonly index: number; readonly stage: unknown }) =>
      step.stage !== pythonStage.stage || step.index > from;
    return (
      programOf(stage.end.shell[0] ?? '') === 'bash' ||
      scripts.some(({ step, script }) => isLater(step) && script.interpreter === 'bash') ||
      opaque.length > 0 ||
      calls.some(
        ({ step, program, command }) =>
          isLater(step) && (program === 'bash' || command.shell === 'bash' || /\.sh$/.test(program)),
      )
    );
  });
}
