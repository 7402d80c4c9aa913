import { FileTree, type Inode, type TreeNode } from './tree.ts';

/** A user as the kernel sees a process of it. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** All groups, the main one too. */
  readonly groups: readonly number[];
}

/** What a path leads to. */
export interface Resolved {
  /** Undefined where nothing is there. */
  readonly node: TreeNode | undefined;
  /** The path of the node, no link left in it; of what is missing where there is none. */
  readonly path: string;
  /** Directories that had to be searched on the way. */
  readonly searched: readonly TreeNode[];
}

export type Right = 'read' | 'write' | 'execute';

const BITS: Readonly<Record<Right, number>> = { read: 4, write: 2, execute: 1 };

/** More links than this on the way are a cycle (Linux allows 40, path_resolution(7)). */
const MAX_LINKS = 40;

/** Paths of an image: where they lead, what stands there, who may use it. Paths are UTF-8 text, `/` first; the tree's are bytes. */
export class FileSystem {
  readonly tree: FileTree;

  constructor(tree: FileTree) {
    this.tree = tree;
  }

  /** Where a path leads from the root; links are followed, the last one too unless `last` is `keep`. */
  resolve(path: string, { last = 'follow' as 'follow' | 'keep' } = {}): Resolved {
    const searched: TreeNode[] = [];
    let followed = 0;
    const rest = partsOf(path).toReversed();
    let node = this.tree.root;
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      if (node.children === undefined) return { node: undefined, path: textPath(node, part, rest), searched };
      searched.push(node);
      if (part === '..') {
        node = node.parent ?? this.tree.root;
        continue;
      }
      const child = node.children.get(part);
      if (child === undefined) return { node: undefined, path: textPath(node, part, rest), searched };
      if (child.inode.type !== '2' || (rest.length === 0 && last === 'keep')) {
        node = child;
        continue;
      }
      if (++followed > MAX_LINKS) return { node: undefined, path: textPath(child), searched };
      const { linkname } = child.inode;
      if (linkname.startsWith('/')) node = this.tree.root;
      rest.push(...bytePartsOf(linkname).toReversed());
    }
    return { node, path: textPath(node), searched };
  }

  /** What stands at a path, links followed. */
  find(path: string): TreeNode | undefined {
    return this.resolve(path).node;
  }

  isFile(path: string): boolean {
    return this.find(path)?.inode.type === '0';
  }

  isDirectory(path: string): boolean {
    return this.find(path)?.children !== undefined;
  }

  /** The text of a file; undefined where it is not there, or was not read, or not to its end. */
  text(path: string): string | undefined {
    const inode = this.find(path)?.inode;
    return inode === undefined ? undefined : textOf(inode);
  }

  /** Names in a directory, in the order of their bytes; empty where there is none. */
  list(path: string): string[] {
    return [...(this.find(path)?.children?.keys() ?? [])].sort().map(decoded);
  }

  /** Whether a process may do that with what a path leads to, every directory on the way included; why not, where it may not. */
  access(
    path: string,
    right: Right,
    who: Identity,
  ): { readonly isAllowed: boolean; readonly because: string | undefined } {
    const { node, searched, path: real } = this.resolve(path);
    const closed = searched.find((directory) => !isPermitted(directory.inode, 'execute', who));
    if (closed !== undefined) return { isAllowed: false, because: `${textPath(closed)} ${modeOf(closed.inode)}` };
    if (node === undefined) return { isAllowed: false, because: `${real} is not there` };
    return isPermitted(node.inode, right, who)
      ? { isAllowed: true, because: undefined }
      : { isAllowed: false, because: `${textPath(node)} ${modeOf(node.inode)}` };
  }

  /** All nodes below a directory with their paths, parents first; links are not followed. */
  *below(path: string): Generator<{ readonly node: TreeNode; readonly path: string }> {
    const start = this.resolve(path);
    if (start.node === undefined) return;
    const stack = [{ node: start.node, path: start.path === '/' ? '' : start.path }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop())
      for (const [name, node] of next.node.children ?? []) {
        const found = { node, path: `${next.path}/${decoded(name)}` };
        yield found;
        if (node.children !== undefined) stack.push(found);
      }
  }
}

/** The path of a node, or of what is missing below it, as text. */
function textPath(node: TreeNode, part?: string, rest: readonly string[] = []): string {
  const path = FileTree.pathOf(node);
  if (part === undefined) return decoded(path);
  return decoded(`${path === '/' ? '' : path}/${[part, ...rest.toReversed()].join('/')}`);
}

/** The whole content of a file as text; undefined where it was not read, or not to its end. */
export function textOf({ type, size, body }: Inode): string | undefined {
  if (type !== '0') return undefined;
  if (size === 0) return '';
  return body === undefined || body.length < size ? undefined : body.toString('utf8');
}

/** Whether the mode lets a process do that (path_resolution(7)): root reads and writes all, and executes what anybody may. */
export function isPermitted({ mode, uid, gid, type }: Inode, right: Right, who: Identity): boolean {
  const bit = BITS[right];
  if (who.uid === 0) return right !== 'execute' || type === '5' || (mode & 0o111) !== 0;
  if (who.uid === uid) return (mode & (bit << 6)) !== 0;
  if (who.groups.includes(gid)) return (mode & (bit << 3)) !== 0;
  return (mode & bit) !== 0;
}

/** `0700 0:0`: mode, owner and group. */
function modeOf({ mode, uid, gid }: Inode): string {
  return `${(mode & 0o7777).toString(8).padStart(4, '0')} ${uid}:${gid}`;
}

function partsOf(path: string): string[] {
  return bytePartsOf(Buffer.from(path, 'utf8').toString('latin1'));
}

function bytePartsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** Names are bytes, one a character; most are ASCII, where bytes and text are the same. What is no UTF-8 gets replacement characters. */
export function decoded(bytes: string): string {
  return /^[\x20-\x7e]*$/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}
