import { matchesPattern, parsePattern } from '../../shell/patterns.ts';
import type { FileSystem } from '../file-system.ts';
import { aliasesOf, byAlias, type InstalledPackage, type PackageDatabase, type PackagedFile } from './database.ts';

const ROOT = '/var/lib/dpkg';

/** A package's files as the database lists them. */
interface FileList {
  readonly package: string;
  readonly path: string;
  /** A path a line; relative ones (from `.md5sums`) where `isSums`. */
  readonly text: string;
  readonly isSums: boolean;
}

/**
 * dpkg's database (Debian, Ubuntu), and what distroless images have of it: `status.d` with a paragraph and the sums of each
 * package. `path-exclude` leaves a path in the list though the file is not unpacked (dpkg(1)).
 */
export function dpkgDatabase(files: FileSystem): PackageDatabase | undefined {
  const status = files.text(`${ROOT}/status`);
  const paragraphs = [
    status ?? '',
    ...files
      .list(`${ROOT}/status.d`)
      .filter((name) => !name.endsWith('.md5sums'))
      .map((name) => files.text(`${ROOT}/status.d/${name}`) ?? ''),
  ];
  const packages = paragraphs.flatMap((text) => text.split(/\n\n+/)).flatMap(packageOf);
  if (packages.length === 0) return undefined;
  const lists = fileLists(files);
  const owner = (path: string): PackagedFile | undefined => byAlias(path, (alias) => findOwner(files, lists, alias));
  return { kind: 'dpkg', packages, owner, suppressedBy: (path) => suppressedBy(files, path) };
}

function packageOf(paragraph: string): InstalledPackage[] {
  const field = (name: string): string | undefined => new RegExp(`^${name}: *(.*)$`, 'm').exec(paragraph)?.[1];
  const name = field('Package');
  const state = field('Status');
  if (name === undefined || (state !== undefined && !/ installed$/.test(state))) return [];
  const size = field('Installed-Size');
  return [{ name, version: field('Version') ?? '', size: size === undefined ? undefined : Number(size) * 1024 }];
}

function fileLists(files: FileSystem): FileList[] {
  const lists: FileList[] = [];
  for (const name of files.list(`${ROOT}/info`)) {
    if (!name.endsWith('.list')) continue;
    const path = `${ROOT}/info/${name}`;
    lists.push({ package: name.replace(/(?::[^:]+)?\.list$/, ''), path, text: files.text(path) ?? '', isSums: false });
  }
  for (const name of files.list(`${ROOT}/status.d`)) {
    if (!name.endsWith('.md5sums')) continue;
    const path = `${ROOT}/status.d/${name}`;
    lists.push({ package: name.replace(/\.md5sums$/, ''), path, text: files.text(path) ?? '', isSums: true });
  }
  return lists;
}

function findOwner(files: FileSystem, lists: readonly FileList[], path: string): PackagedFile | undefined {
  for (const list of lists) {
    if (list.isSums) {
      const digest = sumOf(list.text, path);
      if (digest !== undefined) return { package: list.package, digest, evidence: list.path };
    } else if (hasLine(list.text, path)) {
      const sums = files.text(list.path.replace(/\.list$/, '.md5sums')) ?? '';
      return { package: list.package, digest: sumOf(sums, path), evidence: list.path };
    }
  }
  return undefined;
}

function hasLine(text: string, line: string): boolean {
  for (let at = text.indexOf(line); at !== -1; at = text.indexOf(line, at + 1)) {
    const end = text[at + line.length];
    if ((at === 0 || text[at - 1] === '\n') && (end === undefined || end === '\n')) return true;
  }
  return false;
}

function sumOf(text: string, path: string): PackagedFile['digest'] {
  const relative = `  ${path.slice(1)}`;
  for (let at = text.indexOf(relative); at !== -1; at = text.indexOf(relative, at + 1)) {
    const end = text[at + relative.length];
    const hex = text.slice(Math.max(at - 32, 0), at);
    if ((end === undefined || end === '\n') && /^[0-9a-f]{32}$/.test(hex)) return { algorithm: 'md5', hex };
  }
  return undefined;
}

/** A diversion moves the file elsewhere; an exclusion never unpacks it, unless a later line includes it again. */
function suppressedBy(files: FileSystem, path: string): string | undefined {
  const diversions = (files.text(`${ROOT}/diversions`) ?? '').split('\n');
  for (let at = 0; at + 1 < diversions.length; at += 3)
    if (aliasesOf(path).includes(diversions[at] ?? '')) return `${ROOT}/diversions`;
  const fragments = files.list('/etc/dpkg/dpkg.cfg.d').map((name) => `/etc/dpkg/dpkg.cfg.d/${name}`);
  let found: string | undefined;
  for (const file of [...fragments, '/etc/dpkg/dpkg.cfg'])
    for (const line of (files.text(file) ?? '').split('\n')) {
      const [, verb, glob] = /^\s*path-(exclude|include)\s*[= ]\s*["']?([^"'\s]+)["']?\s*$/.exec(line) ?? [];
      if (glob !== undefined && matchesPattern(parsePattern(glob), path)) found = verb === 'exclude' ? file : undefined;
    }
  return found;
}
