import type { FileSystem } from '../file-system.ts';
import { byAlias, type InstalledPackage, type PackageDatabase, type PackagedFile } from './database.ts';
import { bdbBlobs, ndbBlobs } from './rpm-files.ts';
import { parseRpmHeader } from './rpm-header.ts';

const PLACES = ['/usr/lib/sysimage/rpm', '/var/lib/rpm'];
const NAMES = ['rpmdb.sqlite', 'Packages.db', 'Packages'];

/** Lengths of digests in hexadecimal; RPM_FILEDIGESTALGO chooses one for all files of a package. */
const ALGORITHMS: ReadonlyMap<number, 'md5' | 'sha1' | 'sha256'> = new Map([
  [32, 'md5'],
  [40, 'sha1'],
  [64, 'sha256'],
]);

/** rpm's database (Fedora, RHEL, UBI, SUSE), in each of its three formats. Throws where it is there and cannot be read. */
export async function rpmDatabase(files: FileSystem): Promise<PackageDatabase | undefined> {
  const evidence = PLACES.flatMap((place) => NAMES.map((name) => `${place}/${name}`)).find((path) =>
    files.isFile(path),
  );
  const inode = evidence === undefined ? undefined : files.find(evidence)?.inode;
  if (evidence === undefined || inode?.body === undefined || inode.body.length < inode.size) return undefined;
  const packages: InstalledPackage[] = [];
  const owners = new Map<string, PackagedFile>();
  for (const blob of await blobsOf(evidence, inode.body)) {
    const header = parseRpmHeader(blob);
    if (header === undefined) continue;
    packages.push({ name: header.name, version: header.version, size: header.size });
    for (const { path, digest } of header.files) {
      const algorithm = ALGORITHMS.get(digest.length);
      owners.set(path, {
        package: header.name,
        digest: algorithm === undefined ? undefined : { algorithm, hex: digest },
        evidence,
      });
    }
  }
  if (packages.length === 0) return undefined;
  return {
    kind: 'rpm',
    packages,
    owner: (path) => byAlias(path, (alias) => owners.get(alias)),
    suppressedBy: () => undefined,
  };
}

async function blobsOf(path: string, file: Buffer): Promise<Iterable<Buffer>> {
  if (path.endsWith('.sqlite')) {
    const { sqliteBlobs } = await import('./rpm-sqlite.ts');
    return sqliteBlobs(file);
  }
  return path.endsWith('.db') ? ndbBlobs(file) : bdbBlobs(file);
}
