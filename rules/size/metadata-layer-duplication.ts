import { removeInstruction } from '../../src/dockerfile/edit.ts';
import { flagOf } from '../../src/dockerfile/instructions.ts';
import { isInside } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf, weighed } from '../../src/engine/rule.ts';
import { commonDirectory, megabytes } from '../../src/image/words.ts';
import type { Call } from '../../src/python/call.ts';
import type { CopyFacts } from '../../src/python/copies.ts';
import { isKept } from '../../src/python/facts.ts';
import type { PythonEnvironment, PythonStage } from '../../src/python/model.ts';
import { hasPython } from '../../src/python/purpose.ts';
import { createdUsers, isRoot } from '../../src/python/users.ts';
import { removeCommand } from '../../src/shell/edit.ts';
import { isRecursive, ownerOf } from '../../src/shell/permissions.ts';
import type { ShellWord } from '../../src/shell/script.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      if (!isKept(pythonStage)) continue;
      const reported: { readonly step: Call['step']; readonly path: string }[] = [];
      for (const call of pythonStage.calls) {
        const word = duplicatedPath(call, pythonStage);
        const path = word && call.path(word).text;
        if (word === undefined || path === undefined) continue;
        // A file that one layer changes twice is in it once.
        if (reported.some((other) => other.step === call.step && isInside(path, other.path))) continue;
        reported.push({ step: call.step, path });
        yield {
          at: word.range,
          data: { command: call.program, path: word.value },
          severity: hasPython(pythonStage) ? weighed('warning', pythonStage.stage, call.command) : 'info',
          fix: atTheCopy(file, call, word, pythonStage),
        };
      }
    }
  },
  isDecisive: true,
  *image(image) {
    const found = new Map<number, { size: number; files: number; path: string }>();
    for (const { cause, path, size, writtenBy, killedBy } of image.waste) {
      if (cause !== 'metadata' || !image.isOwn(writtenBy) || !image.isOwn(killedBy)) continue;
      const sum = found.get(killedBy) ?? { size: 0, files: 0, path };
      found.set(killedBy, { size: sum.size + size, files: sum.files + 1, path: commonDirectory(sum.path, path) });
    }
    for (const [layer, { size, files, path }] of found)
      if (size >= LEAST)
        yield { path, layer, data: { path, size: megabytes(size), files: String(files) }, message: 'image' };
  },
});

/** Less than this is not worth a word. */
const LEAST = 1_000_000;

/** Configuration and certificates: kilobytes. */
const SMALL = /^\/etc(?:\/|$)|certs|certificates|\/(?:conf|config|\.ssh|bin|scripts?)$/;

/** The path of a recursive chmod, chown or chgrp whose files lie in an earlier layer. */
function duplicatedPath(call: Call, pythonStage: PythonStage): ShellWord | undefined {
  const { program, words, operands, step, command } = call;
  if (!/^(?:chmod|chown|chgrp)$/.test(program) || step.instruction.keyword !== 'RUN' || step.onbuild) return undefined;
  if (!isRecursive(words) || command.wrappers.some(({ name }) => name === 'xargs')) return undefined;
  const [what, ...paths] = operands;
  // Everything that COPY brings is root's already.
  if (program === 'chown' && isRoot(ownerOf(what?.value ?? '').user) && what?.isLiteral) return undefined;
  return paths.find((word) => {
    const path = call.path(word);
    return path.known && path.text !== '/' && !SMALL.test(path.text) && isFilledBefore(path.text, call, pythonStage);
  });
}

function isFilledBefore(path: string, call: Call, { copies, environments, stage, installs }: PythonStage): boolean {
  const { order, step } = call;
  return (
    copies.some(
      (copy) =>
        copy.order < order &&
        copy.target.known &&
        isInside(copy.target.text, path) &&
        isTree(copy) &&
        !isOwnersAlready(copy, call),
    ) ||
    environments.some(
      (environment) =>
        environment.stage === stage &&
        environment.order < order &&
        environment.call?.step !== step &&
        environment.path.known &&
        isInside(environment.path.text, path) &&
        isFilled(environment, step, order, installs),
    )
  );
}

/** COPY --chown has given them to that owner: nothing changes. */
function isOwnersAlready({ step }: CopyFacts, { program, operands }: Call): boolean {
  const owner = flagOf(step.instruction, 'chown')?.value;
  return program === 'chown' && owner !== undefined && ownerOf(owner).user === ownerOf(operands[0]?.value ?? '').user;
}

/** It came full, or something was installed into it in an earlier RUN. */
function isFilled(
  { original, path }: PythonEnvironment,
  step: Call['step'],
  order: number,
  installs: PythonStage['installs'],
): boolean {
  return (
    original !== undefined ||
    installs.some(
      ({ target, step: other, order: at }) =>
        other !== step && at < order && target.kind === 'environment' && target.path.text === path.text,
    )
  );
}

/** A directory, or whatever another stage has at a path that looks like one. */
function isTree({ sources, from, isFromImage }: CopyFacts): boolean {
  return sources.some(({ arg }) => {
    if (/^\.?\/?$|\/\.?$/.test(arg.text)) return true;
    const name = arg.text.slice(arg.text.lastIndexOf('/') + 1);
    return (
      (from !== undefined || isFromImage) &&
      !name.includes('.') &&
      /\/[^/]+\/|venv|app|src|packages|dist|build/.test(arg.text)
    );
  });
}

/** The COPY gives the files their owner or mode itself, where it is the one that brings them and the owner is known by then. */
function atTheCopy(file: DockerfileModel, call: Call, word: ShellWord, pythonStage: PythonStage): Fix | undefined {
  const [value, ...paths] = call.operands;
  const flag = call.program === 'chown' ? 'chown' : call.program === 'chmod' ? 'chmod' : undefined;
  if (flag === undefined || value === undefined || !value.isLiteral || paths.length !== 1) return undefined;
  const path = call.path(word).text;
  const within = pythonStage.copies.filter(({ target, order }) => order < call.order && isInside(target.text, path));
  const [copy] = within;
  if (copy === undefined || within.length !== 1 || copy.target.text !== path) return undefined;
  const { instruction } = copy.step;
  if (flagOf(instruction, flag) !== undefined) return undefined;
  if (flag === 'chown' ? !isKnownBefore(value.value, copy, pythonStage) : !takesMode(value.value, file))
    return undefined;
  // What the stage wrote there by itself would keep its owner.
  if (pythonStage.environments.some(({ order, path: other }) => order < call.order && isInside(other.text, path)))
    return undefined;
  const at = instruction.name.range.end;
  const isAlone = call.script.commands.length === 1;
  // What the RUN makes there before would keep its own mode.
  if (flag === 'chmod' && !isAlone) return undefined;
  return fixOf('unsafe', `Give the files their ${flag === 'chown' ? 'owner' : 'mode'} in COPY`, [
    { range: { start: at, end: at }, text: ` --${flag}=${value.value}` },
    isAlone ? removeInstruction(file, call.step.instruction) : removeCommand(file, call.step, call.command),
  ]);
}

/** COPY --chmod takes numbers, and with the Dockerfile syntax of 1.14 what chmod(1) does (Dockerfile reference, COPY --chmod). */
function takesMode(mode: string, { directives }: DockerfileModel): boolean {
  if (/^[0-7]{3,4}$/.test(mode)) return true;
  const syntax = directives.find(({ name }) => name === 'syntax')?.value ?? '';
  const [match, minor = '14'] = /^docker\/dockerfile:1(?:\.(\d+))?(?:\.\d+)?(?:$|@)/.exec(syntax) ?? [];
  return match !== undefined && Number(minor) >= 14;
}

/** `--chown` looks names up in the image as it is at that step. */
function isKnownBefore(owner: string, copy: CopyFacts, pythonStage: PythonStage): boolean {
  const { user, group } = ownerOf(owner);
  // chown without a group leaves root's; --chown would take the user's number.
  if (group === undefined || group === '') return false;
  const created = createdUsers(pythonStage).filter(({ order }) => order < copy.order);
  return [user, group].every(
    (name) => /^\d+$/.test(name) || isRoot(name) || created.some((other) => other.name === name),
  );
}
