import { createReadStream, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import dockerignore from '@balena/dockerignore';
import { type Pack, pack } from 'tar-stream';

/** A Dockerfile whose text stands in for what is on disk. */
export interface SentDockerfile {
  /** Its name in the context. */
  readonly name: string;
  readonly text: string;
}

/** The name that a Dockerfile has in a context: its own, or one that no other file has where it lies outside. */
export function nameInContext(root: string, dockerfile: string): string {
  const path = relative(root, dockerfile).replaceAll('\\', '/');
  return path.startsWith('../') || path === '..' ? '.plimsoll.Dockerfile' : path;
}

/**
 * A build context as a tar archive: the files of a directory that .dockerignore does not leave out, owned by root as builders
 * have it, with the given text of the Dockerfile. Nothing is followed out of the directory: links stay links.
 */
export function packContext(root: string, ignoreFile: string, dockerfile: SentDockerfile): Readable {
  const archive = pack();
  fill(archive, root, ignoreFile, dockerfile).then(
    () => archive.finalize(),
    (error) => archive.destroy(error),
  );
  return Readable.from(archive);
}

async function fill(archive: Pack, root: string, ignoreFile: string, dockerfile: SentDockerfile): Promise<void> {
  archive.entry({ name: dockerfile.name }, dockerfile.text);
  const text = readIgnore(ignoreFile);
  const ignore = dockerignore.default({ ignorecase: false }).add(text);
  // An engine leaves out the Dockerfile too, once it is read, where this names it.
  if (text !== '' || ignore.ignores(dockerfile.name)) archive.entry({ name: '.dockerignore' }, text);
  // A directory that is left out need not be looked into, unless something in it may be taken back.
  const hasExceptions = /^\s*!/m.test(text);
  const stack = [''];
  for (let directory = stack.pop(); directory !== undefined; directory = stack.pop()) {
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true }).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const name = directory === '' ? entry.name : `${directory}/${entry.name}`;
      const isIgnored = name === '.dockerignore' || name === dockerfile.name || ignore.ignores(name);
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
