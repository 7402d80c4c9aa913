/**
 * Compares the listings of odd tar archives with recorded ones of GNU tar, bsdtar and Python: `npm run archives`. They stand
 * beside the checkout and are not part of this repository; without them this says so and skips. Where the recorded readers
 * disagree, Docker's (Go's archive/tar) decides, and `DIFFERENT` says how.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TarScanner } from '../src/image/tar-scanner.ts';

const folder = join(import.meta.dirname, '..', '..', 'shared', 'cases', 'tars');

/** Where Docker's reader differs from Python's: what is expected of ours, and why. */
const DIFFERENT: Readonly<Record<string, { readonly listing: string; readonly why: string }>> = {
  '23-neg-size.tar': {
    listing: 'error',
    why: 'Go refuses a negative size (parseNumeric, ErrHeader); GNU tar and bsdtar complain',
  },
  '24-empty.tar': { listing: '', why: 'Go reads an archive without entries; the others want to see one first' },
  '27-pax-nul-path.tar': {
    listing: 'error',
    why: 'Go refuses a NUL in a PAX path (validPAXRecord); others cut it there, Python keeps it',
  },
  '28-pax-badlen.tar': {
    listing: 'error',
    why: 'Go refuses a record longer than its header (parsePAXRecord); GNU tar and bsdtar complain',
  },
};

function ours(bytes: Buffer, piece: number): string {
  const lines: string[] = [];
  const scanner = new TarScanner({
    entry: ({ type, name, size, uid, linkname }) => {
      lines.push(line(type, name, size, uid, linkname));
      return 0;
    },
  });
  try {
    for (let at = 0; at < bytes.length; at += piece) scanner.write(bytes.subarray(at, at + piece));
    scanner.end();
  } catch {
    lines.push('error');
  }
  return lines.join('\n');
}

/** The recording has no slash at the end of a directory's name and twenty characters of a link's. */
function line(type: string, name: string, size: number, uid: number, linkname: string): string {
  return `${type} ${name.replace(/\/$/, '')} ${size} ${uid} ${linkname.slice(0, 20)}`.trimEnd();
}

function recorded(text: string): string {
  return text
    .split(' | ')
    .map((part) => {
      const [, type = '', name = '', size, uid, link = ''] =
        /^(\S) '(.*)' (-?\d+) (\d+) ?(.*)$/.exec(part.trim()) ?? [];
      if (type === '') return part.startsWith('ERR') ? 'error' : part.trim();
      // Python writes bytes that are no UTF-8 as half of a surrogate pair.
      const bytes = name.replace(/\\udc([0-9a-f]{2})/g, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
      return line(type, bytes, Number(size), Number(uid), link);
    })
    .join('\n');
}

if (!existsSync(folder)) {
  console.log(`skipped: no recorded listings (looked in ${folder})`);
} else {
  let failures = 0;
  let count = 0;
  const listings = readFileSync(join(folder, 'listings.txt'), 'utf8');
  for (const section of listings.split(/^== /m).slice(1)) {
    const name = section.slice(0, section.indexOf('\n')).trim();
    const python = /^ {2}python {6}(.*)$/m.exec(section)?.[1] ?? '';
    const bytes = readFileSync(join(folder, name));
    const different = DIFFERENT[name];
    const expected = different?.listing ?? recorded(python);
    const listing = ours(bytes, bytes.length || 1);
    const same = [1, 7, 511, 513].every((piece) => ours(bytes, piece) === listing);
    count++;
    if (listing === expected && same) continue;
    failures++;
    console.log(
      `FAILED ${name}${same ? '' : ' (pieces of other lengths give other listings)'}\n${listing}\nexpected\n${expected}\n`,
    );
  }
  for (const [name, { why }] of Object.entries(DIFFERENT)) console.log(`${name}: ${why}`);
  console.log(`${count - failures} of ${count} archives are listed as expected`);
  process.exitCode = failures > 0 ? 1 : 0;
}
