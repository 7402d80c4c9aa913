import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import type { LayerEntry, ScannedLayer } from '../layer.ts';
import { printable } from '../tree.ts';

/** Not part of what an image ships, and endless where they are mounted. */
const KERNEL = new Set(['proc', 'sys', 'dev']);

/**
 * Lists a plain directory as if it were an image's only layer. Links are not followed, other file systems and the kernel's
 * directories not entered; what may not be read is noted. Character devices 0/0 are overlayfs whiteouts
 * (Documentation/filesystems/overlayfs in Linux).
 */
export function readRootfs(directory: string): ScannedLayer {
  const entries: LayerEntry[] = [];
  const notes: string[] = [];
  const names = new Map<string, string>();
  const root = Buffer.from(directory.replace(/\/+$/, '') || '/', 'utf8').toString('latin1');
  const device = lstatSync(bytes(`${root}/.`)).dev;
  const stack = [''];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    let children: string[];
    try {
      children = readdirSync(bytes(`${root}/${at}`), { encoding: 'latin1' });
    } catch (error) {
      notes.push(`/${printable(at)} was not read (${(error as NodeJS.ErrnoException).code})`);
      continue;
    }
    for (const child of children.sort()) {
      const name = at === '' ? child : `${at}/${child}`;
      const stat = lstatSync(bytes(`${root}/${name}`), { throwIfNoEntry: false });
      if (stat === undefined) continue;
      entries.push(entryOf(name, stat, root, names));
      if (!stat.isDirectory()) continue;
      if (stat.dev !== device) notes.push(`/${printable(name)} is another file system and was not read`);
      else if (at !== '' || !KERNEL.has(child)) stack.push(name);
    }
  }
  return { digest: undefined, diffId: undefined, storedSize: undefined, compression: 'none', entries, notes };
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

function entryOf(name: string, stat: Stats, root: string, names: Map<string, string>): LayerEntry {
  const { mode, uid, gid, mtimeMs } = stat;
  const common = { mode: mode & 0o7777, uid, gid, mtime: mtimeMs / 1000, attributes: undefined, size: 0, linkname: '' };
  if (stat.isCharacterDevice() && stat.rdev === 0) {
    const slash = name.lastIndexOf('/') + 1;
    return { ...common, name: `${name.slice(0, slash)}.wh.${name.slice(slash)}`, type: '0' };
  }
  if (stat.isSymbolicLink())
    return { ...common, name, type: '2', linkname: readlinkSync(bytes(`${root}/${name}`), { encoding: 'latin1' }) };
  if (stat.isDirectory()) return { ...common, name, type: '5' };
  if (!stat.isFile()) return { ...common, name, type: stat.isFIFO() ? '6' : stat.isBlockDevice() ? '4' : '3' };
  if (stat.nlink > 1) {
    const key = `${stat.dev}:${stat.ino}`;
    const first = names.get(key);
    if (first !== undefined) return { ...common, name, type: '1', linkname: first };
    names.set(key, name);
  }
  return { ...common, name, type: '0', size: stat.size };
}
