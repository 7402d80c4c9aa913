/** Bounds that a hostile database cannot pass. */
const MAX_BLOB = 256 * 1024 * 1024;
const MAX_PAGES = 1_000_000;

/**
 * The header blobs of `Packages.db`, rpm's own format (rpm, lib/backend/ndb/rpmpkg.c): a page of slots, each with the block
 * where a blob begins. Yields nothing for what is no such file.
 */
export function* ndbBlobs(file: Buffer): Generator<Buffer> {
  if (file.length < 32 || file.toString('latin1', 0, 4) !== 'RpmP') return;
  const slots = Math.min(file.readUInt32LE(12) * 256, Math.floor(file.length / 16));
  // The first two slots are the header's place.
  for (let slot = 2; slot < slots; slot++) {
    const at = slot * 16;
    if (at + 16 > file.length || file.toString('latin1', at, at + 4) !== 'Slot') continue;
    const offset = file.readUInt32LE(at + 8) * 16;
    if (file.readUInt32LE(at + 4) === 0 || offset === 0 || offset + 16 > file.length) continue;
    if (file.toString('latin1', offset, offset + 4) !== 'BlbS') continue;
    const length = file.readUInt32LE(offset + 12);
    if (length <= MAX_BLOB && offset + 16 + length <= file.length)
      yield file.subarray(offset + 16, offset + 16 + length);
  }
}

const HASH_MAGIC = 0x061561;
const PAGE_HEADER = 26;
const PAGE_HASH_UNSORTED = 2;
const PAGE_HASH = 13;
const ITEM_INLINE = 1;
const ITEM_OFF_PAGE = 3;

/**
 * The values of `Packages` in Berkeley DB's hash format (Berkeley DB, dbinc/db_page.h): keys and values take turns on a page,
 * long ones lie on pages of their own. Yields nothing for what is no such file.
 */
export function* bdbBlobs(file: Buffer): Generator<Buffer> {
  if (file.length < 512) return;
  const isLittle = file.readUInt32LE(12) === HASH_MAGIC;
  if (!isLittle && file.readUInt32BE(12) !== HASH_MAGIC) return;
  const u32 = (at: number): number => (isLittle ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const u16 = (at: number): number => (isLittle ? file.readUInt16LE(at) : file.readUInt16BE(at));
  const size = u32(20);
  if (size < 512 || size > 64 * 1024) return;
  const pages = Math.min(Math.floor(file.length / size), MAX_PAGES);
  const overflow = (first: number, length: number): Buffer | undefined => {
    const parts: Buffer[] = [];
    let found = 0;
    for (let page = first, seen = 0; page !== 0 && page < pages && seen < pages; seen++) {
      const at = page * size;
      const next = u32(at + 16);
      // On the last page the field for free room holds how much of it is used.
      const used = next === 0 ? Math.min(u16(at + 22), size - PAGE_HEADER) : size - PAGE_HEADER;
      parts.push(file.subarray(at + PAGE_HEADER, at + PAGE_HEADER + used));
      found += used;
      page = next;
    }
    return found < length ? undefined : Buffer.concat(parts).subarray(0, length);
  };
  for (let page = 0; page < pages; page++) {
    const start = page * size;
    const type = file[start + 25];
    if (type !== PAGE_HASH && type !== PAGE_HASH_UNSORTED) continue;
    const items = Math.min(u16(start + 20), Math.floor((size - PAGE_HEADER) / 2));
    let end = size;
    for (let item = 0; item < items; item++) {
      const offset = u16(start + PAGE_HEADER + item * 2);
      if (offset >= end) break;
      const at = start + offset;
      if (item % 2 === 1 && file[at] === ITEM_OFF_PAGE && offset + 12 <= size) {
        const length = u32(at + 8);
        const value = length > MAX_BLOB ? undefined : overflow(u32(at + 4), length);
        if (value !== undefined) yield value;
      } else if (item % 2 === 1 && file[at] === ITEM_INLINE) yield file.subarray(at + 1, start + end);
      end = offset;
    }
  }
}
