import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { TarError } from '../../src/image/tar-header.ts';
import { type TarEntry, TarScanner } from '../../src/image/tar-scanner.ts';
import { archive, END, type Member, member, pax } from './archives.ts';

interface Listing {
  readonly entries: readonly string[];
  readonly bodies: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

function show({ type, name, linkname, size, stored, mode, uid, gid, mtime }: TarEntry): string {
  const sizes = size === stored ? `${size}` : `${size} (${stored} stored)`;
  return `${type} ${name}${linkname === '' ? '' : ` -> ${linkname}`} ${sizes} ${mode.toString(8)} ${uid}:${gid} ${mtime}`;
}

/** Lists an archive that comes in pieces; bodies of up to 64 bytes are captured. */
function list(bytes: Buffer, piece = bytes.length): Listing {
  const entries: string[] = [];
  const bodies: Record<string, string> = {};
  const scanner = new TarScanner({
    entry: (entry) => {
      entries.push(show(entry));
      return 64;
    },
    body: ({ name }, body) => {
      bodies[name] = body.toString('latin1');
    },
  });
  for (let at = 0; at < bytes.length; at += piece) scanner.write(Buffer.from(bytes.subarray(at, at + piece)));
  scanner.end();
  return { entries, bodies, notes: scanner.notes };
}

const NAMES = (bytes: Buffer): string[] => list(bytes).entries.map((entry) => entry.split(' ')[1] ?? '');

describe('dialects, read as Docker reads them', () => {
  const cases: readonly { title: string; bytes: Buffer; entries: readonly string[] }[] = [
    {
      title: 'ustar with a prefix',
      bytes: archive({ name: 'c', raw: [[345, 'a/b']], body: 'x' }),
      entries: ['0 a/b/c 1 644 0:0 0'],
    },
    {
      title: 'v7: no magic, a directory by its slash, a NUL type',
      bytes: archive({ name: 'd/', type: '\0', magic: '' }, { name: 'f', type: '\0', magic: '', body: 'x' }),
      entries: ['5 d/ 0 644 0:0 0', '0 f 1 644 0:0 0'],
    },
    {
      title: 'owners beyond octal in PAX, as OpenShift has them',
      bytes: archive(pax({ uid: '1000700000', gid: '1000700001', mtime: '1.5' }), { name: 'f' }),
      entries: ['0 f 0 644 1000700000:1000700001 1.5'],
    },
    {
      title: 'owners in base 256, a negative time',
      bytes: archive({
        name: 'f',
        raw: [
          [108, Buffer.from([0x80, 0, 0, 0, 0x3b, 0xa5, 0x5b, 0x60])],
          [136, Buffer.alloc(12, 0xff)],
        ],
      }),
      entries: ['0 f 0 644 1000692576:0 -1'],
    },
    {
      title: 'links, directories and devices with a size but no body',
      bytes: archive(
        { name: 'd', type: '5', size: 5000 },
        { name: 'h', type: '1', linkname: 'f', size: 600 },
        { name: 's', type: '2', linkname: 'f', size: 600 },
        { name: 'z', body: 'end' },
      ),
      entries: ['5 d 0 644 0:0 0', '1 h -> f 0 644 0:0 0', '2 s -> f 0 644 0:0 0', '0 z 3 644 0:0 0'],
    },
    {
      title: "GNU's long names and links",
      bytes: archive(
        { name: '././@LongLink', type: 'L', body: `${'n'.repeat(300)}\0` },
        { name: '././@LongLink', type: 'K', body: `${'l'.repeat(200)}\0` },
        { name: 'cut', type: '2', linkname: 'cut' },
      ),
      entries: [`2 ${'n'.repeat(300)} -> ${'l'.repeat(200)} 0 644 0:0 0`],
    },
    {
      title: 'a PAX size that GNU names stand between does not apply to the name (CVE-2026-53655)',
      bytes: archive(
        pax({ size: '1024' }),
        { name: '././@LongLink', type: 'L', body: 'long\0' },
        { name: 'cut', body: Buffer.alloc(1024, 65), size: 0 },
        { name: 'z' },
      ),
      entries: ['0 long 1024 644 0:0 0', '0 z 0 644 0:0 0'],
    },
    {
      title: 'a global header applies to nothing',
      bytes: archive(pax({ comment: 'git', uid: '7' }, 'g'), { name: 'f' }),
      entries: ['0 f 0 644 0:0 0'],
    },
    {
      title: "GNU's sparse file with a second block of map",
      bytes: archive(
        {
          name: 's',
          type: 'S',
          body: '',
          size: 512,
          magic: 'ustar  \0',
          raw: [
            [482, Buffer.from([1])],
            [483, '00000100000\0'],
          ],
        },
        Buffer.alloc(512),
        Buffer.alloc(512, 66),
        { name: 'z' },
      ),
      entries: ['S s 32768 (512 stored) 644 0:0 0', '0 z 0 644 0:0 0'],
    },
    {
      title: 'a checksum of signed bytes',
      bytes: archive({ name: 'f\xe9\xe9', checksum: 'signed' }),
      entries: ['0 f\xe9\xe9 0 644 0:0 0'],
    },
    {
      title: 'what follows the end mark',
      bytes: Buffer.concat([archive({ name: 'a' }), archive({ name: 'b' })]),
      entries: ['0 a 0 644 0:0 0'],
    },
    {
      title: 'junk after the end mark that is no block',
      bytes: Buffer.concat([archive({ name: 'a' }), Buffer.from('junk')]),
      entries: ['0 a 0 644 0:0 0'],
    },
    { title: 'no end mark', bytes: member({ name: 'a', body: 'x' }), entries: ['0 a 1 644 0:0 0'] },
    { title: 'an empty archive', bytes: END, entries: [] },
    {
      title: 'numbers with spaces around',
      bytes: archive({ name: 'a', raw: [[100, '   644 \0']] }),
      entries: ['0 a 0 644 0:0 0'],
    },
    {
      title: 'an empty number',
      bytes: archive({ name: 'a', raw: [[100, Buffer.alloc(8)]] }),
      entries: ['0 a 0 0 0:0 0'],
    },
  ];
  for (const { title, bytes, entries } of cases) test(title, () => expect(list(bytes).entries).toEqual(entries));

  test('names of other bytes stay apart', () => {
    expect(NAMES(archive({ name: 'a\xe9' }, { name: 'a\xe8' }))).toEqual(['a\xe9', 'a\xe8']);
  });

  test('extended attributes keep their bytes', () => {
    const seen: unknown[] = [];
    const scanner = new TarScanner({
      entry: ({ attributes }) => {
        seen.push(attributes?.get('security.capability'));
        return 0;
      },
    });
    scanner.write(archive(pax({ 'SCHILY.xattr.security.capability': '\x01\0\0\x02\xff\n' }), { name: 'f' }));
    expect(seen).toEqual(['\x01\0\0\x02\xff\n']);
  });

  test('two names for one entry, and data behind one zero block, are noted', () => {
    const both = archive(pax({ path: 'p' }), { name: '././@LongLink', type: 'L', body: 'l\0' }, { name: 'f' });
    expect(list(both)).toMatchObject({ entries: ['0 p 0 644 0:0 0'], notes: ['an entry with two names: "p" and "l"'] });
    const hidden = Buffer.concat([member({ name: 'a' }), Buffer.alloc(512), archive({ name: 'b' })]);
    expect(list(hidden)).toMatchObject({
      entries: ['0 a 0 644 0:0 0'],
      notes: [expect.stringContaining('is not read')],
    });
  });
});

describe('what is refused, with a reason and a place', () => {
  const cases: readonly { title: string; bytes: Buffer; error: RegExp }[] = [
    { title: 'a wrong checksum', bytes: archive({ name: 'a', checksum: 'wrong' }), error: /wrong checksum.* byte 0/ },
    { title: 'text', bytes: Buffer.alloc(600, 'text '), error: /wrong checksum/ },
    {
      title: 'a body that is cut off',
      bytes: member({ name: 'f', body: 'x'.repeat(2000) }).subarray(0, 1500),
      error: /cut off inside "f"/,
    },
    { title: 'a header that is cut off', bytes: member({ name: 'f' }).subarray(0, 300), error: /cut off/ },
    { title: 'an extension header for nothing', bytes: pax({ path: 'x' }), error: /cut off/ },
    {
      title: 'a negative size',
      bytes: archive({ name: 'f', raw: [[124, Buffer.alloc(12, 0xff)]] }),
      error: /negative size/,
    },
    {
      title: 'a size that is not exact',
      bytes: archive({ name: 'f', raw: [[124, Buffer.from([0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])]] }),
      error: /size that no file/,
    },
    { title: 'a negative PAX size', bytes: archive(pax({ size: '-1' }), { name: 'f' }), error: /size/ },
    {
      title: 'a PAX record that is longer than its header',
      bytes: archive({ name: 'p', type: 'x', body: '99 path=x\n' }, { name: 'f' }),
      error: /PAX record/,
    },
    { title: 'a NUL in a PAX path', bytes: archive(pax({ path: 'a\0b' }), { name: 'f' }), error: /PAX record/ },
    { title: 'letters in a number', bytes: archive({ name: 'f', raw: [[124, 'zzz\0']] }), error: /unreadable size/ },
  ];
  for (const { title, bytes, error } of cases)
    test(title, () => {
      expect(() => list(bytes)).toThrow(TarError);
      expect(() => list(bytes)).toThrow(error);
    });

  test('more than the limits allow', () => {
    const sink = { entry: () => 0 };
    const write = (bytes: Buffer, limits: object) => () => new TarScanner(sink, limits).write(bytes);
    expect(write(archive({ name: 'a' }, { name: 'b' }), { entries: 1 })).toThrow(/more than 1 entries/);
    expect(write(archive(pax({ path: 'x'.repeat(2000) }), { name: 'a' }), { meta: 1000 })).toThrow(
      /more than 1000 bytes/,
    );
    expect(write(archive(pax({ path: 'x'.repeat(2000) }), { name: 'a' }), { name: 1000 })).toThrow(
      /name of more than 1000/,
    );
    const map = member({ name: 's', type: 'S', magic: 'ustar  \0', raw: [[482, Buffer.from([1])]] });
    const more = Buffer.alloc(512);
    more[504] = 1;
    expect(write(Buffer.concat([map, ...Array.from({ length: 5000 }, () => more)]), {})).toThrow(/sparse map/);
  });
});

/** Plain members that every reader agrees about. */
const members: fc.Arbitrary<readonly Member[]> = fc.array(
  fc.record({
    name: fc.stringMatching(/^[a-z]{1,8}(?:\/[a-z]{1,8}){0,3}$/),
    body: fc.string({ maxLength: 1200, unit: 'binary-ascii' }),
    mode: fc.integer({ min: 1, max: 0o7777 }),
    // tar-stream cuts larger ones off.
    uid: fc.integer({ min: 0, max: 0o777777 }),
    mtime: fc.integer({ min: 0, max: 2_000_000_000 }),
  }),
  { maxLength: 12 },
);

test('pieces of any length give the same listing', () => {
  const bytes = archive(
    pax({ path: `${'p'.repeat(200)}/x`, uid: '3000000' }),
    { name: 'cut', body: 'body' },
    { name: '././@LongLink', type: 'L', body: `${'n'.repeat(600)}\0` },
    { name: 'cut', body: 'x'.repeat(1030) },
    { name: 'd', type: '5', size: 7 },
    { name: 'z', body: '' },
  );
  const whole = list(bytes);
  expect(whole.entries).toHaveLength(4);
  for (let length = 1; length <= 1031; length++) expect(list(bytes, length)).toEqual(whole);
});

test('archives of tar-stream are read as they were written', async () => {
  await fc.assert(
    fc.asyncProperty(members, fc.integer({ min: 1, max: 3000 }), async (given, length) => {
      const writer = pack();
      for (const { name, body, mode, uid, mtime } of given)
        writer.entry(
          { name, mode: mode ?? 0, uid: uid ?? 0, gid: 0, mtime: new Date((mtime ?? 0) * 1000) },
          Buffer.from(body as string, 'latin1'),
        );
      writer.finalize();
      const parts: Buffer[] = [];
      for await (const part of writer) parts.push(part as Buffer);
      const { entries } = list(Buffer.concat(parts), length);
      expect(entries).toEqual(
        given.map(
          ({ name, body, mode, uid, mtime }) => `0 ${name} ${body?.length} ${mode?.toString(8)} ${uid}:0 ${mtime}`,
        ),
      );
    }),
    { numRuns: 100, seed: 20261125 },
  );
});

const PYTHON = `
import io, sys, tarfile
with tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()), encoding='latin1') as archive:
    for m in archive:
        sys.stdout.buffer.write(f'{m.name} {m.size} {m.mode:o} {m.uid} {m.linkname}\\n'.encode('latin1'))
`;
const python = spawnSync('python3', ['-c', 'import tarfile']).status === 0;

test.skipIf(!python)(`Python's tarfile lists the same${python ? '' : ' (skipped: there is no python3)'}`, () => {
  const samples = fc.sample(members, { numRuns: 30, seed: 7 });
  for (const given of samples) {
    const bytes = archive(
      ...given,
      pax({ path: 'long/'.repeat(60), uid: '1000700000' }),
      { name: 'cut' },
      { name: 'link', type: '2', linkname: 'there' },
      { name: '././@LongLink', type: 'L', body: `${'n'.repeat(300)}\0` },
      { name: 'cut', body: 'x'.repeat(700) },
    );
    const { stdout, stderr } = spawnSync('python3', ['-c', PYTHON], { input: bytes, encoding: 'latin1' });
    const ours: string[] = [];
    const scanner = new TarScanner({
      entry: ({ name, size, mode, uid, linkname }) => {
        // tarfile leaves out the slash at the end of a directory's name.
        ours.push(`${name.replace(/\/$/, '')} ${size} ${mode.toString(8)} ${uid} ${linkname}\n`);
        return 0;
      },
    });
    scanner.write(bytes);
    expect(stderr).toBe('');
    expect(ours.join('')).toBe(stdout);
  }
});

describe('damage at every block', () => {
  const bytes = archive(
    pax({ path: 'a/b', uid: '5' }),
    { name: 'cut', body: 'x'.repeat(600) },
    { name: '././@LongLink', type: 'L', body: 'long\0' },
    { name: 'cut', body: 'y'.repeat(20) },
    { name: 'd', type: '5' },
  );

  test('a cut ends in an error, or between two members', () => {
    const whole = list(bytes).entries;
    for (let at = 0; at <= bytes.length; at += 128) {
      try {
        const { entries } = list(bytes.subarray(0, at));
        expect(at % 512).toBe(0);
        expect(whole.slice(0, entries.length)).toEqual(entries);
      } catch (error) {
        expect(error).toBeInstanceOf(TarError);
      }
    }
  });

  /** What was told before an error, which may only be a TarError. */
  const told = (damaged: Buffer): string[] => {
    const entries: string[] = [];
    const scanner = new TarScanner({
      entry: (entry) => {
        entries.push(show(entry));
        return 0;
      },
    });
    try {
      scanner.write(damaged);
      scanner.end();
    } catch (error) {
      expect(error).toBeInstanceOf(TarError);
    }
    return entries;
  };

  test('any flipped bit leaves what stands before it, and an error is a named one', () => {
    for (let at = 0; at < bytes.length; at += 512) {
      const before = told(bytes.subarray(0, at));
      for (let bit = 0; bit < 512 * 8; bit += 7) {
        const damaged = Buffer.from(bytes);
        damaged[at + (bit >> 3)] = (damaged[at + (bit >> 3)] ?? 0) ^ (1 << (bit & 7));
        expect(told(damaged).slice(0, before.length)).toEqual(before);
      }
    }
  });
});
