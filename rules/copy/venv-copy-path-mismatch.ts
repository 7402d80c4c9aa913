import type { Edit } from '../../src/dockerfile/edit.ts';
import type { Instruction } from '../../src/dockerfile/instructions.ts';
import { isInside, isPlainPath } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, weighed } from '../../src/engine/rule.ts';
import { heirsOf } from '../../src/python/facts.ts';
import type { MovedEnvironment, PythonStage } from '../../src/python/model.ts';
import { environmentOnPath } from '../../src/python/search.ts';
import { isPosixShell, type ShellCommand } from '../../src/shell/script.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const moved of pythonStage.moved) {
        const { environment, targetRange, original } = moved;
        const heirs = heirsOf(pythonStage, file.python.stages);
        if (isLinkedBack(moved, heirs) || isRepaired(moved, heirs) || isIdleCopy(moved, heirs)) continue;
        const data = { venv: environment.createdAt.text, target: environment.path.text };
        const modulesOnly = startsPythonOnly(environment.path.text, heirs);
        const made =
          original.pathWord === undefined ? [] : [{ message: 'the venv is made here', range: original.pathWord.range }];
        yield {
          at: targetRange,
          data,
          message: modulesOnly ? 'modules-only' : undefined,
          severity: weighed(modulesOnly ? 'warning' : 'error', pythonStage.stage),
          related: made,
          fix: renameInBuilder(file, moved, pythonStage),
        };
      }
    }
  },
  isDecisive: true,
  *image(image) {
    for (const { path, createdAt, isRelocatable, layer } of image.python.environments) {
      if (createdAt === undefined || createdAt === path || isRelocatable || !image.isOwn(layer)) continue;
      // Another name of the same place does no harm.
      if (image.files.resolve(createdAt).path === image.files.resolve(path).path) continue;
      const scripts = image.files.list(`${path}/bin`).filter((name) => {
        const head = image.files.find(`${path}/bin/${name}`)?.inode.body?.toString('utf8') ?? '';
        return head.startsWith(`#!${createdAt}/bin/`) || head.includes(`exec' ${createdAt}/bin/`);
      });
      const isActivated = image.files.text(`${path}/bin/activate`)?.includes(createdAt) === true;
      // The configuration alone remembers; whoever mended all else has a venv that works.
      if (scripts.length === 0 && !isActivated) continue;
      const isUsed = scripts.some((name) => !/^(?:pip|wheel|easy_install)[\d.]*$/.test(name));
      yield {
        path,
        layer,
        data: { venv: createdAt, target: path },
        message: isUsed ? undefined : 'modules-only',
        severity: isUsed ? undefined : 'warning',
      };
    }
  },
});

function commandsOf(stages: readonly PythonStage[]): ShellCommand[] {
  return stages.flatMap(({ scripts }) => scripts.flatMap(({ script }) => script.commands));
}

/** A link at the old path makes every script right again. */
function isLinkedBack({ environment }: MovedEnvironment, heirs: readonly PythonStage[]): boolean {
  const old = environment.createdAt.text;
  return commandsOf(heirs).some(
    ({ program, words }) => program === 'ln' && words.some((word) => word.value.replace(/\/$/, '') === old),
  );
}

/** What `cp` or `mv` leave somewhere and nothing is started from: a backup, or moved back later. */
function isIdleCopy({ by, environment }: MovedEnvironment, heirs: readonly PythonStage[]): boolean {
  const scripts = `${environment.path.text}/bin`;
  const isStarted = commandsOf(heirs).some(({ words }) => words.some((word) => word.value.includes(scripts)));
  const isOnPath = heirs.some(({ settings }) => settings.some(({ value }) => value.text.includes(scripts)));
  return by === 'command' && !isStarted && !isOnPath;
}

/** `python -m venv --upgrade` does not help, but sed over the scripts, or pip reinstalled by the new python, may. */
function isRepaired({ environment }: MovedEnvironment, heirs: readonly PythonStage[]): boolean {
  const { path, createdAt } = environment;
  return commandsOf(heirs).some(
    ({ program, words }) =>
      /^(?:sed|perl|virtualenv-relocate|venv-relocate)$/.test(program) &&
      words.some((word) => word.value.includes(path.text) || word.value.includes(createdAt.text)),
  );
}

/** Whether all that is started from the moved venv is its python: that finds its modules, only the scripts are broken. */
function startsPythonOnly(path: string, heirs: readonly PythonStage[]): boolean {
  let startsPython = false;
  for (const { scripts, stage, known } of heirs) {
    const isOnPath = environmentOnPath(stage.environment.get('PATH'), known)?.path.text === path;
    for (const { step, script } of scripts) {
      const isStart = step.instruction.keyword !== 'RUN';
      for (const { name, program } of script.commands) {
        const isOfVenv = name.startsWith(`${path}/bin/`);
        const isBare = isStart && isOnPath && !name.includes('/');
        if ((isOfVenv || isBare) && /^python[\d.]*$/.test(program)) startsPython = true;
        else if (
          isOfVenv ||
          (isStart && !name.includes('/') && !isPosixShell(program) && !/^python[\d.]*$/.test(program))
        )
          return false;
      }
    }
  }
  return startsPython;
}

/**
 * Makes the venv where it will stand: the old path becomes the new one all over the builder. Only where both paths are
 * written out, the new one is free in the builder, and nothing else knows the old one.
 */
function renameInBuilder(file: DockerfileModel, moved: MovedEnvironment, { stage }: PythonStage): Fix | undefined {
  const { original, environment, isExact, by, sourceText, step } = moved;
  const from = environment.createdAt.text;
  const to = environment.path.text;
  const builder = original.stage;
  if (by !== 'COPY' || !isExact || sourceText === undefined || builder === stage || original.original !== undefined)
    return undefined;
  if (!isPlainPath(from) || !isPlainPath(to)) return undefined;
  const written = file.text.slice(moved.targetRange.start, moved.targetRange.end);
  if (!/^["']?\//.test(written) || written.includes('$') || !sourceText.text.includes(from)) return undefined;
  const source = {
    range: sourceText.range,
    text: file.text.slice(sourceText.range.start, sourceText.range.end).replace(from, to),
  };
  const edits: Edit[] = [source];
  for (const other of file.stages) {
    for (const { instruction } of other.steps) {
      const mentions = placesOf(file, instruction, from);
      if (other === builder) {
        if (placesOf(file, instruction, to).length > 0 || namesAbove(file, instruction, to)) return undefined;
        edits.push(...mentions.map((start) => ({ range: { start, end: start + from.length }, text: to })));
      } else if (instruction === step.instruction) {
        if (mentions.length > 1) return undefined;
      } else if (mentions.length > 0) return undefined;
    }
  }
  if (isNamedIndirectly(file, from)) return undefined;
  // The path must have been written out where the venv was made, or the rename would miss it.
  if (edits.length < 2) return undefined;
  const isOpaque = file.python.stages.some((other) => other.stage === builder && other.opaque.length > 0);
  return fixOf(isOpaque ? 'unsafe' : 'safe', `Make the venv at ${to} in the builder`, edits);
}

/** Some word leads to the venv without writing its path out: `. venv/bin/activate`, `$ROOT/venv/bin/pip`, `~/venv`. */
function isNamedIndirectly(file: DockerfileModel, path: string): boolean {
  return file.python.stages.some(
    ({ calls, settings }) =>
      calls.some((call) =>
        call.words.some((word) => {
          const { text, known } = word.value.startsWith('-') ? call.expand(word) : call.path(word);
          return known && isInside(text, path) && !word.text.includes(path);
        }),
      ) || settings.some(({ value, pair }) => value.text.includes(`${path}/`) && !pair.value?.text.includes(path)),
  );
}

/** File offsets where a path stands as a path of its own or as the beginning of a longer one; comments do not count. */
function placesOf(file: DockerfileModel, instruction: Instruction, path: string): number[] {
  const places: number[] = [];
  const search = (start: number, end: number): void => {
    for (
      let at = file.text.indexOf(path, start);
      at !== -1 && at + path.length <= end;
      at = file.text.indexOf(path, at + 1)
    ) {
      const before = file.text[at - 1] ?? '';
      const after = file.text[at + path.length] ?? '';
      if (!/[\w./}-]/.test(before) && !/[\w.-]/.test(after)) places.push(at);
    }
  };
  instruction.logical.forEachSlice(0, instruction.logical.text.length, (text, source) =>
    search(source, source + text.length),
  );
  for (const { body } of instruction.heredocs) search(body.at(0), body.endAt(body.text.length));
  return places;
}

/** A directory above the new path is named by itself in the builder, which may fill it later. */
function namesAbove(file: DockerfileModel, instruction: Instruction, path: string): boolean {
  for (let above = path.slice(0, path.lastIndexOf('/')); above !== ''; above = above.slice(0, above.lastIndexOf('/'))) {
    const end = above.length;
    if (placesOf(file, instruction, above).some((at) => !/^\/[\w.]/.test(file.text.slice(at + end, at + end + 2))))
      return true;
  }
  return false;
}
