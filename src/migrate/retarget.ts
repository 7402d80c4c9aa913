import type { Edit } from '../dockerfile/edit.ts';
import type { Dockerfile } from '../dockerfile/instructions.ts';
import type { Call } from '../python/call.ts';
import type { Install, PythonStage } from '../python/model.ts';
import { SEEDS } from '../python/tools.ts';
import { replaceWord } from '../shell/edit.ts';
import { programOf, type ShellWord } from '../shell/script.ts';
import { isFilled } from './carry.ts';
import type { EditList } from './edit-list.ts';
import { type Made, VENV } from './make.ts';

/** Has the commands of a stage that name the base Python by its place use the environment. `since`: it stands from there on. */
export function retarget(
  file: Dockerfile,
  stage: PythonStage,
  since: Pick<Made, 'order' | 'within' | 'isDriven'>,
  edits: EditList,
): void {
  const installs = new Map(stage.installs.map((install) => [install.call, install]));
  for (const call of stage.calls) {
    if (call.order < since.order || call.step.onbuild) continue;
    const install = installs.get(call);
    if (install?.tool === 'pip' && install.target.kind === 'base' && since.isDriven) drive(install, edits);
    else renameProgram(call, stage, since, edits);
  }
  renamePackageDirectories(file, stage, edits);
}

/** `pip install` -> `pip --python /opt/venv/bin/python install`; pip itself is the base's to renew. */
function drive(install: Install, edits: EditList): void {
  const { call, installsOnly, action } = install;
  if (action === 'install' && installsOnly(SEEDS)) return;
  const [first] = call.words;
  if (first === undefined || !first.isWhole || call.command.shell === 'exec') {
    edits.giveUp();
    return;
  }
  if (first.value.startsWith('pip') || first.value.includes('/pip')) {
    const at = first.range.end;
    edits.add({ range: { start: at, end: at }, text: ` --python ${VENV}/bin/python` });
    return;
  }
  // `python -m pip`: the first python on PATH is the environment's, which has no pip.
  const module = call.words.find((word) => word.value === 'pip' || word.value === '-mpip');
  const range = { start: first.range.start, end: module?.range.end ?? 0 };
  edits.add(module?.isWhole ? { range, text: `pip --python ${VENV}/bin/python` } : undefined);
}

/** Programs of the base by their path, and those that the shell may still know from before the environment was made. */
function renameProgram(call: Call, stage: PythonStage, { within }: Pick<Made, 'within'>, edits: EditList): void {
  const [word] = call.words;
  if (word === undefined || word.value.startsWith(`${VENV}/`)) return;
  const name = programOf(word.value);
  const isPython = /^(?:pip|python)(?:3(?:\.\d+)?)?$/.test(name);
  const bySudo = call.command.wrappers.some((wrapper) => wrapper.name === 'sudo');
  const isNamed = word.value.includes('/') && call.program !== '';
  const target = stage.resolve(word.value.includes('/') ? call.path(word) : call.expand(word), call.searchPath);
  if (isNamed ? isInstalledProgram(word.value, isPython, stage) : isPython && (call.step === within || bySudo)) {
    // A venv has programs by no other version than its own.
    if (isPython && target.kind !== 'base') return;
    // It has python3.X only from 3.9 on.
    if (/3\.[0-8]$/.test(name)) edits.giveUp();
    edits.add(renamed(word, `${VENV}/bin/${name}`, call));
  }
}

function renamed(word: ShellWord, path: string, { command }: Call): Edit | undefined {
  return replaceWord(word, command.shell === 'exec' ? `"${path}"` : path);
}

/** Whether a path is that of the base Python, or of a program that an install has put beside it. */
function isInstalledProgram(path: string, isPython: boolean, stage: PythonStage): boolean {
  // Beside the official Python stands the distribution's: that one is nobody's to rename.
  if (isPython) return path.startsWith(stage.base?.python === 'official' ? '/usr/local/bin/' : '/usr/bin/');
  if (!/^\/usr\/local\/bin\/[\w-]+$/.test(path)) return false;
  return !isFilled(path, stage) && !/^docker-|^entrypoint/.test(programOf(path));
}

const BASE_PACKAGES = /\/usr\/local\/lib\/(python3\.\d+)\/(?:site|dist)-packages/g;

/** Paths into the base's packages; those that cannot be told apart end the change. */
function renamePackageDirectories(file: Dockerfile, { stage, copies }: PythonStage, edits: EditList): void {
  for (const { instruction, onbuild } of stage.steps) {
    // What is copied from another stage is looked at with the other paths of the base.
    if (onbuild || copies.some(({ step, from }) => step.instruction === instruction && from !== undefined)) continue;
    const { start, end } = instruction.range;
    const text = file.text.slice(start, end);
    if (!/(?:site|dist)-packages/.test(text)) continue;
    const rest = text.replace(BASE_PACKAGES, '');
    if (/\/(?:site|dist)-packages/.test(rest)) edits.giveUp();
    for (const { 0: match, 1: version, index } of text.matchAll(BASE_PACKAGES))
      edits.add({
        range: { start: start + index, end: start + index + match.length },
        text: `${VENV}/lib/${version}/site-packages`,
      });
  }
}
