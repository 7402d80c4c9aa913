import { createReadStream, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import dockerignore from '@balena/dockerignore';
import { type Pack, pack } from 'tar-stream';

/** The name that the Dockerfile has in the context, so that it never takes the place of the one that is there. */
export const DOCKERFILE = '.plimsoll.Dockerfile';

/**
 * A build context as a tar archive: the files of a directory that .dockerignore does not leave out, owned by root as builders
 * have it, and the text of a Dockerfile beside them. Nothing is followed out of the directory: links stay links.
 */
export function packContext(root: string, ignoreFile: string, dockerfile: string): Readable {
  const archive = pack();
  fill(archive, root, ignoreFile, dockerfile).then(
    () => archive.finalize(),
    (error) => archive.destroy(error),
  );
  return Readable.from(archive);
}

async function fill(archive: Pack, root: string, ignoreFile: string, dockerfile: string): Promise<void> {
  archive.entry({ name: DOCKERFILE }, dockerfile);
  const text = readIgnore(ignoreFile);
  const ignore = dockerignore.default().add(text);
  // A directory that is left out need not be looked into, unless something in it may be taken back.
  const hasExceptions = /^\s*!/m.test(text);
  const stack = [''];
  for (let directory = stack.pop(); directory !== undefined; directory = stack.pop()) {
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true }).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const name = directory === '' ? entry.name : `${directory}/${entry.name}`;
      const isIgnored = ignore.ignores(name);
      if (entry.isDirectory() && (!isIgnored || hasExceptions)) stack.push(name);
      if (isIgnored) continue;
      const path = join(root, name);
      if (entry.isSymbolicLink()) archive.entry({ name, type: 'symlink', linkname: readlinkSync(path) });
      else if (entry.isDirectory()) archive.entry({ name: `${name}/`, type: 'directory', mode: modeOf(path) });
      else if (entry.isFile()) await addFile(archive, name, path);
    }
  }
}

function addFile(archive: Pack, name: string, path: string): Promise<void> {
  const { size, mtime } = statSync(path);
  return new Promise((resolve, reject) => {
    const entry = archive.entry({ name, size, mtime, mode: modeOf(path) }, (error) =>
      error ? reject(error) : resolve(),
    );
    if (size === 0) {
      entry.end('');
      return;
    }
    // Of a file that grows meanwhile only what was announced.
    createReadStream(path, { end: size - 1 })
      .on('error', reject)
      .pipe(entry);
  });
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o7777;
}

function readIgnore(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
