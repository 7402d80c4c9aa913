import type { LayerEntries } from './entries.ts';
import { ImageError } from './layer.ts';

/** Why bytes of a layer are in no file of the image any more. */
export type WasteCause = 'deleted' | 'overwritten' | 'metadata' | 'opaque';

/** What stands at one or several paths: a file's content and attributes, as an entry of a layer gave them. */
export class Inode {
  /** Names it has in the tree. */
  links = 1;
  /** Index of the layer that brought it. */
  readonly layer: number;
  readonly #entries: LayerEntries | undefined;
  readonly #row: number;

  /** Without an entry it is a directory that only the paths below it imply. */
  constructor(layer: number, entries?: LayerEntries, row = 0) {
    this.layer = layer;
    this.#entries = entries;
    this.#row = row;
  }

  /** Nobody said whose it is. */
  get isImplied(): boolean {
    return this.#entries === undefined;
  }

  /** Of tar: `0` a file, `2` a symlink, `5` a directory, `3` `4` `6` devices and pipes. */
  get type(): string {
    return this.#entries?.type(this.#row) ?? '5';
  }

  get mode(): number {
    return this.#entries?.mode(this.#row) ?? 0o755;
  }

  get uid(): number {
    return this.#entries?.uid(this.#row) ?? 0;
  }

  get gid(): number {
    return this.#entries?.gid(this.#row) ?? 0;
  }

  /** Seconds since 1970. */
  get mtime(): number {
    return this.#entries?.mtime(this.#row) ?? 0;
  }

  /** Bytes of its body in the layer that brought it. */
  get size(): number {
    return this.#entries?.sizeOf(this.#row) ?? 0;
  }

  get linkname(): string {
    return this.#entries?.linkname(this.#row) ?? '';
  }

  /** Extended attributes: byte strings by name. */
  get attributes(): ReadonlyMap<string, string> | undefined {
    return this.#entries?.attributes(this.#row);
  }

  /** Its content or the beginning of it, where that was wanted. */
  get body(): Buffer | undefined {
    return this.#entries?.body(this.#row);
  }
}

/** A name in the tree. Names are byte strings. */
export interface TreeNode {
  readonly name: string;
  readonly parent: TreeNode | undefined;
  inode: Inode;
  children: Map<string, TreeNode> | undefined;
}

/** Bytes that no file of the image has any more. */
export interface Waste {
  readonly path: string;
  readonly size: number;
  readonly cause: WasteCause;
  /** Layer that wrote the bytes. */
  readonly writtenBy: number;
  /** Layer that made them useless. */
  readonly killedBy: number;
}

/** More links than this on the way to a file are a cycle (Linux allows 40, path_resolution(7)). */
const MAX_LINKS = 40;

/** A bound on memory; the largest images in use have about half of it. */
const MAX_PATHS = 800_000;

/**
 * The files of an image, made by applying its layers in order as Docker does: whiteouts first and only to what lower layers
 * have, parents that are symlinks resolved inside the root, directories merged, anything else replaced. Bytes that leave
 * the tree are waste; live and wasted bytes always make up what the layers hold.
 */
export class FileTree {
  readonly root: TreeNode;
  readonly waste: Waste[] = [];
  /** Bytes of all bodies in the layers applied so far. */
  total = 0;
  #layer = -1;
  #paths = 0;
  /** Files of AUFS's bookkeeping in this layer, which only hard links make visible. */
  readonly #hidden = new Map<string, Inode>();

  constructor() {
    this.root = { name: '', parent: undefined, inode: this.#implied(), children: new Map() };
  }

  /** Applies the next layer. Throws an ImageError for an entry that leaves the image. */
  apply(entries: LayerEntries): void {
    this.#layer++;
    this.total += entries.size;
    const others: number[] = [];
    for (let row = 0; row < entries.length; row++) {
      const name = entries.name(row);
      if (isMeta(name)) this.#whiteout(name, new Inode(this.#layer, entries, row));
      else others.push(row);
    }
    for (const row of others) this.#add(entries.name(row), new Inode(this.#layer, entries, row));
    for (const [path, inode] of this.#hidden) if (inode.links === 0) this.#wasted(`/${path}`, inode, 'deleted');
    this.#hidden.clear();
  }

  /** The node at a path, symlinks on the way followed, the last component's not. */
  find(path: string): TreeNode | undefined {
    const parts = this.#parts(path);
    const last = parts.pop();
    const parent = this.#directory(parts, false);
    return last === undefined ? parent : parent?.children?.get(last);
  }

  /** Bytes of all files in the tree, each counted once however many names it has. */
  get liveSize(): number {
    let total = 0;
    const seen = new Set<Inode>();
    for (const { inode } of this.nodes()) {
      if (inode.links > 1) {
        if (seen.has(inode)) continue;
        seen.add(inode);
      }
      total += inode.size;
    }
    return total;
  }

  /** All nodes but the root, parents before children; deep trees cost no stack. */
  *nodes(): Generator<TreeNode> {
    const stack: TreeNode[] = [this.root];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node !== this.root) yield node;
      if (node.children !== undefined) for (const child of node.children.values()) stack.push(child);
    }
  }

  /** The path of a node from the root, `/` first. */
  static pathOf(node: TreeNode): string {
    const names: string[] = [];
    for (let at: TreeNode | undefined = node; at?.parent !== undefined; at = at.parent) names.push(at.name);
    return `/${names.toReversed().join('/')}`;
  }

  #implied(): Inode {
    return new Inode(Math.max(this.#layer, 0));
  }

  /** Components of an entry's name. `..` that would leave the image is refused, as Docker refuses it. */
  #parts(name: string): string[] {
    const parts: string[] = [];
    for (const part of name.split('/')) {
      if (part === '' || part === '.') continue;
      if (part !== '..') parts.push(part);
      else if (parts.pop() === undefined)
        throw new ImageError(`layer ${this.#layer}: "${printable(name)}" leaves the image`);
    }
    return parts;
  }

  /** Follows components from the root; symlinks lead where they do inside the image. */
  #directory(parts: readonly string[], create: boolean): TreeNode | undefined {
    let links = 0;
    let node = this.root;
    const rest = parts.toReversed();
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      if (part === '..') {
        node = node.parent ?? this.root;
        continue;
      }
      const child = node.children?.get(part);
      if (child?.inode.type === '2') {
        if (++links > MAX_LINKS) {
          if (!create) return undefined;
          throw new ImageError(`layer ${this.#layer}: too many symlinks on the way to "${printable(parts.join('/'))}"`);
        }
        const { linkname } = child.inode;
        if (linkname.startsWith('/')) node = this.root;
        for (const step of linkname.split('/').toReversed()) if (step !== '' && step !== '.') rest.push(step);
        continue;
      }
      if (child?.children !== undefined) node = child;
      else if (!create) return undefined;
      else node = this.#put(node, part, this.#implied());
    }
    return node;
  }

  #whiteout(name: string, inode: Inode): void {
    const parts = this.#parts(name);
    if (inode.size > 0) {
      inode.links = 0;
      this.#hidden.set(parts.join('/'), inode);
    }
    const at = parts.findIndex((part) => part.startsWith('.wh.'));
    const marker = parts[at] ?? '';
    const directory = this.#directory(parts.slice(0, at), false);
    if (directory?.children === undefined) return;
    if (marker === '.wh..wh..opq') {
      for (const child of [...directory.children.values()]) this.#remove(child, 'opaque');
      return;
    }
    // Other names of that kind are left-overs of AUFS; an empty one hides nothing.
    if (marker.startsWith('.wh..wh.') || at !== parts.length - 1) return;
    const target = directory.children.get(marker.slice('.wh.'.length));
    if (target !== undefined) this.#remove(target, 'deleted');
  }

  #add(name: string, inode: Inode): void {
    const parts = this.#parts(name);
    const last = parts.pop();
    const { type, linkname } = inode;
    if (last === undefined) {
      if (type !== '5') throw new ImageError(`layer ${this.#layer}: the root of the image is not a directory`);
      this.root.inode = inode;
      return;
    }
    const parent = this.#directory(parts, true);
    if (parent === undefined) return;
    if (type === '1') this.#link(parent, last, linkname);
    else this.#put(parent, last, inode);
  }

  /** A hard link is another name of what stands at its target, in this layer or a lower one. */
  #link(parent: TreeNode, name: string, linkname: string): void {
    const hidden = isMeta(linkname) ? this.#hidden.get(this.#parts(linkname).join('/')) : undefined;
    const target = hidden === undefined ? this.find(linkname) : undefined;
    const inode = hidden ?? target?.inode;
    if (inode === undefined || target?.children !== undefined)
      throw new ImageError(
        `layer ${this.#layer}: "${printable(name)}" is a link to "${printable(linkname)}", which is not there`,
      );
    if (parent.children?.get(name)?.inode === inode) return;
    inode.links++;
    this.#put(parent, name, inode);
  }

  #put(parent: TreeNode, name: string, inode: Inode): TreeNode {
    parent.children ??= new Map();
    const old = parent.children.get(name);
    const isDirectory = inode.type === '5';
    if (old?.children !== undefined && isDirectory) {
      // Directories merge: the new one's attributes, the old one's files.
      old.inode = inode;
      return old;
    }
    if (old !== undefined) this.#remove(old, replacement(old.inode, inode));
    if (++this.#paths > MAX_PATHS) throw new ImageError(`layer ${this.#layer}: more than ${MAX_PATHS} paths`);
    const own = detached(name);
    const node: TreeNode = { name: own, parent, inode, children: undefined };
    if (isDirectory) node.children = new Map();
    parent.children.set(own, node);
    return node;
  }

  /** Takes a node with all below it out of the tree; what loses its last name is waste. */
  #remove(node: TreeNode, cause: WasteCause): void {
    node.parent?.children?.delete(node.name);
    const stack = [node];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (at.children !== undefined) for (const child of at.children.values()) stack.push(child);
      at.inode.links--;
      this.#paths--;
      if (at.inode.links === 0) this.#wasted(FileTree.pathOf(at), at.inode, cause);
    }
  }

  #wasted(path: string, { size, layer }: Inode, cause: WasteCause): void {
    if (size > 0) this.waste.push({ path, size, cause, writtenBy: layer, killedBy: this.#layer });
  }
}

/** Any component that begins with `.wh.` makes a name one of the bookkeeping (OCI image layer, Whiteouts). */
function isMeta(name: string): boolean {
  return name.startsWith('.wh.') || name.includes('/.wh.');
}

/** A piece of a long name keeps all of the name in memory (V8's sliced strings); this has its own bytes. */
function detached(name: string): string {
  return name.length < 13 ? name : Buffer.from(name, 'latin1').toString('latin1');
}

/** The same content with another owner or mode (a copy-up keeps the time), or something else. */
function replacement(old: Inode, next: Inode): WasteCause {
  const isSame = old.type === '0' && next.type === '0' && old.size === next.size && old.mtime === next.mtime;
  const isChanged = old.mode !== next.mode || old.uid !== next.uid || old.gid !== next.gid;
  return isSame && isChanged ? 'metadata' : 'overwritten';
}

/** A byte string for people: UTF-8 where it is that, control characters shown as escapes. */
export function printable(name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  const text = bytes.toString('utf8');
  return printableText(Buffer.from(text, 'utf8').equals(bytes) ? text : name);
}

/** Text that came with an image may hold what a terminal would obey; that is shown as escapes. */
export function printableText(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
