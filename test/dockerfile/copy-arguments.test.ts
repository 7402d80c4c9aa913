import { expect, test } from 'vitest';
import { isArchive, isRemote } from '../../src/dockerfile/copy-arguments.ts';
import { isImageReference } from '../../src/dockerfile/image-reference.ts';

test('what ADD fetches, and what it unpacks (Dockerfile reference, ADD)', () => {
  for (const source of ['https://a.example/b', 'git@a.example:b/c.git', 'git://a.example/b', 'github.com/a/b#v1'])
    expect(isRemote(source), source).toBe(true);
  for (const source of ['a', './https/x', 'a.git']) expect(isRemote(source), source).toBe(false);
  for (const name of ['a.tar', 'a.tar.gz', 'a.tgz', 'a.txz', 'a.tar.zst', 'a.tar.bz2'])
    expect(isArchive(name)).toBe(true);
  for (const name of ['a.zip', 'a.tarball', 'a.gzip', 'tar']) expect(isArchive(name)).toBe(false);
});

test('names of images (distribution/reference)', () => {
  for (const name of ['a', 'a:1', 'a/b:1.2-x', `r.example:5000/a/b__c@sha256:${'0'.repeat(64)}`, 'localhost/a'])
    expect(isImageReference(name), name).toBe(true);
  for (const name of ['', 'a:', ':1', 'A', 'a/', 'a//b', 'a b', 'a:-x', '-a'])
    expect(isImageReference(name), name).toBe(false);
});
