import { insertAbove } from '../dockerfile/edit.ts';
import { DEFAULT_PATH } from '../dockerfile/environment.ts';
import type { Value } from '../dockerfile/expand.ts';
import type { Dockerfile } from '../dockerfile/instructions.ts';
import { isPlainPath, type Step } from '../dockerfile/stages.ts';
import type { Order } from '../python/call.ts';
import { moduleCall } from '../python/environments.ts';
import { chainOf, changesPackages, heirsOf, orderOf } from '../python/facts.ts';
import type { PythonStage } from '../python/model.ts';
import { editsSecurePath, writesProfile } from '../python/profiles.ts';
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

  const isUv = all.every((mover) => mover.install.tool === 'uv');
  const isDriven = !isUv && isDrivenFromOutside(group, stage, all);
  const isOfficial = interpreter.kind === 'official';
  const isPipKept = heirs.some(needsSystemPip) || usesPipBefore(stage, install.order);
  const provision = isOfficial
    ? { call: undefined, lines: [] }
    : isUv || isDriven
      ? providedBy(stage, install.order, isDriven)
      : provideVenvModule(file, stage, install.order, isPipKept, edits);
  // Only root can run what is put in here.
  if (provision.lines.length > 0 && owner.kind !== 'root') return undefined;
  const python = isOfficial ? 'python' : versionedPython(first);
  const command = [
    ...(owner.kind === 'sudo' ? ['sudo'] : []),
    ...(isUv ? ['uv', 'venv'] : [python, '-m', 'venv']),
    ...(isDriven ? ['--without-pip'] : []),
    ...(!isOfficial && hasSystemModules([...chainOf(stage), ...heirs]) ? ['--system-site-packages'] : []),
    VENV,
  ].join(' ');

  const within = isMadeWithin(first, stage, provision) ? install.step : undefined;
  if (within !== undefined) {
    const isNested = install.command.within.includes('nested-shell');
    const isPlain =
      install.command.within.every((construct) => construct === 'nested-shell' || construct === 'group') &&
      !install.command.isConditional;
    if (!isPlain || owner.kind === 'user' || provision.lines.length > 0) return undefined;
    const logins = isNested ? [] : loginCommands(stage, heirs, install.order, owner.kind === 'sudo');
    edits.add(insertAbove(file, within.instruction, activationLines(VENV)));
    edits.add(insertCommands(file, install.command, [command, ...logins]));
    return { stage, order: install.order, within, isDriven };
  }

  const logins = loginCommands(stage, heirs, install.order, owner.kind === 'sudo');
  const place = placeBefore(stage, install.step);
  if (owner.kind === 'user') {
    const switched = userStepBefore(stage, install.step);
    if (switched === undefined || !isPlainPath(owner.name)) return undefined;
    edits.add(
      insertAbove(file, switched.instruction, runLines([`install -d -o ${owner.name} ${VENV}`, ...logins], file)),
    );
    const start = place.index > switched.index ? place : install.step;
    edits.add(insertAbove(file, start.instruction, [`RUN ${command}`, ...activationLines(VENV)]));
    return { stage, order: orderOf(start), within: undefined, isDriven };
  }
  edits.add(
    insertAbove(file, place.instruction, [
      ...provision.lines,
      ...runLines([command, ...logins], file),
      ...activationLines(VENV),
    ]),
  );
  return { stage, order: orderOf(place), within: undefined, isDriven };
}

type Owner =
  | { readonly kind: 'root' }
  /** A user who installs by sudo. */
  | { readonly kind: 'sudo' }
  | { readonly kind: 'user'; readonly name: string };

/** Who runs the movers, and so has to be able to write the environment; undefined where that is nobody in particular. */
function ownerOf(movers: readonly Mover[]): Owner | undefined {
  const calls = movers.map(({ install }) => install.call);
  const bySudo = calls.filter(({ command }) => command.wrappers.some(({ name }) => name === 'sudo'));
  // sudo keeps PATH and VIRTUAL_ENV back: only pip can be told the environment by its own place.
  if (movers.some(({ install: { tool, call } }) => tool !== 'pip' && bySudo.includes(call))) return undefined;
  const isRootAnyway = movers.every(({ install: { step } }) => isRootUser(step.state.user));
  if (isRootAnyway) return { kind: 'root' };
  if (calls.every(({ isRoot }) => isRoot)) return { kind: bySudo.length > 0 ? 'sudo' : 'root' };
  const names = new Set(calls.map(({ user }) => (user?.known ? user.text : '')));
  const [name = ''] = names;
  const isOne = names.size === 1 && name !== '' && bySudo.length === 0 && calls.every(({ isRoot }) => isRoot === false);
  return isOne ? { kind: 'user', name: name.split(':')[0] ?? '' } : undefined;
}

/** `pip --python` came with 22.3; a builder's environment needs no pip of its own then, and does not carry one along. */
function isDrivenFromOutside(group: Group, stage: PythonStage, movers: readonly Mover[]): boolean {
  const heirs = heirsOf(stage, group.stages);
  if (heirs.some(({ stage: { role } }) => role !== 'copied')) return false;
  if (!group.carries.some(({ source }) => heirs.includes(source))) return false;
  return movers.every(({ install: { tool, call }, interpreter: { kind, marker, version = '' } }) => {
    const isNew = kind === 'official' ? Number(version.split('.')[1]) >= 8 : marker === 'yes';
    const isPlain = call.command.wrappers.length === 0 && /^(?:pip|python)[\d.]*$/.test(call.command.program);
    return tool === 'pip' && isNew && isPlain;
  });
}

/** sudo and cron look programs up without the image's PATH: what they found before has to stay where it is. */
function needsSystemPip({ packages }: PythonStage): boolean {
  return packages.some(
    ({ action, packages: names }) =>
      action === 'install' && names.some(({ name }) => /^(?:sudo|cron|cronie|dcron|busybox-suid)$/.test(name)),
  );
}

/** Something else than a mover calls the distribution's pip before there is another. */
function usesPipBefore(stage: PythonStage, order: Order): boolean {
  return chainOf(stage).some(({ calls }) =>
    calls.some(
      (call) =>
        (call.step.stage !== stage.stage || call.order < order) &&
        (/^pip[\d.]*$/.test(call.program) || moduleCall(call.words)?.module === 'pip'),
    ),
  );
}

/** `pip3.12` and `python3.12 -m pip` ask for that Python. */
function versionedPython({ install: { call } }: Mover): string {
  const version = /^(?:pip|python)(3\.\d+)$/.exec(call.program)?.[1];
  return version === undefined ? 'python3' : `python${version}`;
}

/** Whether the RUN of a mover prepares what the environment is made with: Python itself, or a tool that is to stay outside. */
function isMadeWithin({ install: { step, order } }: Mover, stage: PythonStage, { call }: Provision): boolean {
  const isEarlier = (other: { readonly step: Step; readonly order: Order }) =>
    other.step === step && other.order < order;
  return (
    call?.call.step === step ||
    stage.installs.some((other) => isEarlier(other) && changesPackages(other)) ||
    stage.opaque.some((one) => one.order >= orderOf(step) && one.order < order)
  );
}

/** Above what is copied from the context just before: that changes more often. */
function placeBefore({ stage: { steps } }: PythonStage, step: Step): Step {
  let place = step;
  for (let at = step.index - 1; at >= 0; at--) {
    const before = steps[at];
    const { keyword, flags } = before?.instruction ?? {};
    const isCopy = (keyword === 'COPY' || keyword === 'ADD') && !flags?.some(({ name }) => name === 'from');
    if (before === undefined || before.onbuild || !isCopy) break;
    place = before;
  }
  return place;
}

/** The USER of the stage that a step runs as, where root comes before it. */
function userStepBefore({ stage: { steps } }: PythonStage, step: Step): Step | undefined {
  const found = steps.findLast(
    ({ index, onbuild, instruction }) => index < step.index && !onbuild && instruction.keyword === 'USER',
  );
  return isRootUser(found?.state.user) ? found : undefined;
}

function isRootUser(user: Value | undefined): boolean {
  return user?.known === true && /^(?:root|0)?(?::|$)/.test(user.text);
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
