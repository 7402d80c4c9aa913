import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LayerEntries, type LayerEntry } from '../../src/image/entries.ts';

/** Byte strings: one character a byte. */
const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
const number = fc.oneof(fc.nat(), fc.maxSafeInteger(), fc.double({ noNaN: true }));
const entry: fc.Arbitrary<LayerEntry> = fc.record({
  name: bytes,
  linkname: bytes,
  type: fc.constantFrom('0', '1', '2', '5', '\u00e9'),
  mode: fc.nat(0o7777),
  uid: number,
  gid: number,
  mtime: number,
  size: fc.nat(),
  attributes: fc.option(
    fc.dictionary(bytes, bytes).map((record) => new Map(Object.entries(record))),
    {
      nil: undefined,
    },
  ),
});

test('what goes in comes out, here and in another thread', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), fc.nat(70), (list, times) => {
      // Enough of them for several pages, now and then.
      const all = Array.from({ length: times }, () => list).flat();
      const entries = LayerEntries.of(all);
      expect([...entries]).toEqual(all);
      expect(entries.size).toBe(all.reduce((sum, { size }) => sum + size, 0));
      if (all.length > 0) entries.keep(all.length - 1, Buffer.from('body'));
      const { data, buffers } = entries.toData();
      const there = LayerEntries.fromData(structuredClone(data, { transfer: buffers }));
      expect([...there]).toEqual(all);
      expect([there.length, there.size]).toEqual([entries.length, entries.size]);
      if (all.length > 0) expect(there.body(all.length - 1)?.toString()).toBe('body');
    }),
  );
});

test('a body is a copy', () => {
  const entries = LayerEntries.of([
    { name: 'f', linkname: '', type: '0', mode: 0, uid: 0, gid: 0, mtime: 0, size: 3, attributes: undefined },
  ]);
  const buffer = Buffer.from('abc');
  entries.keep(0, buffer);
  buffer.fill('x');
  expect(entries.body(0)?.toString()).toBe('abc');
  expect(entries.body(1)).toBeUndefined();
});
