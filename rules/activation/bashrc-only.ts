import { insertLines } from '../../src/dockerfile/edit.ts';
import { isPlainPath } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, weighed } from '../../src/engine/rule.ts';
import { wayOf } from '../../src/image/words.ts';
import { isKept } from '../../src/python/facts.ts';
import type { FileWrite } from '../../src/python/files.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { environmentAt } from '../../src/python/search.ts';
import { startCalls } from '../../src/python/starts.ts';
import { activationLines } from '../../src/python/venv-lines.ts';
import { isPosixShell } from '../../src/shell/script.ts';

const RC_FILES = /(?:^|\/)(?:\.bashrc|\.bash_profile|\.profile|\.zshrc|bash\.bashrc)$|^\/etc\/profile(?:\.d\/.*)?$/;

export default defineRule({
  *dockerfile(file) {
    const final = file.python.final;
    for (const pythonStage of file.python.stages) {
      if (!isKept(pythonStage) || final === undefined || isForShells(pythonStage, final)) continue;
      for (const write of pythonStage.writes) {
        if (!RC_FILES.test(write.path.text) || write.call === undefined || isRead(write, final)) continue;
        for (const { text, range } of write.lines) {
          const activated = activatedBy(text, write);
          if (activated === undefined || isOnPath(activated, final)) continue;
          const severity =
            isInteractive(final) && /bashrc$/.test(write.path.text)
              ? 'info'
              : weighed('warning', pythonStage.stage, write.call.command);
          // An image that nobody knows may have its environment on PATH.
          if (final.base === undefined && !isMadeHere(activated, final)) continue;
          yield { at: range, data: { file: write.path.text }, severity, fix: mend(file, write, activated) };
        }
      }
    }
  },
  *image(image) {
    if (wayOf(image, 'exec') === undefined || wayOf(image, 'exec')?.python3?.environment !== undefined) return;
    const homes = ['/root', ...(image.user === undefined ? [] : [image.user.home])];
    for (const path of new Set(homes.flatMap((home) => [`${home}/.bashrc`, `${home}/.profile`]))) {
      const layer = image.files.find(path)?.inode.layer;
      if (layer === undefined || !image.isOwn(layer)) continue;
      const text = image.files.text(path) ?? '';
      const venv = image.python.environments.find((one) =>
        new RegExp(
          `^\\s*(?:\\.|source)\\s+${one.path.replace(/[.+?^${}()|[\]\\*]/g, '\\$&')}/bin/activate\\b`,
          'm',
        ).test(text),
      );
      if (venv !== undefined) yield { path, layer, data: { file: path } };
    }
  },
});

function isMadeHere({ path, name }: Activated, { known, calls }: PythonStage): boolean {
  if (path !== undefined) return environmentAt(path, known) !== undefined;
  return calls.some(
    ({ words }) => words.some(({ value }) => value === 'create') && words.some(({ value }) => value === name),
  );
}

interface Activated {
  /** Of a venv, where it is written out. */
  readonly path: string | undefined;
  /** Of a conda environment. */
  readonly name: string | undefined;
}

function activatedBy(text: string, { call }: FileWrite): Activated | undefined {
  if (/^\s*#/.test(text)) return undefined;
  const venv = /(?:^|[;&]\s*|\s)(?:\.|source)\s+["']?([^\s"';&]*)\/bin\/activate\b/.exec(text);
  if (venv !== null) {
    const path = venv[1] ?? '';
    const word = call?.words[1];
    const expanded = word === undefined ? undefined : call?.expandText(path, word);
    const value = path.includes('$') && expanded?.known ? expanded.text : path;
    return { path: isPlainPath(value) && value.startsWith('/') ? value : undefined, name: undefined };
  }
  const conda = /(?:^|[;&]\s*|\s)(?:conda|mamba|micromamba|source)\s+activate(?:\s+["']?([\w./-]+))?/.exec(text);
  return conda === null ? undefined : { path: undefined, name: conda[1] ?? 'base' };
}

function isOnPath({ path, name }: Activated, { stage }: PythonStage): boolean {
  const searchPath = stage.environment.get('PATH')?.text ?? '';
  if (path !== undefined) return searchPath.includes(`${path}/bin`);
  if (name === undefined) return stage.environment.setting('VIRTUAL_ENV') !== undefined;
  return name === 'base'
    ? /conda|mamba/.test(searchPath)
    : searchPath.includes(`/envs/${name}/bin`) || searchPath.includes(`${name}/bin`);
}

/** Shells that read such files: an interactive or login SHELL, CMD or ENTRYPOINT; images made for people who type. */
function isForShells({ stage, baseName }: PythonStage, final: PythonStage): boolean {
  if (/devcontainers/.test(baseName)) return true;
  const isReading = (word: string) => /^-[a-z]*[il][a-z]*$|^--(?:login|init-file|rcfile)$/.test(word);
  const shells = [...stage.steps.map(({ state }) => state.shell), stage.end.shell];
  if (shells.some((shell) => shell.slice(1).some(isReading))) return true;
  return startCalls(final).some(
    ({ program, words }) => isPosixShell(program) && words.slice(1).some((word) => isReading(word.value)),
  );
}

function isRead({ path }: FileWrite, { stage }: PythonStage): boolean {
  const file = stage.environment.get('BASH_ENV')?.text;
  return file !== undefined && file.split('/').at(-1) === path.text.split('/').at(-1);
}

/** The container starts a shell for somebody to type into. */
function isInteractive(final: PythonStage): boolean {
  const calls = startCalls(final);
  const [first] = calls;
  if (first !== undefined) return calls.length === 1 && isPosixShell(first.program) && first.words.length === 1;
  // debian and ubuntu start bash by themselves; a stage without CMD on them is used like that.
  return /^(?:debian|ubuntu)(?::|$)/.test(final.baseName);
}

function mend(file: DockerfileModel, { step, call }: FileWrite, { path }: Activated): Fix | undefined {
  const isAlone = call?.script.commands.length === 1 && step.instruction.heredocs.length === 0;
  if (!isAlone || path === undefined || step.onbuild) return undefined;
  return fixOf('unsafe', 'Activate the environment by ENV', [
    insertLines(file, step.instruction, 'after', activationLines(path)),
  ]);
}
