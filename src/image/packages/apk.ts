import type { FileSystem } from '../file-system.ts';
import { byAlias, type InstalledPackage, type PackageDatabase, type PackagedFile } from './database.ts';

/** Alpine's place, and Wolfi's since 2025. */
const PLACES = ['/lib/apk/db/installed', '/usr/lib/apk/db/installed'];

/** apk's database (apk-v2 spec): blocks of `P:` name, `V:`, `I:` size; `F:` a directory, `R:` a file in it, `Z:` its SHA-1. */
export function apkDatabase(files: FileSystem): PackageDatabase | undefined {
  const evidence = PLACES.find((path) => files.isFile(path));
  const text = evidence === undefined ? undefined : files.text(evidence);
  if (evidence === undefined || text === undefined) return undefined;
  const packages: InstalledPackage[] = [];
  const owners = new Map<string, PackagedFile>();
  for (const block of text.split('\n\n')) {
    let name = '';
    let version = '';
    let size: number | undefined;
    let directory = '';
    let file = '';
    for (const line of block.split('\n')) {
      const value = line.slice(2);
      switch (line.slice(0, 2)) {
        case 'P:':
          name = value;
          break;
        case 'V:':
          version = value;
          break;
        case 'I:':
          size = Number(value);
          break;
        case 'F:':
          directory = value === '' ? '' : `/${value}`;
          break;
        case 'R:':
          file = `${directory}/${value}`;
          owners.set(file, { package: name, digest: undefined, evidence });
          break;
        case 'Z:':
          if (value.startsWith('Q1')) {
            const hex = Buffer.from(value.slice(2), 'base64').toString('hex');
            owners.set(file, { package: name, digest: { algorithm: 'sha1', hex }, evidence });
          }
          break;
      }
    }
    if (name !== '') packages.push({ name, version, size });
  }
  return {
    kind: 'apk',
    packages,
    owner: (path) => byAlias(path, (alias) => owners.get(alias)),
    suppressedBy: () => undefined,
  };
}
