import type { ShellCommand, ShellScope, ShellScript } from '../shell/script.ts';
import type { Call } from './call.ts';
import { activatedPrefix } from './flow.ts';
import type { Activation } from './model.ts';

/** Commands that print or set something and use no environment. */
const PRINTING = new Set([
  'echo',
  'printf',
  'export',
  'set',
  'true',
  ':',
  'which',
  'type',
  'deactivate',
  'unset',
  'date',
  'hash',
  'exit',
]);

/** Reads a command of a RUN as an activation; undefined where it is none. */
export function activationOf(call: Call): Activation | undefined {
  const { command, script, step, order } = call;
  const [, first, second] = command.words;
  const found = (
    kind: Activation['kind'],
    path?: Activation['path'],
    pathWord?: Activation['pathWord'],
  ): Activation => ({
    kind,
    path,
    pathWord,
    command,
    script,
    step,
    order,
    uses: usesAfter(command, script),
  });
  switch (command.program) {
    case '.':
    case 'source': {
      if (first === undefined) return undefined;
      // conda's own script of that name, found on PATH: `source activate NAME`.
      if (first.value === 'activate') return second === undefined ? undefined : found('conda');
      const path = activatedPrefix(call.path(first));
      return path === undefined ? undefined : found('venv', path, first);
    }
    case 'conda':
    case 'mamba':
    case 'micromamba':
      return first?.value === 'activate' ? found('conda') : undefined;
    case 'spack': {
      // docs: spack.readthedocs.io, environments: both change the shell they are evaluated in.
      const isActivation = first?.value === 'load' || (first?.value === 'env' && second?.value === 'activate');
      return isActivation ? found('spack') : undefined;
    }
    case 'poetry':
    case 'pipenv':
      return first?.value === 'shell' ? found('shell') : undefined;
    default:
      return undefined;
  }
}

/** Commands behind it in the same shell that do something an activation can matter to. */
function usesAfter(command: ShellCommand, script: ShellScript): ShellCommand[] {
  const behind = script.commands.slice(command.index + 1);
  return behind.filter((next) => reaches(command.scope, next.scope) && !isPrinting(next));
}

function reaches(scope: ShellScope, inner: ShellScope): boolean {
  for (let at: ShellScope | undefined = inner; at !== undefined; at = at.parent) if (at === scope) return true;
  return false;
}

function isPrinting(command: ShellCommand): boolean {
  // Printing what an activation has set is a use of it.
  if (command.words.some((word) => /\$\{?(?:PATH|VIRTUAL_ENV)\b/.test(word.value))) return false;
  if (command.words.length === 0 || PRINTING.has(command.program)) return true;
  if (/^(?:python|pip)[\d.]*$/.test(command.program))
    return /^(?:--version|-V|list|freeze)$/.test(command.words[1]?.value ?? '');
  return command.program === 'conda' && /^(?:info|list|env|clean)$/.test(command.words[1]?.value ?? '');
}

/** Whether a RUN does nothing but activate. */
export function isAlone({ script, command, step }: Activation): boolean {
  return script.commands.length === 1 && command.wrappers.length === 0 && step.instruction.heredocs.length === 0;
}
