import { closeSync, constants, lstatSync, openSync, readdirSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { wantedBytes } from '../bodies.ts';
import { LayerEntries, type LayerEntry } from '../entries.ts';
import { ImageError, LIMITS, type ScannedLayer, tooMuchNote } from '../layer.ts';
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
  let refused = 0;
  const notes: string[] = [];
  const names = new Map<string, string>();
  const root = Buffer.from(directory.replace(/\/+$/, '') || '/', 'utf8').toString('latin1');
  const device = lstatSync(bytes(`${root}/.`)).dev;
  /** What may not be read is told of, and the rest goes on. */
  const tried = <T>(name: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      notes.push(`/${printable(name)} was not read (${(error as NodeJS.ErrnoException).code})`);
      return undefined;
    }
  };
  const stack = [''];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const here = at;
    const children = tried(here, () => readdirSync(bytes(`${root}/${here}`), { encoding: 'latin1' })) ?? [];
    for (const child of children.sort()) {
      const name = here === '' ? child : `${here}/${child}`;
      const path = `${root}/${name}`;
      const stat = tried(name, () => lstatSync(bytes(path), { throwIfNoEntry: false }));
      const entry = stat && tried(name, () => entryOf(name, stat, root, names));
      if (stat === undefined || entry === undefined) continue;
      const row = entries.push(entry);
      if (entries.length > limits.entries) throw new ImageError(`more than ${limits.entries} files`);
      const length = entry.type === '0' ? Math.min(wanted(name), stat.size) : 0;
      if (kept + length > limits.bodies) refused++;
      else if (length > 0) {
        const body = tried(name, () => bodyOf(bytes(path), length));
        if (body !== undefined) entries.keep(row, body);
        kept += length;
      }
      if (!stat.isDirectory()) continue;
      if (stat.dev !== device) notes.push(`/${printable(name)} is another file system and was not read`);
      else if (here !== '' || !KERNEL.has(child)) stack.push(name);
    }
  }
  if (refused > 0) notes.push(tooMuchNote(refused, limits.bodies));
  return { digest: undefined, diffId: undefined, storedSize: undefined, compression: 'none', entries, notes };
}

/** The beginning of a file. Throws where it cannot be read, or has become something else since it was listed. */
function bodyOf(path: Buffer, length: number): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const body = Buffer.alloc(length);
    return body.subarray(0, readSync(file, body, 0, length, 0));
  } finally {
    closeSync(file);
  }
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
