import type { FileTree, Waste, WasteCause } from './tree.ts';

/** Waste of one cause between the same two layers, below one directory. */
export interface WasteGroup {
  readonly cause: WasteCause;
  readonly writtenBy: number;
  readonly killedBy: number;
  /** A file, or the directory that all of it lies below, with `/` at the end. */
  readonly path: string;
  readonly files: number;
  /** Bytes. */
  readonly size: number;
}

interface Directory {
  readonly name: string;
  readonly children: Map<string, Directory>;
  /** Of all below, and of a file that once had this very path. */
  size: number;
  files: number;
  ownSize: number;
  ownFiles: number;
}

/** Directories that hold a bit of everything (Filesystem Hierarchy Standard): their name says nothing of what is wasted. */
const WIDE = new Set(
  '/ /usr /usr/lib /usr/lib64 /usr/local /usr/local/lib /usr/share /var /var/lib /var/cache /opt /home /srv /lib /lib64'.split(
    ' ',
  ),
);

/**
 * Puts wasted files together where one directory says it all: one that is gone from the image, or the deepest that has all of
 * them. Sorted by size, the largest first.
 */
export function groupWaste(tree: FileTree): WasteGroup[] {
  const groups = new Map<string, Waste[]>();
  for (const waste of tree.waste) {
    const key = `${waste.cause} ${waste.writtenBy} ${waste.killedBy}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [waste]);
    else group.push(waste);
  }
  return [...groups.values()]
    .flatMap((group) => rollUp(group, tree))
    .sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1));
}

function rollUp(group: readonly Waste[], tree: FileTree): WasteGroup[] {
  const [first] = group;
  if (first === undefined) return [];
  const { cause, writtenBy, killedBy } = first;
  const found: WasteGroup[] = [];
  const stack = [{ at: directoriesOf(group), path: '' }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { at, path } = next;
    const isLeaf = at.children.size === 0;
    const isGone = path !== '' && !isLeaf && tree.find(path) === undefined;
    if (isLeaf || isGone || (at.children.size > 1 && !WIDE.has(path || '/')))
      found.push({ cause, writtenBy, killedBy, path: isLeaf ? path : `${path}/`, files: at.files, size: at.size });
    else {
      for (const child of at.children.values()) stack.push({ at: child, path: `${path}/${child.name}` });
      if (at.ownFiles > 0) found.push({ cause, writtenBy, killedBy, path, files: at.ownFiles, size: at.ownSize });
    }
  }
  return found;
}

function directoriesOf(group: readonly Waste[]): Directory {
  const root: Directory = empty('');
  for (const { path, size } of group) {
    let at = root;
    for (const name of path.split('/').slice(1)) {
      let child = at.children.get(name);
      if (child === undefined) {
        child = empty(name);
        at.children.set(name, child);
      }
      child.size += size;
      child.files++;
      at = child;
    }
    at.ownSize += size;
    at.ownFiles++;
  }
  return root;
}

function empty(name: string): Directory {
  return { name, children: new Map(), size: 0, files: 0, ownSize: 0, ownFiles: 0 };
}
