import { gunzipSync } from 'node:zlib';
import { matchesPattern, parsePattern } from '../../shell/patterns.ts';
import type { FileSystem } from '../file-system.ts';
import type { InstalledPackage, PackageDatabase, PackagedFile } from './database.ts';

const ROOT = '/var/lib/pacman/local';

/** pacman's local database (Arch): a directory a package with `desc`, `files` and a compressed `mtree` (mtree(5)). */
export function pacmanDatabase(files: FileSystem): PackageDatabase | undefined {
  const packages: InstalledPackage[] = [];
  const lists: { package: string; path: string; names: string }[] = [];
  for (const entry of files.list(ROOT)) {
    const desc = files.text(`${ROOT}/${entry}/desc`);
    if (desc === undefined) continue;
    const name = sectionOf(desc, 'NAME') ?? entry;
    const size = sectionOf(desc, 'SIZE');
    packages.push({
      name,
      version: sectionOf(desc, 'VERSION') ?? '',
      size: size === undefined ? undefined : Number(size),
    });
    const path = `${ROOT}/${entry}/files`;
    const text = files.text(path) ?? '';
    const start = text.indexOf('%FILES%\n');
    const names = start === -1 ? '' : (text.slice(start + '%FILES%'.length).split('\n\n')[0] ?? '');
    lists.push({ package: name, path, names: `${names}\n` });
  }
  if (packages.length === 0) return undefined;
  const owner = (path: string): PackagedFile | undefined => {
    const list = lists.find(({ names }) => names.includes(`\n${path.slice(1)}\n`));
    return list && { package: list.package, digest: digestOf(files, list.path, path), evidence: list.path };
  };
  return { kind: 'pacman', packages, owner, suppressedBy: (path) => suppressedBy(files, path) };
}

function sectionOf(desc: string, name: string): string | undefined {
  return new RegExp(`^%${name}%\\n(.*)$`, 'm').exec(desc)?.[1];
}

function digestOf(files: FileSystem, list: string, path: string): PackagedFile['digest'] {
  const mtree = files.find(list.replace(/files$/, 'mtree'))?.inode;
  if (mtree?.body === undefined || mtree.body.length < mtree.size) return undefined;
  let text: string;
  try {
    text = gunzipSync(mtree.body, { maxOutputLength: 64 * 1024 * 1024 }).toString('utf8');
  } catch {
    return undefined;
  }
  const line = text.split('\n').find((candidate) => candidate.startsWith(`.${path} `));
  const hex = /\bsha256digest=([0-9a-f]{64})\b/.exec(line ?? '')?.[1];
  return hex === undefined ? undefined : { algorithm: 'sha256', hex };
}

/** `NoExtract` of pacman.conf: globs without the first `/`; `!` takes a path out again, the last match holds. */
function suppressedBy(files: FileSystem, path: string): string | undefined {
  const config = '/etc/pacman.conf';
  let isExcluded = false;
  for (const line of (files.text(config) ?? '').split('\n')) {
    const globs = /^\s*NoExtract\s*=\s*(.*?)\s*$/.exec(line)?.[1]?.split(/\s+/) ?? [];
    for (const glob of globs) {
      const isNegated = glob.startsWith('!');
      if (matchesPattern(parsePattern(isNegated ? glob.slice(1) : glob), path.slice(1))) isExcluded = !isNegated;
    }
  }
  return isExcluded ? config : undefined;
}
