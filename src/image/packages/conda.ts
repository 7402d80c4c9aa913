import { isObject, stringOf } from '../config.ts';
import type { FileSystem } from '../file-system.ts';
import type { InstalledPackage, PackageDatabase, PackagedFile } from './database.ts';

/** What conda knows of one prefix: a JSON document a package in `conda-meta` (conda's package metadata, `paths_data`). */
export function condaDatabase(files: FileSystem, prefix: string): PackageDatabase {
  const packages: InstalledPackage[] = [];
  const owners = new Map<string, PackagedFile>();
  for (const name of files.list(`${prefix}/conda-meta`)) {
    if (!name.endsWith('.json')) continue;
    const evidence = `${prefix}/conda-meta/${name}`;
    const record = parsed(files.text(evidence));
    const packageName = stringOf(record?.name);
    if (record === undefined || packageName === undefined) continue;
    const data = isObject(record.paths_data) && Array.isArray(record.paths_data.paths) ? record.paths_data.paths : [];
    const size = data.reduce(
      (sum: number, entry: unknown) =>
        sum + (isObject(entry) && typeof entry.size_in_bytes === 'number' ? entry.size_in_bytes : 0),
      0,
    );
    packages.push({
      name: packageName,
      version: stringOf(record.version) ?? '',
      size: data.length === 0 ? undefined : size,
    });
    for (const file of Array.isArray(record.files) ? record.files : [])
      if (typeof file === 'string')
        owners.set(`${prefix}/${file}`, { package: packageName, digest: undefined, evidence });
    for (const entry of data) {
      const path = isObject(entry) ? stringOf(entry._path) : undefined;
      const hex = isObject(entry) ? (stringOf(entry.sha256_in_prefix) ?? stringOf(entry.sha256)) : undefined;
      if (path !== undefined && hex !== undefined)
        owners.set(`${prefix}/${path}`, { package: packageName, digest: { algorithm: 'sha256', hex }, evidence });
    }
  }
  return { kind: 'conda', packages, owner: (path) => owners.get(path), suppressedBy: () => undefined };
}

function parsed(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
