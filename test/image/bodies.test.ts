import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BodyWish, wantedBytes } from '../../src/image/bodies.ts';
import { LIMITS } from '../../src/image/layer.ts';
import { type Image, type OpenOptions, openImage } from '../../src/image/sources/open.ts';
import { archive, dockerArchive, ociLayout, pieces, type SampleImage, tarOf } from './archives.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-bodies-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('globs', () => {
  const cases: readonly [glob: string, yes: readonly string[], no: readonly string[]][] = [
    [
      'etc/passwd',
      ['etc/passwd', './etc/passwd', '/etc/passwd', '//etc/passwd', 'etc/./passwd', 'etc//passwd', 'x/../etc/passwd'],
      ['x/etc/passwd', 'etc/passwd.d', 'etc/.passwd'],
    ],
    ['**/pyvenv.cfg', ['pyvenv.cfg', 'opt/venv/pyvenv.cfg'], ['opt/pyvenv.cfg/x', 'xpyvenv.cfg']],
    [
      'usr/lib/python3*/EXTERNALLY-MANAGED',
      ['usr/lib/python3.12/EXTERNALLY-MANAGED'],
      ['usr/lib/python3/x/EXTERNALLY-MANAGED'],
    ],
    ['etc/{passwd,group}', ['etc/passwd', 'etc/group'], ['etc/shadow', 'etc/{passwd,group}']],
    ['var/lib/dpkg/**', ['var/lib/dpkg/a', 'var/lib/dpkg/a/b'], ['var/lib/dpkgs']],
    ['a?c.d', ['abc.d'], ['a/c.d', 'abcxd', 'abbc.d']],
  ];
  for (const [glob, yes, no] of cases)
    test(glob, () => {
      const wanted = wantedBytes([{ glob, limit: 7 }]);
      for (const path of yes) expect(wanted(path), path).toBe(7);
      for (const path of no) expect(wanted(path), path).toBe(0);
    });

  test('the wish that asks for most counts', () => {
    const wanted = wantedBytes([
      { glob: '**/bin/*', limit: 256 },
      { glob: 'usr/bin/python3', limit: 4096 },
    ]);
    expect(['usr/bin/python3', 'usr/bin/x', 'usr/x'].map(wanted)).toEqual([4096, 256, 0]);
    expect(wantedBytes([])('x')).toBe(0);
  });
});

const files = { 'etc/a': 'aaaa', 'etc/empty': '', 'etc/long': 'l'.repeat(3000), 'opt/x/a': 'other' };
const image: SampleImage = {
  layers: [
    archive(...Object.entries(files).map(([name, body]) => ({ name, body })), {
      name: 'etc/link',
      type: '2',
      linkname: 'a',
    }),
  ],
};
const bodies: readonly BodyWish[] = [
  { glob: '**/a', limit: 100 },
  { glob: 'etc/*', limit: 1000 },
];

function open(name: string, options: Partial<OpenOptions> = {}): Promise<Image> {
  return openImage(name, {
    platform: undefined,
    image: undefined,
    isInsecure: false,
    stdin: () => pieces(dockerArchive(image), 600),
    progress: () => {},
    expect: () => {},
    bodies,
    ...options,
  });
}

/** The bodies by path. */
function found({ layers }: Image): Record<string, string | undefined> {
  const entries = layers[0]?.scanned?.entries;
  const all = [...(entries ?? [])].map(({ name }, row) => [name, entries?.body(row)?.toString()] as const);
  return Object.fromEntries(all.filter(([, body]) => body !== undefined));
}

function write(name: string, body: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, body);
  return path;
}

describe('the same bodies are kept from', () => {
  const expected = { 'etc/a': 'aaaa', 'etc/long': 'l'.repeat(1000), 'opt/x/a': 'other' };

  test('a docker archive, on disk and as a stream', async () => {
    expect(found(await open(write('a.tar', dockerArchive(image))))).toEqual(expected);
    expect(found(await open('-'))).toEqual(expected);
  });

  test('an OCI archive and a layout, with gzip layers', async () => {
    const layout = ociLayout([{ image }]);
    expect(found(await open(write('a.tar', tarOf(layout))))).toEqual(expected);
    for (const [name, body] of Object.entries(layout)) write(`oci/${name}`, body);
    expect(found(await open(join(folder, 'oci')))).toEqual(expected);
  });

  test('a root directory, where links are not followed', async () => {
    for (const [name, body] of Object.entries(files)) write(`root/${name}`, body);
    symlinkSync('/etc/passwd', join(folder, 'root/etc/link'));
    expect(found(await open(`rootfs:${folder}/root`))).toEqual(expected);
  });
});

test('what is too much is told of and not kept', async () => {
  const limits = { ...LIMITS, bodies: 900 };
  const fromArchive = await open('-', { limits });
  expect(found(fromArchive)).toEqual({ 'etc/a': 'aaaa', 'opt/x/a': 'other' });
  const note = '1 of the files that matter were not looked into: together they have more than 900 bytes';
  expect(fromArchive.layers[0]?.scanned?.notes).toEqual([note]);
  write('root/etc/long', files['etc/long']);
  const fromRoot = await open(`rootfs:${folder}/root`, { limits });
  expect([found(fromRoot), fromRoot.notes]).toEqual([{}, [note]]);
});
