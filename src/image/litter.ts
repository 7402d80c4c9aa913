import type { FileTree, TreeNode } from './tree.ts';

/** Files that an image carries and does not need, by kind. */
export interface Litter {
  readonly kind: string;
  readonly files: number;
  /** Bytes. */
  readonly size: number;
  /** One of the directories, the largest. */
  readonly example: string;
  /** How not to have it. */
  readonly mend: string;
}

interface Kind {
  readonly kind: string;
  readonly mend: string;
  /** Told from the path of a directory, `/` first and none last. */
  readonly path: RegExp;
  /** What has to stand beside it. */
  readonly sibling?: string;
}

/** Where tools keep what they can do without. The paths are the tools' defaults for root and for other users. */
const KINDS: readonly Kind[] = [
  { kind: 'pip cache', path: /\/\.cache\/pip$/, mend: 'pip install --no-cache-dir, or a cache mount' },
  { kind: 'uv cache', path: /\/\.cache\/uv$/, mend: 'uv --no-cache, or a cache mount' },
  { kind: 'Poetry cache', path: /\/\.cache\/pypoetry$/, mend: 'a cache mount' },
  { kind: 'conda packages', path: /\/pkgs$/, sibling: 'conda-meta', mend: 'conda clean --all in the same RUN' },
  { kind: 'apt lists', path: /^\/var\/lib\/apt\/lists$/, mend: 'rm -rf /var/lib/apt/lists/* in the same RUN' },
  { kind: 'apt archives', path: /^\/var\/cache\/apt$/, mend: 'apt-get clean in the same RUN' },
  { kind: 'apk cache', path: /^\/var\/cache\/apk$/, mend: 'apk add --no-cache' },
  { kind: 'dnf cache', path: /^\/var\/cache\/(?:dnf|yum|libdnf5)$/, mend: 'dnf clean all in the same RUN' },
  { kind: 'Git history', path: /\/\.git$/, mend: 'list .git in .dockerignore' },
  {
    kind: 'bytecode',
    path: /\/__pycache__$/,
    mend: 'pip install --no-compile and PYTHONDONTWRITEBYTECODE=1, where start-up time does not matter',
  },
  {
    kind: 'tests in packages',
    path: /\/(?:site|dist)-packages\/.+\/tests?$/,
    mend: 'remove them in the RUN that installs the package, if it does not import them',
  },
];

/** How not to have what is at or below a path, where it is of a kind that is known. */
export function mendOf(path: string): string | undefined {
  for (let end = path.indexOf('/', 1); end !== -1; end = path.indexOf('/', end + 1)) {
    const directory = path.slice(0, end);
    const kind = KINDS.find((known) => known.sibling === undefined && known.path.test(directory));
    if (kind !== undefined) return kind.mend;
  }
  return undefined;
}

/** Adds up what lies below directories of each kind, the largest kind first. A file counts for the outermost kind. */
export function litterOf(tree: FileTree): Litter[] {
  const found = new Map<Kind, { files: number; size: number; example: string; largest: number }>();
  const stack: { node: TreeNode; path: string }[] = [{ node: tree.root, path: '' }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, path } = next;
    for (const child of node.children?.values() ?? []) {
      if (child.children === undefined) continue;
      const childPath = `${path}/${child.name}`;
      const kind = KINDS.find(
        ({ path: pattern, sibling }) =>
          pattern.test(childPath) && (sibling === undefined || node.children?.has(sibling) === true),
      );
      if (kind === undefined) {
        stack.push({ node: child, path: childPath });
        continue;
      }
      const { files, size } = contentOf(child);
      if (size === 0) continue;
      const sum = found.get(kind) ?? { files: 0, size: 0, example: '', largest: 0 };
      const isLargest = size > sum.largest;
      found.set(kind, {
        files: sum.files + files,
        size: sum.size + size,
        example: isLargest ? childPath : sum.example,
        largest: isLargest ? size : sum.largest,
      });
    }
  }
  return [...found]
    .map(([{ kind, mend }, { files, size, example }]) => ({ kind, mend, files, size, example }))
    .sort((a, b) => b.size - a.size);
}

/** How many files are below a directory, and their bytes. A file with several names counts for its share, so that no byte counts twice. */
export function contentOf(directory: TreeNode): { files: number; size: number } {
  let files = 0;
  let size = 0;
  const stack = [directory];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.children !== undefined) stack.push(...node.children.values());
    else {
      files++;
      size += node.inode.size / node.inode.links;
    }
  }
  return { files, size: Math.round(size) };
}
