import { programOf } from '../shell/script.ts';
import type { Call } from './call.ts';

/** Whether an environment other than conda's base is active where a call runs: by SHELL, by variable, or in the same RUN. */
export function isCondaActive(call: Call): boolean {
  if (isCondaRun(call.step.state.shell)) return true;
  const active = call.variable('CONDA_DEFAULT_ENV');
  if (active !== undefined && active.origin !== 'base' && active.value.text !== 'base') return true;
  return call.script.commands.some(
    ({ index, program, words }) =>
      index < call.command.index &&
      (isConda(program)
        ? words[1]?.value === 'activate'
        : /^(?:\.|source)$/.test(program) && programOf(words[1]?.value ?? '') === 'activate') &&
      words[2] !== undefined &&
      words[2].value !== 'base',
  );
}

/** `SHELL ["conda", "run", "-n", "app", …]`. */
function isCondaRun(shell: readonly string[]): boolean {
  return shell.some((word, index) => word === 'run' && /(?:conda|mamba)$/.test(shell[index - 1] ?? ''));
}

/** conda, mamba or micromamba, by any path. */
export function isConda(program: string): boolean {
  return /^(?:conda|mamba|micromamba)$/.test(program);
}

/** Files that set a shell up for `conda activate` when they are sourced. */
const SHELL_HOOK = /(?:conda\.sh|mamba\.sh|\.bashrc|\.bash_profile|\.profile)$/;

/** Whether the shell of a call has been set up for `conda activate`: by a hook in the RUN, or because it reads its rc files. */
export function isCondaShell(call: Call): boolean {
  const { shell } = call.step.state;
  if (shell.slice(1).some((word) => /^-\w*[il]|^--(?:login|init-file|rcfile)$/.test(word))) return true;
  const { origin } = call.variable('BASH_ENV') ?? {};
  if (origin !== undefined && origin !== 'base' && call.command.shell === 'bash') return true;
  return call.script.commands.some(
    ({ program, words, index }) =>
      index <= call.command.index &&
      ((/^(?:\.|source)$/.test(program) && SHELL_HOOK.test(words[1]?.value ?? '')) ||
        (program === 'eval' && words.some((word) => /hook/.test(word.value))) ||
        (isConda(program) && words.some((word) => /hook/.test(word.value))) ||
        (/^(?:bash|sh|zsh)$/.test(program) && words.some((word) => /^-\w*[il]|^--login$/.test(word.value)))),
  );
}
