import { insertLines, removeInstruction } from '../dockerfile/edit.ts';
import type { Dockerfile } from '../dockerfile/instructions.ts';
import { isInside } from '../dockerfile/stages.ts';
import { type Call, isRootUser } from '../python/call.ts';
import { isBaseTree, isUserBase, libcOf } from '../python/copied.ts';
import type { CopyFacts } from '../python/copies.ts';
import { chainOf, changesPackages, rootOf } from '../python/facts.ts';
import type { Install, PythonStage } from '../python/model.ts';
import { installsPython3 } from '../python/packages.ts';
import { ENVIRONMENT_TOOLS, SEEDS } from '../python/tools.ts';
import { activationLines } from '../python/venv-lines.ts';
import type { ShellWord } from '../shell/script.ts';
import type { EditList } from './edit-list.ts';
import type { Carry, Group } from './group.ts';
import { loginCommands, type Made, runLines, VENV } from './make.ts';

/**
 * Has a stage take the environment instead of the packages of another base: one COPY to the same path, then its activation.
 * Undefined where the stage has no Python that the environment could run on.
 */
export function carryEnvironment(
  file: Dockerfile,
  group: Group,
  stage: PythonStage,
  made: readonly Made[],
  edits: EditList,
): Made | undefined {
  const carries = group.carries.filter((carry) => carry.stage === stage);
  const [first] = carries;
  if (first === undefined || stage.known.length > 0) return undefined;
  const origin = made.find((one) => chainOf(first.source).includes(one.stage));
  const isOne = carries.every(({ source }) => source === first.source);
  // What the base has got before would stay behind in it.
  const isFirst = group.movers.every((mover) => mover.stage !== stage || mover.install.order > first.copy.order);
  if (origin === undefined || !isOne || !isFirst || !hasSamePython(first.source, stage)) return undefined;
  const { instruction } = first.copy.step;
  if (instruction.json || instruction.heredocs.length > 0 || !hasOnly(first)) return undefined;
  const [start, end] = [instruction.args[0]?.range.start, instruction.args.at(-1)?.range.end];
  if (start === undefined || end === undefined) return undefined;
  edits.add({ range: { start, end }, text: `${VENV} ${VENV}` });
  for (const carry of carries.slice(1)) {
    if (!hasOnly(carry)) return undefined;
    edits.add(removeInstruction(file, carry.copy.step.instruction));
  }
  for (const copy of stage.copies)
    if (bringsPrograms(copy, first.source)) edits.add(removeInstruction(file, copy.step.instruction));
  const logins = isRootUser(first.copy.step.state.user) ? loginCommands(stage, [stage], first.copy.order, false) : [];
  edits.add(insertLines(file, instruction, 'after', [...activationLines(VENV), ...runLines(logins, file)]));
  return { stage, order: first.copy.order, within: undefined, isDriven: origin.isDriven };
}

/** A COPY that takes something else along would lose it. */
function hasOnly({ copy, source }: Carry): boolean {
  return copy.sources.every(
    ({ path }) =>
      (isBaseTree(path.text, copy, source) || isUserBase(path.text)) &&
      (/-packages|\/python3[^/]*$/.test(path.text) || !(isFilled(path.text, source) || hasOthersPrograms(source))),
  );
}

/** Programs whose source is not seen, and tools that stay with the base. */
function hasOthersPrograms(source: PythonStage): boolean {
  return chainOf(source).some(
    ({ opaque, installs }) =>
      opaque.length > 0 ||
      installs.some((install) => install.tool === 'pipx' || (changesPackages(install) && keepsTools(install))),
  );
}

function keepsTools(install: Install): boolean {
  return install.target.kind === 'base' && install.installsOnly(ENVIRONMENT_TOOLS) && !install.installsOnly(SEEDS);
}

/** A COPY of the scripts that came with the packages, and of nothing that the other stage has put there by itself. */
function bringsPrograms(copy: CopyFacts, source: PythonStage): boolean {
  if (copy.from !== source.stage) return false;
  const isAll = copy.sources.every(({ path }) => /^\/usr\/local\/bin(?:\/[\w.-]+)?$/.test(path.text));
  if (!isAll || !copy.target.text.startsWith('/usr/local/bin')) return false;
  return copy.sources.every(({ path: { text } }) => !isFilled(text, source));
}

/** Whether a stage has put something of its own to a path or below it. */
export function isFilled(path: string, stage: PythonStage): boolean {
  return chainOf(stage).some(
    ({ copies, writes, calls }) =>
      copies.some(({ target, sources }) => {
        const directory = target.text.replace(/(?<=.)\/$/, '');
        if (isInside(directory, path)) return true;
        // `COPY requirements.txt .` in the root directory brings one file.
        return isInside(path, directory) && sources.some((source) => !/\.\w+$/.test(source.path.text));
      }) ||
      writes.some((write) => isInside(write.path.text, path)) ||
      calls.some((call) =>
        filledBy(call).some(({ value }) => isInside(value, path) || value.replace(/\/$/, '') === directoryOf(path)),
      ),
  );
}

/** The words of a command that may name what it makes. */
function filledBy({ program, words, operands }: Call): readonly ShellWord[] {
  if (/^(?:chmod|chown|chgrp|ls|rm|test|\[|cat|sed|echo|which)$/.test(program)) return [];
  return /^(?:ln|cp|mv|install|rsync)$/.test(program) ? operands.slice(-1) : words.slice(1);
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** The interpreter that the environment is a link to stands at the same path here, in the same version. */
function hasSamePython(source: PythonStage, stage: PythonStage): boolean {
  const [a, b] = [source.base, stage.base];
  if (a === undefined || b === undefined || a.python !== b.python || source.isUncertain) return false;
  if (libcOf(source) !== libcOf(stage)) return false;
  const isSameImage = rootOf(source).args[0]?.text === rootOf(stage).args[0]?.text;
  if (a.python === 'official')
    return isSameImage || (a.officialVersion !== undefined && a.officialVersion === b.officialVersion);
  if (a.python !== 'distribution') return false;
  const isSame =
    isSameImage || (a.distribution?.python !== undefined && a.distribution.python === b.distribution?.python);
  return (
    isSame &&
    (b.hasDistributionPython === true || chainOf(stage).some(({ packages }) => packages.some(installsPython3)))
  );
}
