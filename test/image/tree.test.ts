import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LayerEntries, type LayerEntry } from '../../src/image/entries.ts';
import { ImageError } from '../../src/image/layer.ts';
import { FileTree, printable } from '../../src/image/tree.ts';
import { groupWaste } from '../../src/image/waste.ts';

type Given = Partial<LayerEntry> & { readonly name: string };

/** A layer's entries: a file `name`, a directory `name/`, `name -> target`, or fields. */
function entry(given: string | Given): LayerEntry {
  const fields: Given = typeof given === 'string' ? parse(given) : given;
  return { linkname: '', type: '0', mode: 0o644, uid: 0, gid: 0, mtime: 0, attributes: undefined, size: 0, ...fields };
}

function parse(text: string): Given {
  const [, name = '', arrow, linkname, size] = /^(.*?)(?: (->|=>) (.*?))?(?: (\d+))?$/.exec(text) ?? [];
  if (arrow !== undefined) return { name, type: arrow === '->' ? '2' : '1', linkname: linkname ?? '' };
  return name.endsWith('/') ? { name, type: '5', mode: 0o755 } : { name, size: Number(size ?? 0) };
}

function apply(...layers: readonly (readonly (string | Given)[])[]): FileTree {
  const tree = new FileTree();
  for (const layer of layers) tree.apply(LayerEntries.of(layer.map(entry)));
  return tree;
}

/** Paths with the size and the layer of what stands there; directories with a slash. */
function files(tree: FileTree): string[] {
  return [...tree.nodes()]
    .map((node) => {
      const path = FileTree.pathOf(node);
      return node.children === undefined ? `${path} ${node.inode.size} @${node.inode.layer}` : `${path}/`;
    })
    .sort();
}

function waste(tree: FileTree): string[] {
  return tree.waste
    .map(({ path, size, cause, writtenBy, killedBy }) => `${path} ${size} ${cause} ${writtenBy}>${killedBy}`)
    .sort();
}

describe('layers are applied as Docker applies them', () => {
  test('a file is replaced', () => {
    const tree = apply(['a/', 'a/f 5'], ['a/f 7']);
    expect(files(tree)).toEqual(['/a/', '/a/f 7 @1']);
    expect(waste(tree)).toEqual(['/a/f 5 overwritten 0>1']);
  });

  test('the same content with another owner is metadata', () => {
    const tree = apply([{ name: 'f', size: 5, mtime: 9 }], [{ name: 'f', size: 5, mtime: 9, uid: 1001 }]);
    expect(waste(tree)).toEqual(['/f 5 metadata 0>1']);
  });

  test('a whiteout takes a file or a directory with all below', () => {
    const tree = apply(['d/x/f 1', 'd/g 2', 'k 4'], ['d/.wh.x', '.wh.k']);
    expect(files(tree)).toEqual(['/d/', '/d/g 2 @0']);
    expect(waste(tree)).toEqual(['/d/x/f 1 deleted 0>1', '/k 4 deleted 0>1']);
  });

  test('whiteouts concern lower layers alone, wherever they stand', () => {
    for (const layer of [
      ['f 2', '.wh.f'],
      ['.wh.f', 'f 2'],
      ['d/new 2', 'd/.wh..wh..opq'],
    ])
      expect(apply(['f 1', 'd/old 1'], layer).find(layer.includes('f 2') ? 'f' : 'd/new')?.inode.size).toBe(2);
  });

  test('an opaque directory hides what is below it, not itself', () => {
    const tree = apply(['d/', 'd/a 1', 'd/e/b 2'], ['d/', 'd/.wh..wh..opq', 'd/c 3']);
    expect(files(tree)).toEqual(['/d/', '/d/c 3 @1']);
    expect(waste(tree)).toEqual(['/d/a 1 opaque 0>1', '/d/e/b 2 opaque 0>1']);
  });

  test('parents that are symlinks lead where they do in the image', () => {
    const tree = apply(
      ['usr/lib/', 'lib -> usr/lib', 'abs -> /usr', 'out -> ../../../usr'],
      ['lib/f 1', 'abs/lib/g 2', 'out/h 3'],
    );
    expect(files(tree).filter((line) => line.endsWith('@1'))).toEqual([
      '/usr/h 3 @1',
      '/usr/lib/f 1 @1',
      '/usr/lib/g 2 @1',
    ]);
    tree.apply(LayerEntries.of([entry('lib/.wh.f')]));
    expect(waste(tree)).toEqual(['/usr/lib/f 1 deleted 1>2']);
  });

  test('a directory stays what a directory entry says, a file or link gives way', () => {
    expect(files(apply(['d/f 1'], ['d 2']))).toEqual(['/d 2 @1']);
    expect(files(apply(['real/', 'd -> real'], ['d/', 'd/f 1']))).toEqual(['/d/', '/d/f 1 @1', '/real/']);
    expect(files(apply(['d/f 1'], [{ name: 'd/', type: '5', mode: 0o700 }]))).toEqual(['/d/', '/d/f 1 @0']);
  });

  test('hard links count once and die with the last name', () => {
    const tree = apply(['f 5', 'g => f'], ['.wh.f']);
    expect([tree.total, tree.liveSize, waste(tree)]).toEqual([5, 5, []]);
    tree.apply(LayerEntries.of([entry('.wh.g')]));
    expect([tree.total, tree.liveSize, waste(tree)]).toEqual([5, 0, ['/g 5 deleted 0>2']]);
  });

  test('a hard link to a lower layer, and a change of one name only', () => {
    const tree = apply(['f 5'], ['g => f'], ['f 7']);
    expect(files(tree)).toEqual(['/f 7 @2', '/g 5 @0']);
    expect(waste(tree)).toEqual([]);
  });

  test("AUFS's bookkeeping is hidden, but its links count", () => {
    const tree = apply(['.wh..wh.plnk/', '.wh..wh.plnk/1.2 5', 'f => .wh..wh.plnk/1.2', '.wh..wh.orph/x 3', '.wh.']);
    expect(files(tree)).toEqual(['/f 5 @0']);
    expect(tree.liveSize + 3).toBe(tree.total);
  });

  test('names: slashes, dots and odd ones', () => {
    expect(files(apply(['./', '/a//b/./c 1', './__proto__ 2', 'x/../y 3']))).toEqual([
      '/__proto__ 2 @0',
      '/a/',
      '/a/b/',
      '/a/b/c 1 @0',
      '/y 3 @0',
    ]);
  });

  test('implied directories say so', () => {
    const tree = apply(['a/b 1']);
    expect(tree.find('a')?.inode.isImplied).toBe(true);
    tree.apply(LayerEntries.of([entry('a/')]));
    expect(tree.find('a')?.inode.isImplied).toBe(false);
  });

  test('links that go round in circles, names that leave, links to nothing', () => {
    expect(() => apply(['a -> b', 'b -> a', 'a/f 1'])).toThrow(ImageError);
    expect(() => apply(['../f 1'])).toThrow(/leaves the image/);
    expect(() => apply(['f => nothing'])).toThrow(/which is not there/);
    expect(apply(['a -> b', 'b -> a']).find('a/f')).toBeUndefined();
  });

  test('ten thousand directories deep', () => {
    const deep = 'd/'.repeat(10_000);
    const tree = apply([`${deep}f 1`], ['.wh.d']);
    expect(tree.waste).toHaveLength(1);
    expect(groupWaste(tree)[0]?.size).toBe(1);
    expect(apply([`${deep}f 1`]).liveSize).toBe(1);
  });
});

/** An independent squash without links: a map of paths, layer by layer. */
function squash(layers: readonly (readonly LayerEntry[])[]): Map<string, number> {
  const now = new Map<string, number>();
  const drop = (path: string): void => {
    for (const key of [...now.keys()]) if (key === path || key.startsWith(`${path}/`)) now.delete(key);
  };
  for (const layer of layers) {
    for (const { name } of layer) {
      const directory = name.slice(0, name.lastIndexOf('/') + 1);
      const base = name.slice(directory.length);
      if (base === '.wh..wh..opq') for (const key of [...now.keys()]) if (key.startsWith(directory)) now.delete(key);
      if (base.startsWith('.wh.') && !base.startsWith('.wh..wh.')) drop(directory + base.slice(4));
    }
    for (const { name, size } of layer) {
      if (name.includes('.wh.')) continue;
      // A file in the place of a parent gives way.
      for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1)) now.delete(name.slice(0, at));
      drop(name);
      now.set(name, size);
    }
  }
  return now;
}

const name = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const entries = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ name, size: fc.integer({ min: 0, max: 9 }) }) },
    { weight: 2, arbitrary: name.map((path) => ({ name: path.replace(/[^/]*$/, '.wh.$&'), size: 0 })) },
    { weight: 1, arbitrary: name.map((path) => ({ name: `${path}/.wh..wh..opq`, size: 0 })) },
  ),
  { maxLength: 8 },
);

test('any layers give what an independent squash gives, and live + wasted = total', () => {
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 5 }), (given) => {
      const layers = given.map((layer) => layer.map(entry));
      const tree = new FileTree();
      for (const layer of layers) tree.apply(LayerEntries.of(layer));
      const ours = [...tree.nodes()].filter(({ children }) => children === undefined);
      expect(new Map(ours.map((node) => [FileTree.pathOf(node).slice(1), node.inode.size]))).toEqual(squash(layers));
      const wasted = tree.waste.reduce((sum, { size }) => sum + size, 0);
      expect(tree.liveSize + wasted).toBe(tree.total);
      expect(groupWaste(tree).reduce((sum, { size }) => sum + size, 0)).toBe(wasted);
    }),
    { numRuns: 3000, seed: 20261125 },
  );
});

describe('waste is put together', () => {
  const group = (...layers: readonly (readonly (string | Given)[])[]): string[] =>
    groupWaste(apply(...layers)).map(({ path, files: count, size, cause }) => `${path} ${count} ${size} ${cause}`);

  test('a directory that is gone stands for all below it', () => {
    expect(group(['root/.cache/pip/a 1', 'root/.cache/pip/b/c 2'], ['root/.cache/.wh.pip'])).toEqual([
      '/root/.cache/pip/ 2 3 deleted',
    ]);
  });
  test('one that is still there stands for its files too, but not the root', () => {
    expect(group(['v/l/x 1', 'v/l/y 2', 'v/l/z 4', 'k 9'], ['v/l/.wh.x', 'v/l/.wh.y', '.wh.k'])).toEqual([
      '/k 1 9 deleted',
      '/v/l/ 2 3 deleted',
    ]);
  });
  test('directories that hold everything stand for nothing', () => {
    const lower = ['usr/lib/a/x 1', 'usr/lib/a/y 1', 'usr/lib/b/z 4', 'app/x 2', 'app/y 2'];
    expect(group(lower, ['usr/lib/a/.wh..wh..opq', 'usr/lib/b/.wh..wh..opq', 'app/.wh..wh..opq'])).toEqual([
      '/app/ 2 4 opaque',
      '/usr/lib/b/z 1 4 opaque',
      '/usr/lib/a/ 2 2 opaque',
    ]);
  });
  test('causes and layers stay apart', () => {
    expect(group(['a/b/f 1', 'a/b/g 2'], ['a/b/f 3', 'a/b/.wh.g'])).toEqual([
      '/a/b/g 1 2 deleted',
      '/a/b/f 1 1 overwritten',
    ]);
  });
});

test('names are shown without what a terminal would obey', () => {
  expect(printable('a\u001b[31m\n')).toBe('a\\u001b[31m\\u000a');
  expect(printable(Buffer.from('é\u202e', 'utf8').toString('latin1'))).toBe('é\\u202e');
  expect(printable('\xe9')).toBe('é');
});
