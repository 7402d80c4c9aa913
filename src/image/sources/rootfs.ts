import { closeSync, constants, lstatSync, openSync, readdirSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { wantedBytes } from '../bodies.ts';
import { LayerEntries, type LayerEntry } from '../entries.ts';
import { ImageError, LIMITS, type ScannedLayer } from '../layer.ts';
import { printable } from '../tree.ts';
import type { ReadOptions } from './files.ts';

/** Not part of what an image ships, and endless where they are mounted. */
const KERNEL = new Set(['proc', 'sys', 'dev']);

/**
 * Lists a plain directory as if it were an image's only layer. Links are not followed, other file systems and the kernel's
 * directories not entered; what may not be read is noted. Character devices 0/0 are overlayfs whiteouts
 * (Documentation/filesystems/overlayfs in Linux).
 */
export function readRootfs(
  directory: string,
  { bodies, limits = LIMITS }: Pick<ReadOptions, 'bodies' | 'limits'>,
): ScannedLayer {
  const entries = new LayerEntries();
  const wanted = wantedBytes(bodies);
  let kept = 0;
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
      const entry = entryOf(name, stat, root, names);
      const row = entries.push(entry);
      if (entries.length > limits.entries) throw new ImageError(`more than ${limits.entries} files`);
      const length = entry.type === '0' ? Math.min(wanted(name), stat.size) : 0;
      if (length > 0) {
        const isTooMuch = kept + length > limits.bodies;
        const body = isTooMuch ? 'too much is wanted' : bodyOf(bytes(`${root}/${name}`), length);
        if (typeof body === 'string') notes.push(`/${printable(name)} was not looked into (${body})`);
        else {
          kept += length;
          entries.keep(row, body);
        }
      }
      if (!stat.isDirectory()) continue;
      if (stat.dev !== device) notes.push(`/${printable(name)} is another file system and was not read`);
      else if (at !== '' || !KERNEL.has(child)) stack.push(name);
    }
  }
  return { digest: undefined, diffId: undefined, storedSize: undefined, compression: 'none', entries, notes };
}

/** The beginning of a file, or why it was not read. */
function bodyOf(path: Buffer, length: number): Buffer | string {
  let file: number;
  try {
    // It may have become something else since it was listed.
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
  const body = Buffer.alloc(length);
  const read = readSync(file, body, 0, length, 0);
  closeSync(file);
  return body.subarray(0, read);
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
