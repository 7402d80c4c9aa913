import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bdbBlobs, ndbBlobs } from '../../src/image/packages/rpm-files.ts';
import { parseRpmHeader } from '../../src/image/packages/rpm-header.ts';
import { type Layer, modelOfLayers } from './model-of.ts';

const fixtures = join(import.meta.dirname, 'fixtures');
const read = (path: string): Buffer => readFileSync(join(fixtures, path));

/** What the databases say of a path. */
async function ask(layer: Layer, path: string): Promise<object | undefined> {
  const { packages } = await modelOfLayers([layer]);
  const found = packages.owner(path);
  if (found === undefined) return undefined;
  const { database, digest, ...rest } = found;
  return {
    ...rest,
    digest: digest && `${digest.algorithm}:${digest.hex}`,
    kind: database.kind,
    suppressed: database.suppressedBy(path),
  };
}

const MARKER = '/usr/lib/python3.13/EXTERNALLY-MANAGED';
const dpkg: Layer = {
  '/var/lib/dpkg/status': read('dpkg-trixie/status.excerpt'),
  '/var/lib/dpkg/info/libpython3.13-stdlib:amd64.list': read('dpkg-trixie/libpython3.13-stdlib_amd64.list'),
  '/var/lib/dpkg/info/libpython3.13-stdlib:amd64.md5sums': read('dpkg-trixie/libpython3.13-stdlib_amd64.md5sums'),
  '/var/lib/dpkg/diversions': read('dpkg-trixie/diversions'),
};
const debian = {
  package: 'libpython3.13-stdlib',
  evidence: '/var/lib/dpkg/info/libpython3.13-stdlib:amd64.list',
  digest: 'md5:22a1ad9bc94dcb10d30f87850399068d',
  kind: 'dpkg',
  suppressed: undefined,
};

describe('dpkg, with files of Debian 13', () => {
  test('packages and owners', async () => {
    const { packages } = await modelOfLayers([dpkg]);
    expect(packages.databases[0]?.packages).toContainEqual({
      name: 'libpython3.13-stdlib',
      version: '3.13.5-2+deb13u5',
      size: 8898 * 1024,
    });
    expect(await ask(dpkg, MARKER)).toEqual(debian);
    // Merged /usr: either name.
    expect(await ask(dpkg, MARKER.replace('/usr', ''))).toEqual(debian);
    expect(await ask(dpkg, `${MARKER}X`)).toBeUndefined();
    expect(await ask(dpkg, MARKER.slice(0, -1))).toBeUndefined();
  });

  test('what keeps a file away', async () => {
    const config = '/etc/dpkg/dpkg.cfg.d/docker';
    const with_ = (text: string): Layer => ({ ...dpkg, [config]: text });
    for (const text of [
      'path-exclude=/usr/lib/python3*/EXTERNALLY-MANAGED\n',
      'path-exclude /usr/*MANAGED\n',
      '# x\npath-exclude="*"\n',
    ])
      expect(await ask(with_(text), MARKER), text).toEqual({ ...debian, suppressed: config });
    for (const text of [
      'path-exclude=/usr/share/doc/*\n',
      '#path-exclude=*\n',
      'path-exclude=*\npath-include=/usr/lib/*\n',
    ])
      expect(await ask(with_(text), MARKER), text).toEqual(debian);
    const diverted = { ...dpkg, '/var/lib/dpkg/diversions': `${MARKER}\n${MARKER}.orig\n:\n` };
    expect(await ask(diverted, MARKER)).toEqual({ ...debian, suppressed: '/var/lib/dpkg/diversions' });
  });

  test('distroless has a paragraph and sums a package', async () => {
    const layer = {
      '/var/lib/dpkg/status.d/libpython3.13-stdlib': 'Package: libpython3.13-stdlib\nVersion: 3.13.5-2\n',
      '/var/lib/dpkg/status.d/libpython3.13-stdlib.md5sums': read('dpkg-trixie/libpython3.13-stdlib_amd64.md5sums'),
    };
    expect(await ask(layer, MARKER)).toEqual({
      ...debian,
      evidence: '/var/lib/dpkg/status.d/libpython3.13-stdlib.md5sums',
    });
  });

  test('packages that were removed are none', async () => {
    const { packages } = await modelOfLayers([
      {
        '/var/lib/dpkg/status':
          'Package: a\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: b\nStatus: install ok installed\nVersion: 2\n',
      },
    ]);
    expect(packages.databases[0]?.packages.map(({ name }) => name)).toEqual(['b']);
  });
});

describe('rpm, with databases of real rpm', () => {
  const path = '/usr/lib64/python3.12/EXTERNALLY-MANAGED';
  const places: readonly [file: string, place: string][] = [
    ['sqlite/rpmdb.sqlite', '/var/lib/rpm/rpmdb.sqlite'],
    ['sqlite/rpmdb.sqlite', '/usr/lib/sysimage/rpm/rpmdb.sqlite'],
    ['ndb/Packages.db', '/usr/lib/sysimage/rpm/Packages.db'],
    ['bdb/Packages', '/var/lib/rpm/Packages'],
  ];
  for (const [file, place] of places)
    test(place, async () => {
      const layer = { [place]: read(`databases/rpmdb/${file}`) };
      expect(await ask(layer, path)).toEqual({
        package: 'python3-libs',
        evidence: place,
        digest: 'sha256:ad01a81297faa4c6c22644e6754cd9953ec055263f8805d30a5bbfcc2c2bca9b',
        kind: 'rpm',
        suppressed: undefined,
      });
      const { packages } = await modelOfLayers([layer]);
      expect(packages.databases[0]?.packages.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
        { name: 'fedora-release', version: '40-1', size: 102 },
        { name: 'python3-libs', version: '3.12.8-1.fc40', size: 141 },
      ]);
      expect(packages.notes).toEqual([]);
    });

  test('a damaged one is told of, and the rest goes on', async () => {
    const { packages } = await modelOfLayers([{ ...dpkg, '/var/lib/rpm/rpmdb.sqlite': 'no database at all' }]);
    expect(packages.databases.map(({ kind }) => kind)).toEqual(['dpkg']);
    expect(packages.notes).toEqual([expect.stringMatching(/^a package database was not read \(.+\)$/)]);
  });

  test('bits that flip and files that are cut end soon, without an exception', () => {
    let found = 0;
    for (const [blobs, file] of [
      [ndbBlobs, 'ndb/Packages.db'],
      [bdbBlobs, 'bdb/Packages'],
    ] as const) {
      const whole = read(`databases/rpmdb/${file}`);
      for (let at = 0; at < whole.length; at += 97) {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ 0xff;
        for (const bytes of [damaged, whole.subarray(0, at)])
          for (const blob of blobs(bytes)) if (parseRpmHeader(blob) !== undefined) found++;
      }
    }
    expect(found).toBeGreaterThan(0);
  });
});

describe('the others', () => {
  test('pacman, with a database of real pacman', async () => {
    const root = 'databases/pacman/local/python-3.12.4-1';
    const layer = Object.fromEntries(
      readdirSync(join(fixtures, root)).map((name) => [
        `/var/lib/pacman/local/python-3.12.4-1/${name}`,
        read(`${root}/${name}`),
      ]),
    );
    const path = '/usr/lib/python3.12/EXTERNALLY-MANAGED';
    const expected = {
      package: 'python',
      evidence: '/var/lib/pacman/local/python-3.12.4-1/files',
      digest: 'sha256:1a8d0fd2fc40bd89bfa4bd8fbc017c807ef4a13cb517954908c41ff3eef25d7e',
      kind: 'pacman',
      suppressed: undefined,
    };
    expect(await ask(layer, path)).toEqual(expected);
    const noExtract = (line: string) => ask({ ...layer, '/etc/pacman.conf': `[options]\n${line}\n` }, path);
    expect(await noExtract('NoExtract = usr/share/* usr/lib/python*/EXTERNALLY-MANAGED')).toEqual({
      ...expected,
      suppressed: '/etc/pacman.conf',
    });
    expect(await noExtract('NoExtract = usr/lib/* !usr/lib/python*')).toEqual(expected);
  });

  test('apk, in both places', async () => {
    const text = [
      ...['P:musl', 'V:1.2.5', 'I:400', 'F:lib', 'R:ld-musl-x86_64.so.1', ''],
      ...[
        'P:python3',
        'V:3.12.8-r1',
        'I:5000',
        'F:usr/lib/python3.12',
        'R:EXTERNALLY-MANAGED',
        'a:0:0:644',
        'Z:Q1qvTGHdzF6KLavt4PO0gs2a6pQ00=',
        'R:os.py',
        '',
        '',
      ],
    ].join('\n');
    for (const place of ['/lib/apk/db/installed', '/usr/lib/apk/db/installed'])
      expect(await ask({ [place]: text }, '/usr/lib/python3.12/EXTERNALLY-MANAGED')).toEqual({
        package: 'python3',
        evidence: place,
        digest: 'sha1:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d',
        kind: 'apk',
        suppressed: undefined,
      });
  });

  test('xbps, with the noextract of the official images', async () => {
    const hex = 'a'.repeat(64);
    const layer = {
      '/var/db/xbps/pkgdb-0.38.plist':
        '<dict><key>python3</key><dict><key>pkgver</key><string>python3-3.12.3_1</string></dict></dict>',
      '/var/db/xbps/.python3-files.plist': `<array><dict><key>file</key><string>/usr/lib/python3.12/EXTERNALLY-MANAGED</string><key>sha256</key><string>${hex}</string></dict></array>`,
      '/etc/xbps.d/noextract-python.conf': 'noextract=/usr/lib/python*/EXTERNALLY-MANAGED\n',
    };
    expect(await ask(layer, '/usr/lib/python3.12/EXTERNALLY-MANAGED')).toEqual({
      package: 'python3',
      evidence: '/var/db/xbps/.python3-files.plist',
      digest: `sha256:${hex}`,
      kind: 'xbps',
      suppressed: '/etc/xbps.d/noextract-python.conf',
    });
  });

  test('portage', async () => {
    const evidence = '/var/db/pkg/dev-lang/python-3.12.3/CONTENTS';
    const layer = {
      [evidence]: `dir /usr/lib/python3.12\nobj /usr/lib/python3.12/os.py ${'b'.repeat(32)} 1700000000\nsym /usr/lib/python3.12/EXTERNALLY-MANAGED -> ../python/EXTERNALLY-MANAGED 1700000000\n`,
    };
    const found = { package: 'dev-lang/python', evidence, kind: 'portage', suppressed: undefined };
    expect(await ask(layer, '/usr/lib/python3.12/EXTERNALLY-MANAGED')).toEqual({ ...found, digest: undefined });
    expect(await ask(layer, '/usr/lib/python3.12/os.py')).toEqual({ ...found, digest: `md5:${'b'.repeat(32)}` });
  });
});
