import type { FileSystem, Identity } from './file-system.ts';

/** Somebody a process can run as. */
export interface ImageUser extends Identity {
  /** Undefined where /etc/passwd has no line for it. */
  readonly name: string | undefined;
  readonly home: string;
  readonly shell: string;
}

/** A line of /etc/passwd. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The accounts of an image (passwd(5)); what is no line of it is passed over, as the C library does. */
export function accountsOf(files: FileSystem): Account[] {
  return linesOf(files, '/etc/passwd').flatMap(([name = '', , uid = '', gid = '', , home = '', shell = '']) =>
    name !== '' && /^\d+$/.test(uid) && /^\d+$/.test(gid)
      ? [{ name, uid: Number(uid), gid: Number(gid), home: home || '/', shell: shell || '/bin/sh' }]
      : [],
  );
}

function groupsOf(files: FileSystem): Group[] {
  return linesOf(files, '/etc/group').flatMap(([name = '', , gid = '', members = '']) =>
    /^\d+$/.test(gid) ? [{ name, gid: Number(gid), members: members.split(',').filter(Boolean) }] : [],
  );
}

function linesOf(files: FileSystem, path: string): string[][] {
  return (files.text(path) ?? '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));
}

/**
 * Who a USER is, as engines read it (moby, pkg/user): a name or a number, and a group. A number that nobody has is in group 0
 * and at home in `/`. Undefined for a name that /etc/passwd does not have, or a group that /etc/group does not have.
 */
export function userOf(files: FileSystem, given: string): ImageUser | undefined {
  const [user = '', group] = given.split(':');
  const accounts = accountsOf(files);
  const wanted = user === '' ? '0' : user;
  const account = accounts.find(({ name }) => name === wanted) ?? accounts.find(({ uid }) => String(uid) === wanted);
  if (account === undefined && !/^\d+$/.test(wanted)) return undefined;
  const uid = account?.uid ?? Number(wanted);
  const groups = groupsOf(files);
  const gid =
    group === undefined || group === ''
      ? (account?.gid ?? 0)
      : (groups.find(({ name }) => name === group)?.gid ?? (/^\d+$/.test(group) ? Number(group) : undefined));
  if (gid === undefined) return undefined;
  // A group that is named stands alone.
  const others =
    account === undefined || (group !== undefined && group !== '')
      ? []
      : groups.filter(({ members }) => members.includes(account.name)).map((other) => other.gid);
  return {
    uid,
    gid,
    groups: [...new Set([gid, ...others])],
    name: account?.name,
    home: account?.home ?? '/',
    shell: account?.shell ?? '/bin/sh',
  };
}

/** The name of a user, or its number where it has none. */
export function nameOf({ name, uid }: ImageUser): string {
  return name ?? String(uid);
}

/** Who OpenShift runs containers as: a user that no image knows, in group 0. */
export const ARBITRARY: ImageUser = {
  uid: 1000700000,
  gid: 0,
  groups: [0],
  name: undefined,
  home: '/',
  shell: '/bin/sh',
};
