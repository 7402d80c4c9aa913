/** Size of a tar block in bytes. */
export const BLOCK = 512;

/** What a tar header says. Names are byte strings: one character a byte, so that no two names of other bytes become one. */
export interface TarHeader {
  name: string;
  linkname: string;
  /** The type flag as a character: `0` file, `1` hard link, `2` symlink, `5` directory … */
  type: string;
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of the body in the archive. */
  stored: number;
  /** Bytes of the file; other than `stored` for a sparse file. */
  size: number;
  /** Seconds since 1970, fractions kept. */
  mtime: number;
}

/** An archive that cannot be read on: what is wrong and where. */
export class TarError extends Error {
  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset} of the archive`);
    this.name = 'TarError';
  }
}

/** Header types that have no body, whatever their size says (Go, archive/tar, isHeaderOnlyType: Docker's reader). */
export function isHeaderOnly(type: string): boolean {
  return type >= '1' && type <= '6';
}

export function isZeroBlock(block: Buffer, at: number): boolean {
  for (let index = at; index < at + BLOCK; index += 4) if (block.readInt32LE(index) !== 0) return false;
  return true;
}

/** Reads a header block; throws a TarError where it is none. */
export function parseHeader(block: Buffer, at: number, offset: number): TarHeader {
  checkSum(block, at, offset);
  const type = String.fromCharCode(block[at + 156] ?? 0);
  const magic = block.toString('latin1', at + 257, at + 265);
  const size = number(block, at + 124, 12, 'size', offset);
  if (size < 0) throw new TarError(`a negative size of "${text(block, at, 100)}"`, offset);
  let name = text(block, at, 100);
  // Only POSIX archives have a prefix; GNU keeps times there.
  if (magic === 'ustar\u000000') {
    const prefix = text(block, at + 345, block.toString('latin1', at + 508, at + 512) === 'tar\0' ? 131 : 155);
    if (prefix !== '') name = `${prefix}/${name}`;
  }
  return {
    name,
    linkname: text(block, at + 157, 100),
    type,
    mode: number(block, at + 100, 8, 'mode', offset),
    uid: number(block, at + 108, 8, 'uid', offset),
    gid: number(block, at + 116, 8, 'gid', offset),
    stored: size,
    size,
    mtime: number(block, at + 136, 12, 'mtime', offset),
  };
}

/** Bytes up to the first NUL. */
function text(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return block.toString('latin1', start, end === -1 || end > start + length ? start + length : end);
}

/** An octal number, or a base-256 one where the first bit is set (GNU). */
function number(block: Buffer, start: number, length: number, what: string, offset: number): number {
  const first = block[start] ?? 0;
  if (first & 0x80) return base256(block, start, length, what, offset);
  const digits = block
    .toString('latin1', start, start + length)
    .replace(/^[ \0]+/, '')
    .replace(/[ \0][\s\S]*$/, '');
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw new TarError(`an unreadable ${what}`, offset);
  return Number.parseInt(digits, 8);
}

function base256(block: Buffer, start: number, length: number, what: string, offset: number): number {
  const isNegative = ((block[start] ?? 0) & 0x40) !== 0;
  let value = 0n;
  for (let index = 0; index < length; index++) {
    let byte = block[start + index] ?? 0;
    if (isNegative) byte ^= 0xff;
    value = (value << 8n) | BigInt(index === 0 ? byte & 0x7f : byte);
  }
  if (isNegative) value = -(value + 1n);
  // A size beyond that would not be exact; a time or an owner beyond it is nonsense that hurts nobody.
  if (what === 'size' && (value > BigInt(Number.MAX_SAFE_INTEGER) || value < -1n << 60n))
    throw new TarError('a size that no file can have', offset);
  return Number(value);
}

/** The checksum counts bytes as unsigned; old archives counted them as signed. */
function checkSum(block: Buffer, at: number, offset: number): void {
  let unsigned = 8 * 32;
  let signed = 8 * 32;
  for (let index = 0; index < BLOCK; index++) {
    if (index >= 148 && index < 156) continue;
    const byte = block[at + index] ?? 0;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const digits = block
    .toString('latin1', at + 148, at + 156)
    .replace(/^[ \0]+/, '')
    .replace(/[ \0][\s\S]*$/, '');
  const expected = /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : -1;
  if (expected !== unsigned && expected !== signed) throw new TarError('no tar header (wrong checksum)', offset);
}

/** Records of a PAX extended header: `length key=value\n`, lengths in bytes (POSIX pax, ustar interchange format). */
export function parsePax(body: Buffer, offset: number): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const digits = space === -1 ? '' : body.toString('latin1', at, space);
    const length = /^[0-9]{1,7}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    if (length < 5 || end > body.length || body[end - 1] !== 0x0a) throw new TarError('a damaged PAX record', offset);
    const equals = body.indexOf(0x3d, space);
    if (equals === -1 || equals >= end) throw new TarError('a damaged PAX record', offset);
    const key = body.toString('latin1', space + 1, equals);
    const value = body.toString('latin1', equals + 1, end - 1);
    if (key === '' || (/^(?:path|linkpath)$/.test(key) && value.includes('\0')))
      throw new TarError('a damaged PAX record', offset);
    records.set(key, value);
    at = end;
  }
  return records;
}
