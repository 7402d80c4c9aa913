import type { BodyWish } from '../bodies.ts';
import { decoded, type FileSystem } from '../file-system.ts';
import type { TreeNode } from '../tree.ts';

const KB = 1024;

/** What the readers of interpreters and environments want to see. */
export const PYTHON_BODIES: readonly BodyWish[] = [
  { glob: '**/EXTERNALLY-MANAGED', limit: 64 * KB },
  { glob: '**/pyvenv.cfg', limit: 16 * KB },
  { glob: '**/{bin,sbin}/activate', limit: 16 * KB },
  // A line that begins with #! has at most 255 bytes (Linux, BINPRM_BUF_SIZE); the trampoline of pip follows it.
  { glob: '**/{bin,sbin}/*', limit: KB },
  { glob: '**/conda-meta/*.json', limit: 4096 * KB },
  { glob: '**/conda-meta/{history,frozen}', limit: 256 * KB },
  { glob: '**/*.dist-info/{INSTALLER,direct_url.json,WHEEL}', limit: 16 * KB },
  { glob: '**/{site,dist}-packages/*.{pth,egg-link}', limit: 64 * KB },
];

/** A place of Python in the tree. */
export interface Place {
  readonly path: string;
  readonly node: TreeNode;
}

/** What is found of Python in one walk through an image. */
export interface Survey {
  /** Files that are called as an interpreter with its minor version is: `python3.12`. */
  readonly binaries: readonly Place[];
  /** Directories with a `pyvenv.cfg`. */
  readonly venvs: readonly Place[];
  /** Directories with a `conda-meta`. */
  readonly condaPrefixes: readonly Place[];
  /** `site-packages` and `dist-packages`. */
  readonly sites: readonly Place[];
}

/** Walks through an image once. */
export function surveyOf(files: FileSystem): Survey {
  const binaries: Place[] = [];
  const venvs: Place[] = [];
  const condaPrefixes: Place[] = [];
  const sites: Place[] = [];
  const stack: Place[] = [{ path: '', node: files.tree.root }];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const { path, node } = at;
    for (const [name, child] of node.children ?? []) {
      if (child.children !== undefined) {
        const place = { path: `${path}/${decoded(name)}`, node: child };
        stack.push(place);
        if (name === 'conda-meta') condaPrefixes.push({ path: path || '/', node });
        else if (name === 'site-packages' || name === 'dist-packages') sites.push(place);
      } else if (name === 'pyvenv.cfg') venvs.push({ path: path || '/', node });
      else if (/^python\d\.\d+t?$/.test(name) && child.inode.type !== '2')
        binaries.push({ path: `${path}/${name}`, node: child });
    }
  }
  const byPath = (a: Place, b: Place): number => (a.path < b.path ? -1 : 1);
  return {
    binaries: binaries.sort(byPath),
    venvs: venvs.sort(byPath),
    condaPrefixes: condaPrefixes.sort(byPath),
    sites: sites.sort(byPath),
  };
}
