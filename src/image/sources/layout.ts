import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { ImageError, scanLayer } from '../layer.ts';
import { CHUNK, type ImageFiles, MAX_DOCUMENT, normalName, type Progress, tooLarge } from './files.ts';

/**
 * The files of an image in a directory: an OCI layout, or an archive that was unpacked. Symlinks are refused: nothing outside
 * the directory is read, whatever it says.
 */
export function readLayout(directory: string, progress: Progress): ImageFiles {
  const pathOf = (name: string): string => {
    let path = directory;
    // Each part, for a directory may be a symlink too.
    for (const part of normalName(name).split('/')) {
      path = join(path, part);
      if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
        throw new ImageError(`${path} is a symlink; a layout's files have to be files`);
    }
    return path;
  };
  const isFile = (name: string): boolean => lstatSync(pathOf(name), { throwIfNoEntry: false })?.isFile() ?? false;
  return {
    has: isFile,
    document: async (name) => {
      if (!isFile(name)) return undefined;
      const parts: Buffer[] = [];
      let length = 0;
      for await (const chunk of readChunks(pathOf(name), () => {})) {
        length += chunk.length;
        if (length > MAX_DOCUMENT) throw tooLarge(name);
        parts.push(Buffer.from(chunk));
      }
      return Buffer.concat(parts);
    },
    layer: (spec, label) => {
      if (!isFile(spec.file)) throw new ImageError(`${label}: ${spec.file} is not in the layout`);
      return scanLayer(readChunks(pathOf(spec.file), progress), label);
    },
    close: () => {},
  };
}

async function* readChunks(path: string, progress: Progress): AsyncGenerator<Buffer> {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    if (!fstatSync(file).isFile()) throw new ImageError(`${path} is not a file`);
    const buffer = Buffer.alloc(CHUNK);
    for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer)) {
      progress(length);
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}
