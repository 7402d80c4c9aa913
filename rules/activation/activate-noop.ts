import { hasComment, lineEndingAt } from '../../src/dockerfile/edit.ts';
import { isPlainPath } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, weighed } from '../../src/engine/rule.ts';
import { isAlone } from '../../src/python/activations.ts';
import type { Activation, PythonStage } from '../../src/python/model.ts';
import { environmentAt } from '../../src/python/search.ts';
import { removeCommand } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const activation of pythonStage.activations) {
        const { kind, command, uses, step } = activation;
        // What conda and spack activate has rules of its own.
        if (kind === 'conda' || kind === 'spack') continue;
        if (uses.length > 0 || command.isConditional || step.onbuild) continue;
        const data = { command: command.words.map((word) => word.text).join(' ') };
        if (kind !== 'venv') yield { at: command.range, data, message: kind };
        else {
          const severity = weighed(
            misleadsInstall(activation, pythonStage) ? 'error' : 'warning',
            pythonStage.stage,
            command,
          );
          yield { at: command.range, data, severity, fix: mend(file, activation, pythonStage) };
        }
      }
    }
  },
});

/** A later bare `pip install` of the stage goes to the base Python, which the author thinks it does not. */
function misleadsInstall({ order }: Activation, { installs }: PythonStage): boolean {
  return installs.some(
    ({ tool, action, order: later, command, target }) =>
      tool === 'pip' && action === 'install' && later > order && !command.name.includes('/') && target.kind === 'base',
  );
}

function isOnPath({ path, step }: Activation): boolean {
  return path?.known === true && step.lookup('PATH')?.text.split(':')[0] === `${path.text}/bin`;
}

function mend(file: DockerfileModel, activation: Activation, pythonStage: PythonStage): Fix | undefined {
  const { path, pathWord, step, command } = activation;
  if (isOnPath(activation))
    return fixOf('safe', 'Delete the command: ENV PATH has done it', [removeCommand(file, step, command)]);
  if (!isAlone(activation) || path === undefined || !path.known || !pathWord?.isLiteral || !isPlainPath(path.text))
    return undefined;
  const { range } = step.instruction;
  if (hasComment(file, range)) return undefined;
  const newline = lineEndingAt(file.text, range.start);
  const text = `ENV VIRTUAL_ENV=${path.text}${newline}ENV PATH="$VIRTUAL_ENV/bin:$PATH"`;
  const applicability = isSure(activation, pythonStage) ? 'safe' : 'unsafe';
  return fixOf(applicability, 'Set VIRTUAL_ENV and PATH by ENV', [{ range, text }]);
}

/** The environment is known to bring pip, and nothing later names another Python by its path. */
function isSure({ path, order, step: from }: Activation, pythonStage: PythonStage): boolean {
  const environment = environmentAt(path?.text ?? '', pythonStage.known);
  if (
    environment === undefined ||
    !environment.hasPip ||
    environment.order > order ||
    !/^(?:venv|virtualenv)$/.test(environment.kind)
  )
    return false;
  return pythonStage.scripts.every(({ step, script }) =>
    script.commands.every(
      (command) => step.index <= from.index || !command.name.includes('/') || !/^(?:python|pip)/.test(command.program),
    ),
  );
}
