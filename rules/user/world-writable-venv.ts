import { flagOf } from '../../src/dockerfile/instructions.ts';
import { isInside } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, type Report, weighed } from '../../src/engine/rule.ts';
import type { Call } from '../../src/python/call.ts';
import type { CopyFacts } from '../../src/python/copies.ts';
import { chainOf, isKept } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { hasPython } from '../../src/python/purpose.ts';
import { isRecursive, permission } from '../../src/shell/permissions.ts';

/** Directories that hold data, not code. */
const DATA =
  /\/(?:tmp|logs?|data|cache|\.cache|uploads?|media|static|staticfiles|run|var|storage|output|results|models|db|database|volumes?|shared|prometheus\w*|metrics)(?:\/|$)/;

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const call of pythonStage.calls) {
        const report = chmodReport(file, call, pythonStage);
        if (report !== undefined) yield report;
      }
      for (const copy of pythonStage.copies) {
        const report = copyReport(copy, pythonStage);
        if (report !== undefined) yield report;
      }
    }
  },
  isDecisive: true,
  *image(image) {
    for (const { path: venv, layer } of image.python.environments) {
      if (!image.isOwn(layer)) continue;
      let first: string | undefined;
      let count = 0;
      for (const { path, node } of image.files.below(venv)) {
        const { type, mode } = node.inode;
        // A sticky directory lets nobody touch the files of others.
        if (type === '2' || (mode & 0o002) === 0 || (type === '5' && (mode & 0o1000) !== 0)) continue;
        first ??= path;
        count++;
      }
      if (first !== undefined)
        yield { path: first, layer, data: { path: venv, count: String(count) }, message: 'image' };
    }
  },
});

function chmodReport(file: DockerfileModel, call: Call, pythonStage: PythonStage): Report | undefined {
  const { program, words, operands, command } = call;
  if (program !== 'chmod' || !isRecursive(words)) return undefined;
  const [mode, ...paths] = operands;
  if (mode === undefined || !opens(mode.value)) return undefined;
  const path = paths
    .map((word) => call.path(word))
    .find(({ text, known }) => known && holdsCode(text, pythonStage, call.order));
  if (path === undefined) return undefined;
  return {
    at: mode.range,
    data: { mode: mode.value, path: path.text },
    severity: isKept(pythonStage) ? weighed('warning', pythonStage.stage, command) : 'info',
    fix: paths.length === 1 ? forGroup(file, call) : undefined,
  };
}

/** Others may write, and enter the directories. */
function opens(mode: string): boolean {
  return permission(mode, 'o', 'w') === true && permission(mode, 'o', 'x') !== false;
}

/** An environment, packages of an interpreter, or where the application was copied to. */
function holdsCode(path: string, pythonStage: PythonStage, before: number): boolean {
  const { known, copies, stage } = pythonStage;
  if (path === '/' || DATA.test(path) || isClosedAbove(path, pythonStage)) return false;
  if (/\/(?:site|dist)-packages(?:\/|$)/.test(path)) return true;
  const isEarlier = (other: { readonly order: number; readonly stage?: unknown }) =>
    (other.stage !== undefined && other.stage !== stage) || other.order < before;
  if (
    known.some(
      (environment) => environment.path.known && isInside(environment.path.text, path) && isEarlier(environment),
    )
  )
    return true;
  if (!hasPython(pythonStage)) return false;
  const isApplication = copies.some(
    ({ target, sources, order }) => order < before && target.text === path && sources.some(isDirectory),
  );
  return (
    isApplication ||
    (stage.end.workdir.text === path &&
      stage.end.workdir.known &&
      copies.some(({ target, order }) => order < before && isInside(target.text, path)))
  );
}

function isDirectory({ arg }: CopyFacts['sources'][number]): boolean {
  return !/\.\w+$/.test(arg.text.replace(/^(?:\.\/)+/, ''));
}

function copyReport({ step, target, sources }: CopyFacts, pythonStage: PythonStage): Report | undefined {
  const flag = flagOf(step.instruction, 'chmod');
  if (flag === undefined || !opens(flag.value) || !sources.some(isDirectory)) return undefined;
  if (!holdsCode(target.text, pythonStage, Number.POSITIVE_INFINITY)) return undefined;
  const severity = isKept(pythonStage) ? weighed('warning', pythonStage.stage) : 'info';
  return { at: flag.range, data: { mode: flag.text, path: target.text }, severity };
}

/** What the owner may, group 0 may: the arbitrary user of OpenShift is in it (OpenShift image guidelines). */
function forGroup(file: DockerfileModel, { command, operands }: Call): Fix | undefined {
  const path = operands[1];
  const first = command.words[0];
  if (path === undefined || first === undefined || command.wrappers.length > 0 || command.shell === 'exec')
    return undefined;
  if (command.words.some((word) => !word.isWhole) || command.redirects.length > 0 || command.words.length !== 4)
    return undefined;
  if (command.place === undefined) return undefined;
  const start = first.range.start;
  const end = command.words.at(-1)?.range.end ?? start;
  if (file.text.slice(start, end).includes('\n')) return undefined;
  return fixOf('unsafe', 'Open it to group 0 alone', [
    { range: { start, end }, text: `chgrp -R 0 ${path.text} && chmod -R g=u ${path.text}` },
  ]);
}

/** A directory above lets nobody but owner and group in. */
function isClosedAbove(path: string, pythonStage: PythonStage): boolean {
  const isAbove = (other: string) => other !== '/' && isInside(path, other);
  return chainOf(pythonStage).some(
    ({ calls, copies }) =>
      calls.some(
        (call) =>
          call.program === 'chmod' &&
          permission(call.operands[0]?.value ?? '', 'o', 'x') === false &&
          call.operands.slice(1).some((word) => call.path(word).text !== path && isAbove(call.path(word).text)),
      ) ||
      copies.some(({ step, target }) => {
        const mode = flagOf(step.instruction, 'chmod')?.value;
        return mode !== undefined && permission(mode, 'o', 'x') === false && isAbove(target.text);
      }),
  );
}
