/** What is taken from an rpm header (rpm.org, "RPM V4 header format"): tags by number. */
export interface RpmHeader {
  readonly name: string;
  readonly version: string;
  /** Bytes when installed. */
  readonly size: number | undefined;
  /** Paths and their digests, in hexadecimal; empty ones for directories and links. */
  readonly files: readonly { readonly path: string; readonly digest: string }[];
}

const TAG = {
  name: 1000,
  version: 1001,
  release: 1002,
  size: 1009,
  digests: 1035,
  dirIndexes: 1116,
  baseNames: 1117,
  dirNames: 1118,
  longSize: 5009,
} as const;

const TYPE_INT32 = 4;
const TYPE_INT64 = 5;

/** Bounds of rpm itself (lib/header.c): tags, and bytes of data. */
const MAX_TAGS = 65_535;
const MAX_DATA = 256 * 1024 * 1024;

/** Reads a header blob as the database holds it; undefined where it is none. */
export function parseRpmHeader(blob: Buffer): RpmHeader | undefined {
  if (blob.length < 8) return undefined;
  const count = blob.readUInt32BE(0);
  const length = blob.readUInt32BE(4);
  const start = 8 + count * 16;
  if (count === 0 || count > MAX_TAGS || length > MAX_DATA || start + length > blob.length) return undefined;
  const data = blob.subarray(start, start + length);
  const entries = new Map<number, { readonly type: number; readonly offset: number; readonly count: number }>();
  for (let at = 8; at < start; at += 16)
    entries.set(blob.readUInt32BE(at), {
      type: blob.readUInt32BE(at + 4),
      offset: blob.readUInt32BE(at + 8),
      count: blob.readUInt32BE(at + 12),
    });
  const strings = (tag: number): string[] => {
    const entry = entries.get(tag);
    const found: string[] = [];
    if (entry === undefined || entry.count > data.length) return found;
    for (let at = entry.offset; found.length < entry.count && at < data.length; ) {
      const end = data.indexOf(0, at);
      if (end === -1) break;
      found.push(data.toString('utf8', at, end));
      at = end + 1;
    }
    return found;
  };
  const numbers = (tag: number): number[] => {
    const entry = entries.get(tag);
    const width = entry?.type === TYPE_INT64 ? 8 : 4;
    if (entry === undefined || (entry.type !== TYPE_INT32 && entry.type !== TYPE_INT64)) return [];
    if (entry.offset + entry.count * width > data.length) return [];
    return Array.from({ length: entry.count }, (_, at) =>
      width === 8 ? Number(data.readBigUInt64BE(entry.offset + at * 8)) : data.readUInt32BE(entry.offset + at * 4),
    );
  };
  const [name] = strings(TAG.name);
  if (name === undefined) return undefined;
  const baseNames = strings(TAG.baseNames);
  const dirNames = strings(TAG.dirNames);
  const dirIndexes = numbers(TAG.dirIndexes);
  const digests = strings(TAG.digests);
  return {
    name,
    version: [strings(TAG.version)[0], strings(TAG.release)[0]].filter(Boolean).join('-'),
    size: numbers(TAG.longSize)[0] ?? numbers(TAG.size)[0],
    files: baseNames.map((base, at) => ({
      path: `${dirNames[dirIndexes[at] ?? -1] ?? ''}${base}`,
      digest: digests[at] ?? '',
    })),
  };
}
