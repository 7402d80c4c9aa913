import { closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { ImageError, scanLayer } from '../layer.ts';
import { type Extent, type ImageFiles, normalName, type Progress, readDocument, readExtent } from './files.ts';

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
    document: async (name) =>
      isFile(name) ? opened(pathOf(name), (file, extent) => readDocument(file, extent, name)) : undefined,
    layer: (spec, label) => {
      if (!isFile(spec.file)) throw new ImageError(`${label}: ${spec.file} is not in the layout`);
      return opened(pathOf(spec.file), (file, extent) => scanLayer(readExtent(file, extent, progress), label));
    },
    close: () => {},
  };
}

async function opened<T>(path: string, use: (file: number, extent: Extent) => Promise<T>): Promise<T> {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new ImageError(`${path} is not a file`);
    return await use(file, { offset: 0, size: stat.size });
  } finally {
    closeSync(file);
  }
}
