import { flagOf } from '../dockerfile/instructions.ts';
import type { Step } from '../dockerfile/stages.ts';
import { ownerOf } from '../shell/permissions.ts';
import { chainOf } from './facts.ts';
import type { PythonStage } from './model.ts';

/** A user that a stage creates. */
export interface CreatedUser {
  readonly name: string;
  /** As written; undefined: the next free one. */
  readonly uid: string | undefined;
  /** The uid stands there as a number, not by a variable that a build may set. */
  readonly isUidLiteral: boolean;
  /** A number or a name; undefined: a group of its own. */
  readonly gid: string | undefined;
  readonly order: number;
}

/** Options of useradd(8), Debian's and BusyBox' adduser that take a value; BusyBox' -g is the comment field. */
const WITH_VALUE =
  /^-[bcdegGkKmpsuxDhR]$|^--(?:base-dir|comment|home-dir|home|gid|groups|uid|shell|gecos|ingroup|password|skel|root)$/;

/** The users that a stage and those above it create, by useradd and adduser. */
export function createdUsers(stage: PythonStage): CreatedUser[] {
  return chainOf(stage).flatMap(({ calls }) =>
    calls.flatMap((call) => {
      const { program, words } = call;
      if (program !== 'useradd' && program !== 'adduser') return [];
      let name: string | undefined;
      let uid: string | undefined;
      let isUidLiteral = false;
      let gid: string | undefined;
      for (let at = 1; at < words.length; at++) {
        const word = words[at];
        if (word === undefined) break;
        const text = call.expand(word).text;
        if (!text.startsWith('-')) {
          name ??= text;
          continue;
        }
        const inline = /^(--[\w-]+)=(.*)$/.exec(text) ?? /^(-[ugG])([^-\w]?\d+)$/.exec(text);
        const option = inline?.[1] ?? text;
        const next = words[at + 1];
        // useradd's -m, -D and -h are switches; adduser's -D and -H too.
        const takes =
          inline === null &&
          WITH_VALUE.test(option) &&
          !(option === '-m' || option === '-D' || (program === 'useradd' && option === '-h'));
        // `-mu 1000`, `-rMu 10001`: the last letter of a bundle takes the value.
        const bundled = inline === null && /^-[a-zA-Z]{2,}$/.test(option) ? `-${option.at(-1)}` : option;
        const isBundle = bundled !== option && /^-[ugdsGck]$/.test(bundled);
        const value = inline?.[2] ?? (takes || isBundle ? next && call.expand(next).text : undefined);
        if (inline === null && (takes || isBundle)) at++;
        if (/^(?:-u|--uid)$/.test(bundled)) {
          uid = value;
          isUidLiteral = (inline === null ? next : word)?.isLiteral ?? false;
        } else if (
          bundled === '--gid' ||
          (bundled === '-g' && program === 'useradd') ||
          bundled === '--ingroup' ||
          (bundled === '-G' && program === 'adduser')
        )
          gid = value;
      }
      return name === undefined ? [] : [{ name, uid, isUidLiteral, gid, order: call.order }];
    }),
  );
}

/** Numbers of the groups that a stage and those above it create, by groupadd and addgroup. */
export function createdGroups(stage: PythonStage): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const { calls } of chainOf(stage))
    for (const { program, words } of calls) {
      if (program !== 'groupadd' && program !== 'addgroup') continue;
      const text = words.map(({ value }) => value).join(' ');
      const number = / (?:-\w*g|--gid)[ =]?(\d+)(?: |$)/.exec(text)?.[1];
      const name = words.at(-1)?.value;
      if (number !== undefined && name !== undefined && words.at(-1)?.isLiteral) groups.set(name, number);
    }
  return groups;
}

/** The user that a container of the stage runs as: name or number, group cut off; undefined where nobody can tell. */
export function finalUser(stage: PythonStage | undefined): string | undefined {
  const user = stage?.stage.end.user;
  if (user === undefined) return stage === undefined || stage.base === undefined ? undefined : 'root';
  return user.known ? (user.text.split(':')[0] ?? '') : undefined;
}

/** The USER that holds at the end of a stage, its own or one of the stages it is built FROM. */
export function userStepOf(stage: PythonStage): Step | undefined {
  return chainOf(stage)
    .flatMap(({ stage: { steps } }) => steps)
    .findLast(({ instruction, onbuild }) => instruction.keyword === 'USER' && !onbuild);
}

/** Whether a user is root, by name or number. */
export function isRoot(user: string): boolean {
  return user === 'root' || user === '0' || user === '';
}

/**
 * Whether a container of the stage may run in group 0: a USER of a number without an entry in /etc/passwd does, and so does
 * one that says so or whose user was created in it (Dockerfile reference, USER).
 */
export function runsInRootGroup(stage: PythonStage): boolean {
  const text = stage.stage.end.user?.text ?? '';
  const [user = '', group] = text.split(':');
  if (group !== undefined) return isRoot(group);
  const created = createdUsers(stage).find(({ name, uid }) => name === user || uid === user);
  return created === undefined ? /^\d+$/.test(user) : created.gid === '0' || created.gid === 'root';
}

/** A sign that the image is to run with a UID that nobody knows beforehand, in group 0. */
export function isForArbitraryUsers(stage: PythonStage): boolean {
  if (stage.base?.isForArbitraryUsers) return true;
  if (createdUsers(stage).some(({ gid }) => gid === '0' || gid === 'root')) return true;
  return (
    stage.stage.steps.some(({ instruction, state }) => {
      if (instruction.keyword === 'LABEL')
        return instruction.pairs.some(({ key }) => /^["']?io\.openshift/.test(key.text));
      if (instruction.keyword === 'USER')
        return (
          /^[^:]+:(?:0|root)$/.test(instruction.args[0]?.text ?? '') &&
          state !== undefined &&
          !/^(?:0|root):/.test(instruction.args[0]?.text ?? '')
        );
      return (
        isGroupZero(flagOf(instruction, 'chown')?.value ?? '', stage) || flagOf(instruction, 'chmod')?.value === 'g=u'
      );
    }) ||
    stage.calls.some(({ program, operands }) => {
      const first = operands[0]?.value ?? '';
      if (program === 'chgrp') return isRoot(first) && first !== '';
      if (program === 'chown') return isGroupZero(first, stage);
      return program === 'chmod' && /(?:^|,)g=u(?:,|$)/.test(first);
    })
  );
}

/** `1001:0`, or a user of the file's own in group 0; users of a base image may be in it for reasons of their own. */
function isGroupZero(owner: string, stage: PythonStage): boolean {
  const { user, group } = ownerOf(owner);
  if (isRoot(user) || (group !== '0' && group !== 'root')) return false;
  return /^\d+$/.test(user) || user.includes('$') || createdUsers(stage).some(({ name }) => name === user);
}
