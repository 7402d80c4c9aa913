import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:stream';
import { createGzip } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { archive, END, member } from '../image/archives.ts';

const bin = join(import.meta.dirname, '../../bin/plimsoll.js');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-hostile-'));
  // Tells the most memory that a run had, in KiB, as the system counts it.
  writeFileSync(
    join(folder, 'memory.cjs'),
    `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'memory'))}, String(process.resourceUsage().maxRSS)));`,
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A docker archive with one layer, which is compressed as it is made; only its compressed bytes are kept. */
async function imageOf(blocks: Iterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  const gzip = createGzip({ level: 1, chunkSize: 1 << 20 });
  const parts: Buffer[] = [];
  gzip.on('data', (part: Buffer) => parts.push(part));
  for (const block of [blocks, [END]])
    for (const bytes of block) {
      hash.update(bytes);
      if (!gzip.write(bytes)) await once(gzip, 'drain');
    }
  gzip.end();
  await once(gzip, 'end');
  const config = {
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: [`sha256:${hash.digest('hex')}`] },
  };
  const manifest = [{ Config: 'c.json', RepoTags: ['app:1'], Layers: ['layer'] }];
  const path = join(folder, 'app.tar');
  const file = openSync(path, 'w');
  for (const part of [
    archive(
      { name: 'c.json', body: JSON.stringify(config) },
      { name: 'manifest.json', body: JSON.stringify(manifest) },
    ).subarray(0, -END.length),
    member({ name: 'layer', body: Buffer.concat(parts) }),
    END,
  ])
    writeSync(file, part);
  closeSync(file);
  return path;
}

/** Headers of empty files with names of their own, many in one buffer. */
function* emptyFiles(count: number, nameOf: (index: number) => string): Generator<Buffer> {
  const many = 2000;
  for (let start = 0; start < count; start += many)
    yield Buffer.concat(
      Array.from({ length: Math.min(many, count - start) }, (_, at): Buffer => member({ name: nameOf(start + at) })),
    );
}

/** Exit code, the last line of the errors, and the most memory in MB. */
function inspect(path: string): { code: number | null; error: string; memory: number } {
  const { status, stderr } = spawnSync(process.execPath, ['-r', join(folder, 'memory.cjs'), bin, 'inspect', path], {
    encoding: 'utf8',
  });
  return {
    code: status,
    error: stderr.trim(),
    memory: (Number(readFileSync(join(folder, 'memory'), 'utf8')) * 1024) / 1e6,
  };
}

const LIMIT = 400;

test('as many files as an image may have', { timeout: 120_000 }, async () => {
  const path = await imageOf(
    emptyFiles(799_000, (at) => `usr/lib/python3/site-packages/package${at >> 10}/module${at}.py`),
  );
  const { code, error, memory } = inspect(path);
  expect([code, error]).toEqual([0, '']);
  expect(memory).toBeLessThan(LIMIT);
});

test('names without end', { timeout: 60_000 }, async () => {
  function* longNames(): Generator<Buffer> {
    const long = member({ name: '././@LongLink', type: 'L', body: 'n/'.repeat(30_000) });
    for (let count = 0; count < 2000; count++) yield Buffer.concat([long, member({ name: `f${count}` })]);
  }
  const { code, error, memory } = inspect(await imageOf(longNames()));
  expect(code).toBe(2);
  expect(error).toMatch(/layer 0: more than 100663296 bytes of names$/);
  expect(memory).toBeLessThan(LIMIT);
});

test('directories in directories, ten thousand deep', { timeout: 60_000 }, async () => {
  function* deep(): Generator<Buffer> {
    for (let count = 0; count < 100; count++)
      yield Buffer.concat([
        member({ name: '././@LongLink', type: 'L', body: `${count}/${'d/'.repeat(10_000)}f` }),
        member({ name: 'f' }),
      ]);
  }
  const { code, error, memory } = inspect(await imageOf(deep()));
  expect(code).toBe(2);
  expect(error).toMatch(/layer 0: more than 800000 paths$/);
  expect(memory).toBeLessThan(LIMIT);
});

test('zeros without end in a small file', { timeout: 60_000 }, async () => {
  const size = 1024 ** 3;
  function* zeros(): Generator<Buffer> {
    yield member({ name: 'zeros', size, raw: [[124, '10000000000\0']] });
    const chunk = Buffer.alloc(16 * 1024 ** 2);
    for (let written = 0; written < size; written += chunk.length) yield chunk;
  }
  const { code, error, memory } = inspect(await imageOf(zeros()));
  expect([code, error]).toEqual([0, '']);
  expect(memory).toBeLessThan(150);
});
