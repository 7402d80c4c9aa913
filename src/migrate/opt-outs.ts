import { removeInstruction, removePairs } from '../dockerfile/edit.ts';
import type { Dockerfile } from '../dockerfile/instructions.ts';
import type { Call } from '../python/call.ts';
import { moduleCall } from '../python/environments.ts';
import type { Install, MarkerSite, PythonStage, ToolSetting } from '../python/model.ts';
import { isTruthy, optionOf } from '../python/options.ts';
import { isOn } from '../python/settings.ts';
import { removeAssignment, removeCommand, removeWord } from '../shell/edit.ts';
import type { EditList } from './edit-list.ts';
import type { Group } from './group.ts';
import { runsScriptBetween } from './surroundings.ts';

/** Variables that lead installs past an environment, or past the guard of the base. */
const VARIABLES = /^(?:(?:PIP|UV|PIPENV)_BREAK_SYSTEM_PACKAGES|PIP_(?:NO_)?USER|UV_SYSTEM_PYTHON|PIPENV_SYSTEM)$/;

/** `$HOME/.local/bin:$PATH`: where installs into a home put their scripts. */
const USER_PATH = /^["']?[^:]*\/\.local\/bin\/?:\$\{?PATH\}?["']?$/;

/** Takes out what no install into an environment needs: the removal of the marker, and what overrides it. */
export function removeOptOuts(file: Dockerfile, { stages, movers }: Group, edits: EditList): void {
  const [first] = movers;
  const usesHomes = movers.some(({ install }) => isOn(install.setting('user')));
  for (const stage of stages) {
    for (const site of stage.markerSites) removeSite(file, site, stage, edits);
    for (const call of stage.calls)
      if (isBootstrap(call, stage)) edits.add(removeCommand(file, call.step, call.command));
    const gone = stage.settings.filter(({ name, value, pair }) => {
      const isOptOut = VARIABLES.test(name) && value.known && isTruthy(value.text);
      return isOptOut || (usesHomes && name === 'PATH' && USER_PATH.test(pair.value?.text ?? ''));
    });
    for (const { instruction, step } of gone) {
      if (runsScriptBetween(stage, stage.stage.steps[step], first?.install.order ?? 0)) edits.giveUp();
      const pairs = gone.filter((other) => other.instruction === instruction).map(({ pair }) => pair);
      for (const edit of removePairs(file, instruction, pairs)) edits.add(edit);
    }
    for (const { key, value, words, step } of stage.configWrites) {
      if ((key !== 'break-system-packages' && key !== 'user') || !isTruthy(value)) continue;
      const call = words && stage.calls.find((one) => one.step === step && one.words.includes(words.key));
      // The text of a file is its author's.
      edits.add(call && removeCommand(file, step, call.command));
    }
  }
  for (const { install } of movers) {
    // It serves to get past what the distribution has installed.
    const ignored = install.tool === 'pip' ? optionOf(install.line, 'ignore-installed') : undefined;
    if (ignored !== undefined && /^(?:--ignore-installed|-I)$/.test(ignored.word.value))
      edits.add(removeWord(file, install.command, ignored.word));
    for (const name of ['break-system-packages', 'user', 'no-user', 'system'])
      removeSetting(file, install, install.setting(name), edits);
    const python = install.tool === 'uv' ? optionOf(install.line, 'python') : undefined;
    for (const word of [python?.word, python?.valueWord])
      if (word !== undefined) edits.add(removeWord(file, install.command, word));
  }
}

/** `python3 -m ensurepip` on a Python of the distribution: the environment has a pip of its own, and a marker stops it. */
function isBootstrap(call: Call, stage: PythonStage): boolean {
  const [name] = call.words;
  if (name === undefined || moduleCall(call.words)?.module !== 'ensurepip') return false;
  const target = stage.resolve(name.value.includes('/') ? call.path(name) : call.expand(name), call.searchPath);
  return target.kind === 'base' && target.interpreter.kind === 'distribution';
}

function removeSite(file: Dockerfile, site: MarkerSite, stage: PythonStage, edits: EditList): void {
  const call = stage.calls.find(({ command }) => command === site.command);
  if (call?.program === 'mv' || call?.program === 'cp')
    removeReturns(file, site, call.operands.at(-1)?.value ?? '', stage, edits);
  if (isAboutMarker(site, stage)) {
    edits.add(removeInstruction(file, site.step.instruction));
    return;
  }
  const others = call?.operands.filter(({ range }) => range.start !== site.range.start) ?? [];
  const word = call?.operands.find(({ range }) => range.start === site.range.start);
  // `rm -rf /tmp/x MARKER`: the other operands are none of ours.
  const isShared =
    /^(?:rm|unlink|shred)$/.test(call?.program ?? '') &&
    others.some(({ range }) => !stage.markerSites.some((other) => other.range.start === range.start));
  if (isShared) edits.add(word && removeWord(file, site.command, word));
  else edits.add(call && removeCommand(file, site.step, site.command));
}

/** `mv /tmp/marker MARKER`, `rm /tmp/marker`: whatever is done later with a marker that was moved or copied away. */
function removeReturns(file: Dockerfile, site: MarkerSite, away: string, stage: PythonStage, edits: EditList): void {
  for (const call of stage.calls) {
    const isSite = stage.markerSites.some(({ command }) => command === call.command);
    if (call.order <= site.order || isSite) continue;
    if (!call.operands.some(({ value }) => value === away || value.includes('EXTERNALLY-MANAGED'))) continue;
    edits.add(
      call.script.commands.length === 1
        ? removeInstruction(file, call.step.instruction)
        : removeCommand(file, call.step, call.command),
    );
  }
}

/** Nothing in the RUN does anything else: `[ -f MARKER ] && rm MARKER || true`, `find … | xargs rm`, a loop over a glob. */
function isAboutMarker({ step }: MarkerSite, { scripts, markerSites }: PythonStage): boolean {
  const commands = scripts.find((one) => one.step === step)?.script.commands ?? [];
  return commands.every(
    (command) =>
      markerSites.some((site) => site.command === command) ||
      (/^(?:true|:|test|\[|set|ls|echo)$/.test(command.program) &&
        command.redirects.every(({ target }) => target === undefined || /^(?:\/dev\/null|\d)$/.test(target.value))) ||
      (command.connector === '|' && /^(?:rm|unlink)$/.test(command.program)),
  );
}

function removeSetting(file: Dockerfile, install: Install, setting: ToolSetting | undefined, edits: EditList): void {
  if (setting === undefined || !isOn(setting)) return;
  const { origin } = setting;
  switch (origin.kind) {
    case 'option':
      edits.add(removeWord(file, install.command, origin.option.word));
      return;
    case 'variable': {
      const { variable } = origin;
      // Those of ENV and ARG are gone already; a base image's cannot be taken back.
      if (variable.origin === 'ENV' || variable.origin === 'ARG') {
        if (!VARIABLES.test(variable.name)) edits.giveUp();
      } else if (variable.origin === 'command' && variable.range !== undefined && variable.isWhole)
        edits.add(removeAssignment(file, variable.range));
      else if (variable.origin === 'script' && variable.command !== undefined)
        edits.add(removeCommand(file, install.step, variable.command));
      else edits.giveUp();
      return;
    }
    case 'config':
      // `pip config set` is gone already; the text of a file is its author's.
      if (origin.write.words === undefined) edits.giveUp();
  }
}
