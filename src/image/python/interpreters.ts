import { createHash } from 'node:crypto';
import type { FileSystem } from '../file-system.ts';
import type { Packages } from '../packages/databases.ts';
import type { Survey } from './survey.ts';

/** Who a Python comes from; the words are those of the Dockerfile's side where both know it. */
export type InterpreterKind =
  | 'distribution'
  | 'official'
  | 'uv'
  | 'pyenv'
  | 'conda'
  | 'spack'
  | 'nix'
  | 'homebrew'
  | 'other';

/** `EXTERNALLY-MANAGED` (PEP 668) of an interpreter. */
export interface Marker {
  readonly path: string;
  /**
   * `intact`: there, and as packaged where a package has it. `edited`: there, but not as packaged. `removed`: a package or a
   * lower layer has it, and it is gone. `suppressed`: the package manager is configured not to unpack it. `absent`: nobody
   * says that it ever was there.
   */
  readonly state: 'intact' | 'edited' | 'removed' | 'suppressed' | 'absent';
  readonly owner: string | undefined;
  /** The layer that removed or edited it, or whose configuration suppresses it, where one is known. */
  readonly changedBy: number | undefined;
  /** What tells of a removal: a whiteout, or the package database alone, where package and removal share a layer. */
  readonly evidence: 'whiteout' | 'database' | undefined;
}

export interface Interpreter {
  /** The file that runs, no link left. */
  readonly path: string;
  /** Major and minor. */
  readonly version: string;
  readonly prefix: string;
  readonly stdlib: string;
  readonly kind: InterpreterKind;
  readonly owner: string | undefined;
  readonly marker: Marker;
  /** Layer that brought the file. */
  readonly layer: number;
}

const KINDS: readonly (readonly [RegExp, InterpreterKind])[] = [
  [/\/cpython-\d[^/]*$/, 'uv'],
  [/\/\.?pyenv\/versions\/[^/]+$/, 'pyenv'],
  [/^\/nix\/store\//, 'nix'],
  [/\/Cellar\/python@[^/]+\//, 'homebrew'],
];

/** The interpreters of an image, in the order of their paths. Copies in venvs and scripts that choose one (shims) are none. */
export function interpretersOf(files: FileSystem, survey: Survey, packages: Packages): Interpreter[] {
  const venvs = new Set(survey.venvs.map(({ path }) => path));
  const conda = new Set(survey.condaPrefixes.map(({ path }) => path));
  return survey.binaries.flatMap(({ path, node }) => {
    const directory = parentOf(path);
    const prefix = /\/s?bin$/.test(directory) ? parentOf(directory) : directory;
    const { body, mode, type, layer } = node.inode;
    if (type !== '0' || (mode & 0o111) === 0 || venvs.has(prefix) || body?.toString('latin1', 0, 2) === '#!') return [];
    const version = path.slice(path.lastIndexOf('python') + 'python'.length).replace(/t$/, '');
    const stdlib = stdlibOf(files, prefix, path.slice(path.lastIndexOf('/') + 1));
    const owner = packages.owner(path)?.package;
    const known = KINDS.find(([pattern]) => pattern.test(prefix))?.[1];
    const kind =
      known ??
      (conda.has(prefix)
        ? 'conda'
        : files.isDirectory(join(prefix, '.spack'))
          ? 'spack'
          : owner !== undefined || prefix === '/usr'
            ? 'distribution'
            : prefix === '/usr/local'
              ? 'official'
              : 'other');
    return [
      {
        path,
        version,
        prefix,
        stdlib,
        kind,
        owner,
        layer,
        marker: markerOf(files, packages, `${stdlib}/EXTERNALLY-MANAGED`),
      },
    ];
  });
}

/** Where a prefix has its standard library; `lib64` on Fedora and its relatives. */
function stdlibOf(files: FileSystem, prefix: string, name: string): string {
  const candidates = ['lib64', 'lib'].map((lib) => join(prefix, `${lib}/${name}`));
  const isLibrary = (path: string): boolean =>
    files.find(`${path}/os.py`) !== undefined ||
    files.find(`${path}/os.pyc`) !== undefined ||
    files.isDirectory(`${path}/encodings`);
  return candidates.find(isLibrary) ?? join(prefix, `lib/${name}`);
}

function markerOf(files: FileSystem, packages: Packages, path: string): Marker {
  const packaged = packages.owner(path);
  const { node } = files.resolve(path);
  const found = { path, owner: packaged?.package };
  if (node !== undefined) {
    const { body, size, layer } = node.inode;
    const isWhole = size === 0 || body?.length === size;
    const digest = packaged?.digest;
    const isEdited =
      digest !== undefined &&
      isWhole &&
      createHash(digest.algorithm)
        .update(body ?? '')
        .digest('hex') !== digest.hex;
    return {
      ...found,
      state: isEdited ? 'edited' : 'intact',
      changedBy: isEdited ? layer : undefined,
      evidence: undefined,
    };
  }
  const policy = packaged?.database.suppressedBy(path);
  if (policy !== undefined)
    return { ...found, state: 'suppressed', changedBy: files.find(policy)?.inode.layer, evidence: undefined };
  // A directory that is gone as a whole takes its marker with it: there is nothing left to protect.
  const isStripped = !files.isDirectory(parentOf(path));
  const removal = files.tree.waste.findLast((waste) => waste.path === path && waste.cause !== 'overwritten');
  if (isStripped || (removal === undefined && packaged === undefined))
    return { ...found, state: 'absent', changedBy: undefined, evidence: undefined };
  if (removal !== undefined) return { ...found, state: 'removed', changedBy: removal.killedBy, evidence: 'whiteout' };
  // Databases in one file are written anew by every later install: a file of the library tells the layer then.
  const isShared = packaged?.database.kind === 'apk' || packaged?.database.kind === 'rpm';
  const sign = isShared ? `${parentOf(path)}/os.py` : packaged?.evidence;
  const brought = sign === undefined ? undefined : files.find(sign)?.inode.layer;
  return { ...found, state: 'removed', changedBy: brought, evidence: 'database' };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function join(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}
