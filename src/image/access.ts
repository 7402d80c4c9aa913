import type { ImageConfig } from './config.ts';
import { type FileSystem, isPermitted } from './file-system.ts';
import type { ImageEnvironment } from './python/environments.ts';
import { ARBITRARY, type ImageUser, userOf } from './users.ts';

/** What a user may do with a place. */
export interface Access {
  readonly user: ImageUser;
  readonly path: string;
  readonly what: 'environment' | 'workdir' | 'home';
  /** An environment: its scripts and modules; else the directory. */
  readonly read: boolean;
  /** An environment: its python; else entering the directory. */
  readonly execute: boolean;
  /** An environment: installing into it; else making files in the directory. */
  readonly write: boolean;
  /** What stands in the way of the first that is not allowed. */
  readonly because: string | undefined;
}

/**
 * What may be done with each environment, the working directory and HOME by the user that OpenShift would run the image as
 * (a UID of its own, group 0) and by the image's own user.
 */
export function accessOf(files: FileSystem, environments: readonly ImageEnvironment[], config: ImageConfig): Access[] {
  const own = userOf(files, config.user);
  const home = config.env.findLast((entry) => entry.startsWith('HOME='))?.slice('HOME='.length);
  return [ARBITRARY, ...(own === undefined ? [] : [own])].flatMap((user) => {
    const directory = (path: string, what: 'workdir' | 'home'): Access => {
      const read = files.access(path, 'read', user);
      const execute = files.access(path, 'execute', user);
      const write = files.access(path, 'write', user);
      return {
        user,
        path,
        what,
        read: read.isAllowed,
        execute: execute.isAllowed,
        write: write.isAllowed,
        because: read.because ?? execute.because ?? write.because,
      };
    };
    return [
      ...environments.map((environment) => environmentAccess(files, environment.path, user)),
      directory(config.workdir, 'workdir'),
      directory(home ?? user.home, 'home'),
    ];
  });
}

function environmentAccess(files: FileSystem, path: string, user: ImageUser): Access {
  const execute = files.access(`${path}/bin/python`, 'execute', user);
  let read = files.access(path, 'execute', user).because;
  let write = files.access(path, 'write', user).because;
  for (const { node, path: below } of files.below(path)) {
    if (read !== undefined && write !== undefined) break;
    const { inode } = node;
    // What else lies there, locks and notes, no start needs.
    if (inode.type === '2' || !/^\/(?:bin|lib|lib64|pyvenv\.cfg|conda-meta)(?:\/|$)/.test(below.slice(path.length)))
      continue;
    const isDirectory = node.children !== undefined;
    if (
      read === undefined &&
      !(isPermitted(inode, 'read', user) && (!isDirectory || isPermitted(inode, 'execute', user)))
    )
      read = files.access(below, isPermitted(inode, 'read', user) ? 'execute' : 'read', user).because;
    if (
      write === undefined &&
      isDirectory &&
      /\/(?:bin|site-packages)$/.test(below) &&
      !isPermitted(inode, 'write', user)
    )
      write = files.access(below, 'write', user).because;
  }
  return {
    user,
    path,
    what: 'environment',
    read: read === undefined,
    execute: execute.isAllowed,
    write: write === undefined,
    because: read ?? execute.because ?? write,
  };
}
