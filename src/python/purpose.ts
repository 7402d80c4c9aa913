import { chainOf } from './facts.ts';
import type { PythonStage } from './model.ts';
import { installsPython3 } from './packages.ts';

/** Whether an image is made to build applications in: an S2I builder (its base, scripts or labels), or one with ONBUILD. */
export function isBuilderImage(stage: PythonStage): boolean {
  return chainOf(stage).some(
    ({ baseName, stage: { steps }, settings }) =>
      /\/s2i-/.test(baseName) ||
      settings.some(({ name }) => /^(?:STI|S2I)_/.test(name)) ||
      steps.some(
        ({ instruction, onbuild }) =>
          onbuild ||
          (instruction.keyword === 'COPY' && /\$\{?(?:STI|S2I)_/.test(instruction.argument.text)) ||
          (instruction.keyword === 'LABEL' &&
            instruction.pairs.some(
              ({ key, value }) =>
                /^["']?(?:io\.openshift\.s2i|io\.s2i)/.test(key.text) ||
                /\bs2i build\b|^["']?builder,/.test(value?.text ?? ''),
            )),
      ),
  );
}

/** Whether a stage has anything to do with Python: an image of it, an environment, an install, a package. */
export function hasPython(stage: PythonStage): boolean {
  if (stage.base?.python === 'official' || stage.known.length > 0) return true;
  return chainOf(stage).some(({ packages, installs }) => installs.length > 0 || packages.some(installsPython3));
}
