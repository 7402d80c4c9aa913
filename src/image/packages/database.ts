/** What a package manager says of a file. */
export interface PackagedFile {
  readonly package: string;
  /** As it was packaged; undefined where the database keeps none. */
  readonly digest: { readonly algorithm: 'md5' | 'sha1' | 'sha256'; readonly hex: string } | undefined;
  /** The file that says so: its layer is the one that brought the package, or a later one that changed it. */
  readonly evidence: string;
}

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Bytes when installed, as the database has it. */
  readonly size: number | undefined;
}

/** The database of a package manager, read from an image. Paths have `/` first. */
export interface PackageDatabase {
  readonly kind: 'dpkg' | 'apk' | 'rpm' | 'pacman' | 'xbps' | 'portage' | 'conda';
  readonly packages: readonly InstalledPackage[];
  /** The package that a path belongs to, whether it is there or not. */
  owner(path: string): PackagedFile | undefined;
  /** The configuration that keeps a path of a package from being unpacked. */
  suppressedBy(path: string): string | undefined;
}

/** On merged systems `/lib/x` and `/usr/lib/x` are one file; databases know it by either name. */
export function aliasesOf(path: string): string[] {
  const merged = /^(?:\/usr)?(\/(?:bin|sbin|lib|lib32|lib64|libx32)\/.*)$/.exec(path)?.[1];
  return merged === undefined ? [path] : [path, path.startsWith('/usr/') ? merged : `/usr${merged}`];
}

/** What a database says of a path by the first of its names that it knows. */
export function byAlias(path: string, find: (alias: string) => PackagedFile | undefined): PackagedFile | undefined {
  for (const alias of aliasesOf(path)) {
    const found = find(alias);
    if (found !== undefined) return found;
  }
  return undefined;
}
