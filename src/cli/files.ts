import {
  chmodSync,
  lstatSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { reasonOf, UsageError } from './errors.ts';

/** Larger files are no Dockerfiles. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A file's text with what is needed to write it back byte for byte. */
export interface TextFile {
  readonly text: string;
  /** Latin-1 stands for any bytes that are no UTF-8: every byte is kept. */
  readonly encoding: 'utf8' | 'latin1';
}

/** Reads a file; throws a UsageError in one line where it cannot be read or is no text. */
export function readTextFile(path: string): TextFile {
  let bytes: Buffer;
  try {
    if (statSync(path).size > MAX_BYTES)
      throw new UsageError(`${path}: too large for a Dockerfile (more than ${MAX_BYTES / 1024 / 1024} MB)`);
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path}: cannot be read: ${reasonOf(error)}`);
  }
  return decode(bytes, path);
}

/** Decodes bytes from a file or standard input. */
export function decode(bytes: Buffer, name: string): TextFile {
  if (bytes.subarray(0, 8192).includes(0)) throw new UsageError(`${name}: not a text file`);
  const text = bytes.toString('utf8');
  if (text.includes('\ufffd') && !Buffer.from(text, 'utf8').equals(bytes))
    return { text: bytes.toString('latin1'), encoding: 'latin1' };
  return { text, encoding: 'utf8' };
}

/** Writes or replaces a file in one step; its mode stays, a link still points to it. */
export function writeTextFile(path: string, { text, encoding }: TextFile): void {
  try {
    const old = lstatSync(path, { throwIfNoEntry: false });
    const real = old?.isSymbolicLink() ? realpathSync(path) : path;
    const temporary = join(dirname(real), `.${basename(real)}.plimsoll-${process.pid}`);
    try {
      writeFileSync(temporary, text, { encoding, flag: 'wx' });
      if (old !== undefined) chmodSync(temporary, statSync(real).mode & 0o7777);
      renameSync(temporary, real);
    } catch (error) {
      try {
        unlinkSync(temporary);
      } catch {
        // It was not made, or is gone already.
      }
      throw error;
    }
  } catch (error) {
    throw new UsageError(`${path}: cannot be written: ${reasonOf(error)}`);
  }
}

/** A path as reports and patches name it: from the current directory, `/` between its parts; as given where it lies outside. */
export function shownPath(path: string): string {
  const below = relative(process.cwd(), resolve(path)).replaceAll('\\', '/');
  return below === '' || below.startsWith('../') ? path.replaceAll('\\', '/') : below;
}

/** Whether a path is a directory that is there. */
export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
