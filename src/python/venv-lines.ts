import { chainOf } from './facts.ts';
import type { Interpreter, PythonStage } from './model.ts';
import { bringsPython3 } from './packages.ts';

/** The two instructions that activate an environment for everything behind them. */
export function activationLines(path: string): string[] {
  return [`ENV VIRTUAL_ENV=${path}`, 'ENV PATH="$VIRTUAL_ENV/bin:$PATH"'];
}

/**
 * Instructions that make and activate /opt/venv before step `before` of a stage; undefined where that may fail: the Python
 * or its venv module is not certainly there yet, or the stage has an environment already.
 */
export function venvLines(stage: PythonStage, interpreter: Interpreter, before: number): string[] | undefined {
  if (stage.known.length > 0) return undefined;
  const python = pythonWithVenv(stage, interpreter, before);
  return python === undefined ? undefined : [`RUN ${python} -m venv /opt/venv`, ...activationLines('/opt/venv')];
}

function pythonWithVenv(stage: PythonStage, { kind }: Interpreter, before: number): string | undefined {
  if (kind === 'official') return 'python';
  const names = chainOf(stage).flatMap(({ packages }) =>
    packages
      .filter(
        ({ action, call }) => action === 'install' && (call.step.stage !== stage.stage || call.step.index < before),
      )
      .flatMap((call) => call.packages.map(({ name }) => name)),
  );
  const distribution = stage.base?.distribution?.name;
  if (distribution === 'alpine') return names.some(bringsPython3) ? 'python3' : undefined;
  // Debian keeps ensurepip in a package of its own.
  if (distribution === 'debian' || distribution === 'ubuntu')
    return names.some((name) => /^python3(?:\.\d+)?-(?:venv|full)$/.test(name)) ? 'python3' : undefined;
  return undefined;
}
