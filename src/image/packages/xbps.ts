import { matchesPattern, parsePattern } from '../../shell/patterns.ts';
import type { FileSystem } from '../file-system.ts';
import type { InstalledPackage, PackageDatabase, PackagedFile } from './database.ts';

const ROOT = '/var/db/xbps';

/** xbps's database (Void): the files of each package in a property list of its own, all packages in `pkgdb-*.plist`. */
export function xbpsDatabase(files: FileSystem): PackageDatabase | undefined {
  const names = files.list(ROOT);
  const database = names.find((name) => /^pkgdb-.*\.plist$/.test(name));
  if (database === undefined) return undefined;
  const text = files.text(`${ROOT}/${database}`) ?? '';
  const packages = [...text.matchAll(/<key>pkgver<\/key>\s*<string>([^<]+)-([^<-]+)<\/string>/g)].map(
    ([, name = '', version = '']): InstalledPackage => ({ name, version, size: undefined }),
  );
  const lists = names.filter((name) => /^\..*-files\.plist$/.test(name));
  const owner = (path: string): PackagedFile | undefined => {
    for (const name of lists) {
      const evidence = `${ROOT}/${name}`;
      const list = files.text(evidence) ?? '';
      const at = list.indexOf(`<string>${path}</string>`);
      if (at === -1) continue;
      const entry = list.slice(list.lastIndexOf('<dict>', at), list.indexOf('</dict>', at));
      const hex = /<key>sha256<\/key>\s*<string>([0-9a-f]{64})<\/string>/.exec(entry)?.[1];
      const digest = hex === undefined ? undefined : { algorithm: 'sha256' as const, hex };
      return { package: name.slice(1).replace(/-files\.plist$/, ''), digest, evidence };
    }
    return undefined;
  };
  return { kind: 'xbps', packages, owner, suppressedBy: (path) => suppressedBy(files, path) };
}

/** `noextract` of xbps.d(5); files in /etc hide those of the same name in /usr/share. */
function suppressedBy(files: FileSystem, path: string): string | undefined {
  const own = files.list('/etc/xbps.d');
  const shared = files.list('/usr/share/xbps.d').filter((name) => !own.includes(name));
  const paths = [...shared.map((name) => `/usr/share/xbps.d/${name}`), ...own.map((name) => `/etc/xbps.d/${name}`)];
  let found: string | undefined;
  for (const file of paths)
    for (const line of (files.text(file) ?? '').split('\n')) {
      const glob = /^\s*noextract\s*=\s*(\S+)/.exec(line)?.[1];
      if (glob === undefined) continue;
      const isNegated = glob.startsWith('!');
      if (matchesPattern(parsePattern(isNegated ? glob.slice(1) : glob), path)) found = isNegated ? undefined : file;
    }
  return found;
}
