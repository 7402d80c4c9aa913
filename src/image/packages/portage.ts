import type { FileSystem } from '../file-system.ts';
import type { InstalledPackage, PackageDatabase, PackagedFile } from './database.ts';

const ROOT = '/var/db/pkg';

/** Portage's database (Gentoo): `CONTENTS` of each package has `obj PATH MD5 MTIME` and `sym PATH -> TARGET MTIME` (PMS, vdb). */
export function portageDatabase(files: FileSystem): PackageDatabase | undefined {
  const packages: InstalledPackage[] = [];
  const lists: { package: string; path: string }[] = [];
  for (const category of files.list(ROOT))
    for (const entry of files.list(`${ROOT}/${category}`)) {
      const [, name = entry, version = ''] = /^(.+?)-(\d.*)$/.exec(entry) ?? [];
      packages.push({ name: `${category}/${name}`, version, size: undefined });
      lists.push({ package: `${category}/${name}`, path: `${ROOT}/${category}/${entry}/CONTENTS` });
    }
  if (packages.length === 0) return undefined;
  const owner = (path: string): PackagedFile | undefined => {
    for (const list of lists) {
      const line = `\n${files.text(list.path) ?? ''}`
        .split('\n')
        .find((candidate) => candidate.startsWith(`obj ${path} `) || candidate.startsWith(`sym ${path} -> `));
      if (line === undefined) continue;
      const hex = /^obj .* ([0-9a-f]{32}) \d+$/.exec(line)?.[1];
      return {
        package: list.package,
        digest: hex === undefined ? undefined : { algorithm: 'md5', hex },
        evidence: list.path,
      };
    }
    return undefined;
  };
  return { kind: 'portage', packages, owner, suppressedBy: () => undefined };
}
