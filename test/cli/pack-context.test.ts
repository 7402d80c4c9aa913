import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nameInContext, packContext } from '../../src/cli/pack-context.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'plimsoll-context-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text, { mode });
}

/** Names of the archive with type, mode and text. */
async function listed(ignore: string): Promise<Record<string, string>> {
  write('.dockerignore', ignore);
  const found: Record<string, string> = {};
  const archive = packContext(root, join(root, '.dockerignore'), { name: 'Dockerfile', text: 'FROM scratch\n' }).pipe(
    extract(),
  );
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const { name, type, linkname, mode = 0 } = entry.header;
    found[name] = `${type} ${mode.toString(8)} ${linkname ?? Buffer.concat(chunks).toString()}`;
  }
  return found;
}

test('sends what .dockerignore does not leave out, with modes and links, and the text of the Dockerfile that was given', async () => {
  write('app/main.py', 'print()\n');
  write('app/run.sh', '#!/bin/sh\n', 0o755);
  write('app/empty', '');
  write('node_modules/x/index.js', 'x');
  write('docs/keep.md', 'kept');
  write('docs/other.md', 'left out');
  write('Dockerfile', 'FROM something\n');
  symlinkSync('/etc/passwd', join(root, 'app/link'));
  const all = await listed('node_modules\ndocs/*\n!docs/keep.md\n');
  expect(all).toMatchObject({
    '.dockerignore': 'file 644 node_modules\ndocs/*\n!docs/keep.md\n',
    Dockerfile: 'file 644 FROM scratch\n',
    'app/main.py': 'file 644 print()\n',
    'app/run.sh': 'file 755 #!/bin/sh\n',
    'app/empty': 'file 644 ',
    'app/link': expect.stringMatching(/^symlink \d+ \/etc\/passwd$/),
    'docs/keep.md': 'file 644 kept',
  });
  expect(Object.keys(all).filter((name) => /node_modules|other/.test(name))).toEqual([]);
});

test('a Dockerfile has its own name where it lies in the context', () => {
  expect(nameInContext('/src', '/src/docker/Dockerfile')).toBe('docker/Dockerfile');
  expect(nameInContext('/src/app', '/src/Dockerfile')).toBe('.plimsoll.Dockerfile');
});

test('a file that cannot be read ends the archive with its error', async () => {
  rmSync(root, { recursive: true });
  await expect(
    (async () => {
      for await (const _ of packContext(root, join(root, '.dockerignore'), {
        name: 'Dockerfile',
        text: 'FROM scratch\n',
      }));
    })(),
  ).rejects.toThrow(/no such file|ENOENT/);
});
