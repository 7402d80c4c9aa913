import { type FileSystem, textOf } from '../file-system.ts';
import { contentOf } from '../litter.ts';
import type { Interpreter } from './interpreters.ts';
import type { Place, Survey } from './survey.ts';

/** An environment of its own: a venv however it was made (PEP 405), or a prefix of conda. */
export interface ImageEnvironment {
  readonly path: string;
  readonly kind: 'venv' | 'virtualenv' | 'uv' | 'conda';
  /** Where it was made, as its files say; undefined where none does. */
  readonly createdAt: string | undefined;
  /** Its scripts find their Python wherever it is moved (`uv venv --relocatable`). */
  readonly isRelocatable: boolean;
  /** The interpreter that its python leads to; undefined where that is not in the image. */
  readonly interpreter: Interpreter | undefined;
  /** Where its python leads to, whether that is there or not. */
  readonly target: string | undefined;
  /** Major and minor, as its own files say. */
  readonly version: string | undefined;
  /** Sees the packages of its interpreter (`include-system-site-packages`). */
  readonly seesBase: boolean;
  /** Bytes of all files below it. */
  readonly size: number;
  /** Layer that brought `pyvenv.cfg` or `conda-meta`. */
  readonly layer: number;
}

/** The environments of an image, in the order of their paths. */
export function environmentsOf(
  files: FileSystem,
  survey: Survey,
  interpreters: readonly Interpreter[],
): ImageEnvironment[] {
  const venvs = survey.venvs.flatMap((place) => venvOf(files, place, interpreters) ?? []);
  const conda = survey.condaPrefixes.flatMap(({ path, node }): ImageEnvironment[] => {
    const interpreter = interpreters.find(({ prefix }) => prefix === path);
    return [
      {
        path,
        kind: 'conda',
        createdAt: undefined,
        isRelocatable: false,
        interpreter,
        target: interpreter?.path,
        version: interpreter?.version,
        seesBase: false,
        size: contentOf(node).size,
        layer: node.children?.get('conda-meta')?.inode.layer ?? node.inode.layer,
      },
    ];
  });
  return [...venvs, ...conda].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function venvOf(
  files: FileSystem,
  { path, node }: Place,
  interpreters: readonly Interpreter[],
): ImageEnvironment | undefined {
  const config = files.find(`${path}/pyvenv.cfg`)?.inode;
  const bin = `${path}/bin`;
  if (config === undefined || !files.isDirectory(bin)) return undefined;
  const keys = keysOf(textOf(config) ?? '');
  const python = files.list(bin).find((name) => name === 'python' || name === 'python3');
  const target = python === undefined ? undefined : files.resolve(`${bin}/${python}`);
  // A copy of the interpreter (`--copies`) stands in the venv itself; what it is a copy of, the configuration says.
  const isCopy = target?.path.startsWith(`${path}/`) === true && target.node !== undefined;
  const base = isCopy ? (keys.get('executable') ?? keys.get('base-executable') ?? keys.get('home')) : target?.path;
  const real = base === undefined ? undefined : files.resolve(base).path;
  const version = /^\d+\.\d+/.exec(keys.get('version') ?? keys.get('version_info') ?? '')?.[0];
  const inode = real === undefined ? undefined : files.find(real)?.inode;
  const interpreter =
    interpreters.find((one) => one.path === real || (inode !== undefined && files.find(one.path)?.inode === inode)) ??
    interpreters.find((one) => isCopy && `${one.prefix}/bin` === base && one.version === version);
  return {
    path,
    kind: keys.has('virtualenv') ? 'virtualenv' : keys.has('uv') ? 'uv' : 'venv',
    createdAt: createdAt(files, path, keys),
    isRelocatable: keys.get('relocatable') === 'true',
    interpreter,
    target: base,
    version,
    seesBase: keys.get('include-system-site-packages') === 'true',
    size: contentOf(node).size,
    layer: firstLayer(files, `${path}/pyvenv.cfg`, config.layer),
  };
}

/** The layer that brought a file, where later ones have only changed its owner or mode. */
function firstLayer({ tree }: FileSystem, path: string, layer: number): number {
  const copies = tree.waste.filter((waste) => waste.path === path && waste.cause === 'metadata');
  return Math.min(layer, ...copies.map(({ writtenBy }) => writtenBy));
}

/** `key = value` a line, as site.py reads it. */
function keysOf(text: string): Map<string, string> {
  const keys = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const equals = line.indexOf('=');
    if (equals !== -1) keys.set(line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1).trim());
  }
  return keys;
}

/** Python writes the command since 3.11; `activate` and pip's script have the place in them always. */
function createdAt(files: FileSystem, path: string, keys: ReadonlyMap<string, string>): string | undefined {
  const command = / -m venv (?:--\S+ )*(\/.*)$/.exec(keys.get('command') ?? '')?.[1];
  if (command !== undefined) return command;
  const activate = /^\s*(?:export )?VIRTUAL_ENV=(["']?)(\/[^"'\n]*)\1\s*$/m.exec(
    files.text(`${path}/bin/activate`) ?? '',
  )?.[2];
  if (activate !== undefined) return activate;
  for (const name of files.list(`${path}/bin`).filter((script) => script.startsWith('pip'))) {
    const head = files.find(`${path}/bin/${name}`)?.inode.body?.toString('utf8') ?? '';
    const shebang = /^#!(\/.*)\/bin\/python[\d.]*\s*$/m.exec(head.split('\n')[0] ?? '')?.[1];
    if (shebang !== undefined) return shebang;
  }
  return undefined;
}
