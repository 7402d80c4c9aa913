import type { BodyWish } from '../bodies.ts';
import type { FileSystem } from '../file-system.ts';
import { messageOf } from '../layer.ts';
import { apkDatabase } from './apk.ts';
import { condaDatabase } from './conda.ts';
import type { PackageDatabase, PackagedFile } from './database.ts';
import { dpkgDatabase } from './dpkg.ts';
import { pacmanDatabase } from './pacman.ts';
import { portageDatabase } from './portage.ts';
import { rpmDatabase } from './rpm.ts';
import { xbpsDatabase } from './xbps.ts';

const MB = 1024 * 1024;

/** What the readers of package databases want to see. */
export const PACKAGE_BODIES: readonly BodyWish[] = [
  { glob: 'var/lib/dpkg/{status,diversions}', limit: 16 * MB },
  { glob: 'var/lib/dpkg/status.d/*', limit: MB },
  { glob: 'var/lib/dpkg/info/*.{list,md5sums}', limit: 4 * MB },
  { glob: 'etc/dpkg/dpkg.cfg', limit: MB },
  { glob: 'etc/dpkg/dpkg.cfg.d/*', limit: MB },
  { glob: '{usr/,}lib/apk/db/installed', limit: 32 * MB },
  { glob: '{var/lib/rpm,usr/lib/sysimage/rpm}/{rpmdb.sqlite,Packages.db,Packages}', limit: 64 * MB },
  { glob: 'var/lib/pacman/local/*/{desc,files,mtree}', limit: 4 * MB },
  { glob: 'etc/pacman.conf', limit: MB },
  { glob: 'var/db/xbps/{pkgdb-*,.*-files}.plist', limit: 8 * MB },
  { glob: '{etc,usr/share}/xbps.d/*.conf', limit: MB },
  { glob: 'var/db/pkg/*/*/CONTENTS', limit: 4 * MB },
];

/** The package managers of an image; which package owns a path, whether it is meant to be there, and with which digest. */
export interface Packages {
  readonly databases: readonly PackageDatabase[];
  /** Why a database that is there could not be read. */
  readonly notes: readonly string[];
  owner(path: string): (PackagedFile & { readonly database: PackageDatabase }) | undefined;
}

/** Reads the databases of an image, those of conda's prefixes too. */
export async function packagesOf(files: FileSystem, condaPrefixes: readonly string[]): Promise<Packages> {
  const databases: PackageDatabase[] = [];
  const notes: string[] = [];
  for (const read of [dpkgDatabase, apkDatabase, rpmDatabase, pacmanDatabase, xbpsDatabase, portageDatabase]) {
    try {
      const database = await read(files);
      if (database !== undefined) databases.push(database);
    } catch (error) {
      notes.push(`a package database was not read (${messageOf(error)})`);
    }
  }
  databases.push(...condaPrefixes.map((prefix) => condaDatabase(files, prefix)));
  const search: Packages['owner'] = (path) => {
    for (const database of databases) {
      const found = database.owner(path);
      if (found !== undefined) return { ...found, database };
    }
    return undefined;
  };
  // Some managers have to be searched file by file, and rules ask for the same paths.
  const known = new Map<string, ReturnType<Packages['owner']>>();
  const owner: Packages['owner'] = (path) => {
    if (!known.has(path)) known.set(path, search(path));
    return known.get(path);
  };
  return { databases, notes, owner };
}
