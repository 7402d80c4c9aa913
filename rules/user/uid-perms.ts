import { flagOf } from '../../src/dockerfile/instructions.ts';
import { isInside } from '../../src/dockerfile/stages.ts';
import { defineRule, fixOf, type Report, weighed } from '../../src/engine/rule.ts';
import { isLedTo } from '../../src/image/words.ts';
import type { Call } from '../../src/python/call.ts';
import type { CopyFacts } from '../../src/python/copies.ts';
import { chainOf } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { finalUser, isRoot, runsInRootGroup } from '../../src/python/users.ts';
import { replaceWord } from '../../src/shell/edit.ts';
import { isRecursive, permission } from '../../src/shell/permissions.ts';

export default defineRule({
  *dockerfile(file) {
    const final = file.python.final;
    const user = finalUser(final);
    if (final === undefined || user === undefined || isRoot(user)) return;
    for (const pythonStage of chainOf(final)) {
      for (const call of pythonStage.calls) {
        const report = chmodReport(call, final);
        if (report !== undefined) yield report;
      }
      for (const copy of pythonStage.copies) {
        const report = copyReport(copy, pythonStage, final);
        if (report !== undefined) yield report;
      }
    }
  },
  *image(image) {
    const { user } = image;
    if (user === undefined || user.uid === 0) return;
    for (const access of image.accesses) {
      const { path, read, execute, because = '' } = access;
      const layer = image.python.environments.find((one) => one.path === path)?.layer;
      // A home that nobody may enter is another rule's matter.
      if (access.what !== 'environment' || layer === undefined || !image.isOwn(layer) || (read && execute)) continue;
      if (!isLedTo(image, path)) continue;
      if (/^\/(?:root|home\/[^/ ]+) /.test(because) || because.endsWith(' is not there')) continue;
      const isArbitrary = access.user.uid !== user.uid;
      // Where the image's own user is locked out, that says it all.
      if (
        isArbitrary &&
        image.accesses.some(
          (other) => other.path === path && other.user.uid === user.uid && !(other.read && other.execute),
        )
      )
        continue;
      yield {
        path,
        layer,
        data: { path, user: isArbitrary ? 'an arbitrary UID in group 0' : `user ${image.config?.user}`, because },
        message: 'image',
        severity: isArbitrary ? 'warning' : 'error',
      };
    }
  },
});

function chmodReport(call: Call, final: PythonStage): Report | undefined {
  const { program, words, operands, command } = call;
  if (program !== 'chmod' || call.isRoot !== true) return undefined;
  if (!isRecursive(words)) return undefined;
  // `chmod -R o-rwx DIR`: a mode may begin with a dash, and then is no operand.
  const mode = operands[0];
  if (mode === undefined || !closes(mode.value, final)) return undefined;
  const path = operands
    .slice(1)
    .map((word) => call.path(word))
    .find(({ text, known }) => known && holdsApplication(text, final) && !isOwned(text, final));
  if (path === undefined) return undefined;
  return {
    at: mode.range,
    data: { mode: mode.value, path: path.text },
    severity: weighed('error', final.stage, command),
    fix: mode.isLiteral ? fixOf('unsafe', 'Let others read it', [replaceWord(mode, 'u=rwX,go=rX')]) : undefined,
  };
}

/** A mode that leaves the image's user neither reading nor entering. */
function closes(mode: string, final: PythonStage): boolean {
  const isClosed = (who: 'g' | 'o') => permission(mode, who, 'r') === false || permission(mode, who, 'x') === false;
  return isClosed('o') && (!runsInRootGroup(final) || isClosed('g'));
}

/** A known environment, a directory above one, or where the application lies. */
function holdsApplication(path: string, final: PythonStage): boolean {
  if (path === '/') return false;
  const isEnvironment = final.known.some(
    (environment) => environment.path.known && isInside(environment.path.text, path),
  );
  const { workdir } = final.stage.end;
  return isEnvironment || (workdir.known && workdir.text !== '/' && isInside(workdir.text, path));
}

/** It belongs to somebody else than root, by chown or by COPY --chown, at some time: that may be the image's user. */
function isOwned(path: string, final: PythonStage): boolean {
  return chainOf(final).some(
    ({ calls, copies }) =>
      calls.some(
        (call) =>
          /^(?:chown|chgrp|setfacl|install)$/.test(call.program) &&
          call.operands.some((word) => {
            const other = call.path(word).text;
            return isInside(path, other) || isInside(other, path);
          }),
      ) ||
      copies.some(
        ({ step, target }) =>
          flagOf(step.instruction, 'chown') !== undefined &&
          (isInside(path, target.text) || isInside(target.text, path)),
      ),
  );
}

function copyReport(
  { step, sources, target }: CopyFacts,
  { environments }: PythonStage,
  final: PythonStage,
): Report | undefined {
  const flag = flagOf(step.instruction, 'chmod');
  if (flag === undefined || !/^[0-7]{3,4}$/.test(flag.value)) return undefined;
  // The owner may be the image's user; without x not even the owner enters.
  if (flagOf(step.instruction, 'chown') !== undefined && permission(flag.value, 'u', 'x') === true) return undefined;
  if (permission(flag.value, 'o', 'x') !== false) return undefined;
  if (runsInRootGroup(final) && permission(flag.value, 'g', 'x') === true) return undefined;
  const isDirectory = sources.some(
    ({ arg }) => /^\.?\/?$|\/$/.test(arg.text) || environments.some(({ copiedBy }) => copiedBy?.source === arg),
  );
  // Opened again afterwards, or given to somebody.
  if (
    !isDirectory ||
    (isOwned(target.text, final) && permission(flag.value, 'u', 'x') === true) ||
    isOpened(target.text, final)
  )
    return undefined;
  return { at: flag.range, data: { mode: flag.text, path: target.text }, message: 'copy' };
}

function isOpened(path: string, final: PythonStage): boolean {
  return chainOf(final).some(({ calls }) =>
    calls.some(
      (call) =>
        call.program === 'chmod' &&
        permission(call.operands[0]?.value ?? '', 'o', 'x') === true &&
        call.operands.slice(1).some((word) => isInside(path, call.path(word).text)),
    ),
  );
}
