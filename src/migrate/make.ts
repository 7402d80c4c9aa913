import { insertAbove } from '../dockerfile/edit.ts';
import { DEFAULT_PATH } from '../dockerfile/environment.ts';
import { type Dockerfile, flagOf } from '../dockerfile/instructions.ts';
import type { Step } from '../dockerfile/stages.ts';
import { type Call, isRootUser, type Order } from '../python/call.ts';
import { moduleCall } from '../python/environments.ts';
import { chainOf, changesPackages, heirsOf, orderOf } from '../python/facts.ts';
import type { PythonStage } from '../python/model.ts';
import { editsSecurePath, writesProfile } from '../python/profiles.ts';
import { hasStart } from '../python/starts.ts';
import { activationLines } from '../python/venv-lines.ts';
import { insertCommands } from '../shell/edit.ts';
import type { EditList } from './edit-list.ts';
import type { Group, Mover } from './group.ts';
import { hasSystemModules, installedBefore, type Provision, providedBy, provideVenvModule } from './packages.ts';

/** Where the environment stands, in every stage and every image: scripts in it name the path. */
export const VENV = '/opt/venv';

/** An environment that a stage is given. */
export interface Made {
  readonly stage: PythonStage;
  /** Commands behind it find it in front of PATH. */
  readonly order: Order;
  /** The RUN that makes it between its own commands; the shell may remember where it found a program before. */
  readonly within: Step | undefined;
  /** It has no pip: that of the base works on it from outside. */
  readonly isDriven: boolean;
}

/** Has a stage make an environment before its first mover, and activate it. Undefined where no place is right for that. */
export function makeEnvironment(file: Dockerfile, group: Group, stage: PythonStage, edits: EditList): Made | undefined {
  const movers = group.movers.filter((mover) => mover.stage === stage);
  const heirs = heirsOf(stage, group.stages);
  const [first] = movers;
  if (first === undefined || stage.known.length > 0) return undefined;
  const { install, interpreter } = first;
  const all = group.movers.filter((mover) => heirs.includes(mover.stage));
  const owner = ownerOf(all);
  // Debian's Python beside that of the official image: which of them `python` is to mean nobody has said.
  if (owner === undefined || interpreter.kind !== stage.base?.python) return undefined;

  // uv fills an environment without pip; where something calls pip there has to be one.
  const isUv = all.every((mover) => mover.install.tool === 'uv') && !heirs.some(callsPip);
  const isDriven = group.driven.includes(stage);
  const isOfficial = interpreter.kind === 'official';
  const needsBaseTools = !isOfficial && isForBuilding(heirs, install.order);
  const isPipKept = needsBaseTools || heirs.some(needsSystemPip) || usesPipBefore(stage, group, install.order);
  const provision = isOfficial
    ? { call: undefined, lines: [] }
    : isUv || isDriven
      ? providedBy(stage, install.order, isDriven)
      : provideVenvModule(file, stage, install.order, isPipKept, edits);
  // Only root can run what is put in here.
  if (provision.lines.length > 0 && owner.kind !== 'root') return undefined;
  const seesSystem = !isOfficial && (needsBaseTools || hasSystemModules([...chainOf(stage), ...heirs]));
  const command = [
    ...(owner.kind === 'sudo' ? ['sudo'] : []),
    ...(isUv ? [install.call.words[0]?.text ?? 'uv', 'venv'] : [pythonOf(first), '-m', 'venv']),
    ...(isDriven ? ['--without-pip'] : []),
    ...(seesSystem ? ['--system-site-packages'] : []),
    VENV,
  ].join(' ');
  const logins = loginCommands(stage, heirs, install.order, owner.kind === 'sudo');
  const activation = isDriven && !usesEnvironment(heirs, all) ? [] : activationLines(VENV);

  if (isMadeWithin(first, provision, group, isUv, activation.length > 0)) {
    const within = install.step;
    const isNested = install.command.within.includes('nested-shell');
    const isPlain =
      install.command.within.every((construct) => construct === 'nested-shell' || construct === 'group') &&
      !install.command.isConditional;
    if (!isPlain || owner.kind === 'user' || provision.lines.length > 0) return undefined;
    if (activation.length > 0) edits.add(insertAbove(file, within.instruction, activation));
    edits.add(insertCommands(file, install.command, [command, ...(isNested ? [] : logins)]));
    return { stage, order: install.order, within, isDriven };
  }

  const place = placeBefore(file, stage, install.step);
  if (owner.kind === 'user') {
    const switched = userStepBefore(stage, install.step);
    // As it is written: a build argument may name another.
    const name = switched?.instruction.args[0]?.text.split(':')[0] ?? '';
    if (switched === undefined || !/^[\w.${}-]+$/.test(name)) return undefined;
    const lines = runLines([`install -d -o ${name} ${VENV}`, ...logins], file);
    edits.add(insertAbove(file, switched.instruction, lines));
    const start = place.index > switched.index ? place : install.step;
    edits.add(insertAbove(file, start.instruction, [`RUN ${command}`, ...activation]));
    return { stage, order: orderOf(start), within: undefined, isDriven };
  }
  edits.add(
    insertAbove(file, place.instruction, [...provision.lines, ...runLines([command, ...logins], file), ...activation]),
  );
  return { stage, order: orderOf(place), within: undefined, isDriven };
}

type Owner =
  | { readonly kind: 'root' }
  /** A user who installs by sudo. */
  | { readonly kind: 'sudo' }
  | { readonly kind: 'user' };

/** Who runs the movers, and so has to be able to write the environment; undefined where that is nobody in particular. */
function ownerOf(movers: readonly Mover[]): Owner | undefined {
  const calls = movers.map(({ install }) => install.call);
  const bySudo = calls.filter(({ command }) => command.wrappers.some(({ name }) => name === 'sudo'));
  // sudo keeps PATH and VIRTUAL_ENV back: only pip can be told the environment by its own place.
  if (movers.some(({ install: { tool, call } }) => tool !== 'pip' && bySudo.includes(call))) return undefined;
  // `su app -c 'pip install …'`: whose shell that is the call does not know.
  const byOthers = calls.some(({ script }) => script.commands.some(({ program }) => /^(?:su|runuser)$/.test(program)));
  if (byOthers) return undefined;
  const isRootAnyway = movers.every(
    ({ install: { step, call } }) => isRootUser(step.state.user) === true && call.isRoot !== false,
  );
  if (isRootAnyway) return { kind: 'root' };
  if (calls.every(({ isRoot }) => isRoot)) return { kind: bySudo.length > 0 ? 'sudo' : 'root' };
  const names = new Set(calls.map(({ user }) => (user?.known ? user.text : '')));
  const [name = ''] = names;
  const isOne = names.size === 1 && name !== '' && bySudo.length === 0 && calls.every(({ isRoot }) => isRoot === false);
  return isOne ? { kind: 'user' } : undefined;
}

/** sudo and cron look programs up without the image's PATH: what they found before has to stay where it is. */
function needsSystemPip({ packages }: PythonStage): boolean {
  return packages.some(
    ({ action, packages: names }) =>
      action === 'install' && names.some(({ name }) => /^(?:sudo|cron|cronie|dcron|busybox-suid)$/.test(name)),
  );
}

/** Something else than a mover calls the distribution's pip before there is another. */
function usesPipBefore(stage: PythonStage, { stages, movers }: Group, order: Order): boolean {
  const heirs = heirsOf(stage, stages);
  return stages.some(
    (one) =>
      // Who takes it away again has to find it.
      one.packages.some(
        ({ action, packages: names }) => action === 'remove' && names.some(({ name }) => /-pip$/.test(name)),
      ) ||
      // Stages beside it share what the ones above install.
      one.calls.some(
        (call) =>
          (one === stage ? call.order < order : !heirs.includes(one)) &&
          isPipCall(call) &&
          !movers.some(({ install }) => install.call === call),
      ),
  );
}

function callsPip({ calls }: PythonStage): boolean {
  return calls.some(isPipCall);
}

function isPipCall(call: Call): boolean {
  return /^pip[\d.]*$/.test(call.program) || moduleCall(call.words)?.module === 'pip';
}

/** As the file spells it: `pip3.12` and `python3.12 -m pip` ask for that Python, `pip3` for python3. */
function pythonOf({ install: { call }, interpreter }: Mover): string {
  const version = /^(?:pip|python)(3\.\d+)$/.exec(call.program)?.[1];
  if (version !== undefined) return `python${version}`;
  return interpreter.kind === 'official' && !call.program.endsWith('3') ? 'python' : 'python3';
}

/** What is compiled or built later may want setuptools and wheel, which came with the distribution's pip. */
function isForBuilding(heirs: readonly PythonStage[], order: Order): boolean {
  const [stage] = heirs;
  const isOpaque = heirs.some((heir) => heir.opaque.some((one) => heir !== stage || one.order > order));
  const hasCompiler = heirs
    .flatMap(chainOf)
    .some(({ packages }) =>
      packages.some(({ packages: names }) =>
        names.some(({ name }) => /^(?:gcc|g\+\+|(?:cross)?build-essential.*|clang|make|cmake|ninja-build)$/.test(name)),
      ),
    );
  // Where the distribution has none of them, none is missed.
  const hasTools = heirs
    .flatMap(chainOf)
    .some(({ packages }) =>
      packages.some(
        ({ action, packages: names }) =>
          action === 'install' && names.some(({ name }) => /^py(?:thon)?3-(?:pip|setuptools|wheel)$/.test(name)),
      ),
    );
  return hasTools && (isOpaque || (!heirs.some(hasStart) && hasCompiler));
}

/** Whether a builder runs something that the environment brings, and not installs alone. */
function usesEnvironment(heirs: readonly PythonStage[], movers: readonly Mover[]): boolean {
  const first = movers[0]?.install.order ?? 0;
  return heirs.some(({ calls }, index) =>
    calls.some(
      (call) =>
        call.step.instruction.keyword === 'RUN' &&
        (index > 0 || call.order > first) &&
        !movers.some(({ install }) => install.call === call) &&
        !/^(?:pip[\d.]*|rm|find|cp|mv|mkdir|chmod|chown|ls|echo|cat|set|cd|true|apt-get|apt|apk|dnf|strip|sed|xargs|export|)$/.test(
          call.program,
        ),
    ),
  );
}

/** Whether the RUN of a mover prepares what the environment is made with: Python itself, or a tool that is to stay outside. */
function isMadeWithin(
  { install: { step, order }, stage }: Mover,
  { call }: Provision,
  { movers }: Group,
  isUv: boolean,
  isActivated: boolean,
): boolean {
  if (call?.call.step === step) return true;
  const isEarlier = (other: { readonly step: Step; readonly order: Order }) =>
    other.step === step && other.order < order;
  // A tool that is installed there before would go to the environment, were it active already.
  const hasTool = stage.installs.some(
    (other) => isEarlier(other) && changesPackages(other) && !movers.some(({ install }) => install === other),
  );
  return (
    (hasTool && isActivated) || (isUv && stage.opaque.some((one) => one.order >= orderOf(step) && one.order < order))
  );
}

/** Instructions that a paragraph about files is made of: none of them needs the environment or changes what makes it. */
const QUIET = /^(?:COPY|ADD|WORKDIR|ARG|LABEL|EXPOSE|VOLUME)$/;

/** Above what is copied from the context just before, which changes more often, and above the paragraph it belongs to. */
function placeBefore(file: Dockerfile, { stage: { steps } }: PythonStage, step: Step): Step {
  const isQuiet = (at: Step | undefined): at is Step =>
    at !== undefined &&
    !at.onbuild &&
    QUIET.test(at.instruction.keyword ?? '') &&
    flagOf(at.instruction, 'from') === undefined;
  const isCopy = (at: Step) => /^(?:COPY|ADD)$/.test(at.instruction.keyword ?? '');
  let place = step;
  for (let at = steps[step.index - 1]; isQuiet(at); at = steps[at.index - 1]) if (isCopy(at)) place = at;
  if (place === step) return place;
  const isOfParagraph = (at: Step | undefined): at is Step => isQuiet(at) || (at !== undefined && setsOthers(at));
  for (let at = steps[place.index - 1]; isOfParagraph(at) && !hasBlankLine(file, at, place); at = steps[at.index - 1])
    place = at;
  return place;
}

/** An ENV of what neither Python nor its installers read. */
function setsOthers({ instruction: { keyword, pairs }, onbuild }: Step): boolean {
  return (
    keyword === 'ENV' &&
    !onbuild &&
    pairs.every(({ key }) => !/^(?:PATH|VIRTUAL_ENV|(?:PYTHON|PIP|UV|POETRY|PIPENV).*)$/.test(key.text))
  );
}

function hasBlankLine({ text }: Dockerfile, above: Step, below: Step): boolean {
  return /\n[ \t]*\r?\n/.test(text.slice(above.instruction.range.end, below.instruction.range.start));
}

/** The USER of the stage that a step runs as, where root comes before it. */
function userStepBefore({ stage: { steps } }: PythonStage, step: Step): Step | undefined {
  const found = steps.findLast(
    ({ index, onbuild, instruction }) => index < step.index && !onbuild && instruction.keyword === 'USER',
  );
  return isRootUser(found?.state.user) ? found : undefined;
}

/** The lines of one RUN, a command each. */
export function runLines(commands: readonly string[], { escape }: Dockerfile): string[] {
  return commands.map(
    (command, index) => `${index === 0 ? 'RUN' : ' &&'} ${command}${index === commands.length - 1 ? '' : ` ${escape}`}`,
  );
}

const PROFILE = `'export VIRTUAL_ENV=${VENV} PATH="${VENV}/bin:$PATH"'`;

/**
 * What lets login shells and sudo find the environment too: both start with a PATH of their own, and found what was
 * installed into the base. Nothing for stages of which no image is made.
 */
export function loginCommands(
  stage: PythonStage,
  heirs: readonly PythonStage[],
  order: Order,
  bySudo: boolean,
): string[] {
  if (heirs.every(({ stage: { role } }) => role === 'copied')) return [];
  const write = (text: string, path: string) =>
    bySudo ? `echo ${text} | sudo tee ${path} > /dev/null` : `echo ${text} > ${path}`;
  const commands: string[] = [];
  if (WITH_PROFILES.has(stage.base?.distribution?.name ?? '') && !heirs.some(writesProfile))
    commands.push(write(PROFILE, '/etc/profile.d/venv.sh'));
  if (installedBefore(stage, order).some(({ name }) => name === 'sudo') && !heirs.some(editsSecurePath))
    commands.push(
      write(
        `'Defaults secure_path="${VENV}/bin:${stage.base?.distribution?.securePath ?? DEFAULT_PATH}"'`,
        '/etc/sudoers.d/venv',
      ),
    );
  return commands;
}

/** Their /etc/profile reads /etc/profile.d. */
const WITH_PROFILES = new Set(['debian', 'ubuntu', 'alpine', 'fedora', 'rhel', 'amazon', 'arch']);
