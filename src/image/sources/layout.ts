import { closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { ImageError } from '../layer.ts';
import { normalName } from '../names.ts';
import { type Extent, type ImageFiles, type ReadOptions, readDocument } from './files.ts';
import { scanFiles } from './threads.ts';

/**
 * The files of an image in a directory: an OCI layout, or an archive that was unpacked. Symlinks are refused: nothing outside
 * the directory is read, whatever it says.
 */
export function readLayout(directory: string, options: ReadOptions): ImageFiles {
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
  const open: number[] = [];
  const extentOf = (name: string): Extent => {
    const path = pathOf(name);
    const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    const stat = fstatSync(file);
    if (!stat.isFile()) {
      closeSync(file);
      throw new ImageError(`${path} is not a file`);
    }
    return { file, offset: 0, size: stat.size };
  };
  return {
    has: isFile,
    document: async (name) => {
      if (!isFile(name)) return undefined;
      const extent = extentOf(name);
      try {
        return readDocument(extent, name);
      } finally {
        closeSync(extent.file);
      }
    },
    layers: async (jobs) =>
      scanFiles(
        jobs.map((job) => {
          if (!isFile(job.spec.file)) throw new ImageError(`${job.label}: ${job.spec.file} is not in the layout`);
          const extent = extentOf(job.spec.file);
          open.push(extent.file);
          return { ...job, extent };
        }),
        options,
      ),
    close: () => {
      for (const file of open) closeSync(file);
    },
  };
}
