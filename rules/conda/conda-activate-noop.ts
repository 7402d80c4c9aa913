import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, type Report, weighed } from '../../src/engine/rule.ts';
import { isAlone } from '../../src/python/activations.ts';
import { isCondaShell } from '../../src/python/conda.ts';
import type { Activation, PythonStage } from '../../src/python/model.ts';
import { startsOf } from '../../src/python/starts.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const activation of pythonStage.activations) {
        const { kind, command, step } = activation;
        if (kind !== 'conda' || step.onbuild) continue;
        const report = judge(activation, pythonStage);
        if (report === undefined) continue;
        yield {
          at: command.range,
          data: { command: command.words.map((word) => word.text).join(' ') },
          ...report,
          severity: weighed(report.severity ?? 'warning', pythonStage.stage, command),
          fix: toPath(file, activation, pythonStage),
        };
      }
    }
    yield* lostEntrypoint(file);
  },
});

function judge(
  activation: Activation,
  { calls, base }: PythonStage,
): Pick<Report, 'message' | 'severity' | 'confidence'> | undefined {
  const { command, uses } = activation;
  const call = calls.find((candidate) => candidate.command === command);
  // Only conda's own `activate` is a function that its hook defines; `source activate` finds a script on PATH.
  if (command.program === 'conda' && call !== undefined && !isCondaShell(call))
    return { message: 'fails', severity: 'error', confidence: base?.python === 'conda' ? undefined : 'medium' };
  return uses.length === 0 && !command.isConditional ? { severity: 'warning' } : undefined;
}

/** A RUN that only activates becomes the PATH it was meant to set; a login shell would set that anew. */
function toPath(file: DockerfileModel, activation: Activation, { base }: PythonStage): Fix | undefined {
  const { command, step } = activation;
  const name = command.words[2];
  const isLogin = step.state.shell.some((word) => /^-\w*l|^--login$/.test(word));
  if (!isAlone(activation) || isLogin || base?.condaPrefix === undefined || command.program === 'micromamba')
    return undefined;
  if (name === undefined || name.value === 'base' || !/^[\w.-]+$/.test(name.text)) return undefined;
  if (
    file.comments.some(
      ({ range }) => step.instruction.range.start < range.start && range.end < step.instruction.range.end,
    )
  )
    return undefined;
  const text = `ENV PATH=${base.condaPrefix}/envs/${name.value}/bin:$PATH`;
  return fixOf('unsafe', 'Put the environment on PATH', [{ range: step.instruction.range, text }]);
}

/** The image's entrypoint activates its environment; another one does not (micromamba-docker documentation, ENTRYPOINT). */
function* lostEntrypoint(file: DockerfileModel): Generator<Report> {
  const final = file.python.final;
  if (final?.base?.python !== 'conda' || !/mambaorg\/micromamba\b/.test(final.baseName)) return;
  const entrypoint = startsOf(final).entrypoint?.step.instruction;
  const [first] = entrypoint?.args ?? [];
  const last = entrypoint?.args.at(-1);
  if (first === undefined || last === undefined) return;
  const range = { start: first.range.start, end: last.range.end };
  const text = file.text.slice(range.start, range.end);
  const path = final.stage.environment.get('PATH')?.text ?? '';
  if (/_entrypoint\.sh|mamba\W+run\b|\/opt\/conda\//.test(text) || path.includes('/opt/conda')) return;
  yield { at: range, message: 'entrypoint', severity: 'warning' };
}
