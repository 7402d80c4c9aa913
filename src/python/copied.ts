import { isInside } from '../dockerfile/stages.ts';
import type { CopyFacts } from './copies.ts';
import { chainOf, changesPackages, factsOf, isKept } from './facts.ts';
import type { Interpreter, PythonEnvironment, PythonStage, Target } from './model.ts';
import { bringsPython3, needsPython } from './packages.ts';

/** Whether a stage certainly lacks the Python that an environment copied into it starts. Where anything is unknown: no. */
export function lacksInterpreter({ kind, path }: Interpreter, stage: PythonStage): boolean {
  const { base } = stage;
  if (base?.python === undefined || base.python === 'own') return false;
  switch (kind) {
    case 'official':
      return base.python !== 'official' && !stage.isUncertain;
    case 'distribution':
      return base.hasDistributionPython === false && !stage.isUncertain && !mayBringPython(stage);
    case 'uv':
      return path !== undefined && stage.managed === undefined && !isCopied(path, stage);
    case 'conda':
      return path !== undefined && base.python !== 'conda' && !isCopied(path, stage) && !stage.isUncertain;
    default:
      return false;
  }
}

function mayBringPython(stage: PythonStage): boolean {
  return chainOf(stage).some(
    ({ packages, opaque }) =>
      opaque.length > 0 ||
      packages.some(
        ({ action, packages: names }) =>
          action === 'install' &&
          names.some(({ name }) => bringsPython3(name) || needsPython(name) || name.includes('$')),
      ),
  );
}

/** Something is copied to that path, above it or below it. */
function isCopied(path: string, stage: PythonStage): boolean {
  return chainOf(stage).some(({ copies }) =>
    copies.some(
      ({ target, from, isFromImage }) =>
        (from !== undefined || isFromImage) &&
        (!target.known || isInside(path, target.text) || isInside(target.text, path)),
    ),
  );
}

/** The C library of a stage's distribution. */
export function libcOf({ base }: PythonStage): 'musl' | 'glibc' | undefined {
  const name = base?.distribution?.name;
  return name === undefined ? undefined : name === 'alpine' ? 'musl' : name === 'void' ? undefined : 'glibc';
}

/** The directory that an interpreter's packages are installed to: `…/site-packages`, `…/dist-packages`. */
const SITE_PACKAGES =
  /^\/(?:usr(?:\/local)?|opt\/conda)\/lib(?:64)?\/python3[\w.*]*(?:\/(?:site|dist)-packages)?(?:\/?|\/\*|\/\.)$/;

/** Whether a COPY from a stage takes the packages of its base Python from that path: site-packages, or all of /usr/local. */
export function isBaseTree(path: string, { target }: CopyFacts, source: PythonStage): boolean {
  if (SITE_PACKAGES.test(path)) return true;
  if (!/^\/usr\/local(?:\/lib)?$/.test(path) || !target.text.startsWith('/usr/local')) return false;
  return source.installs.some((install) => install.target.kind === 'base' && changesPackages(install));
}

/** Whether a path is, or lies in, what `pip install --user` fills in some home. */
export function isUserBase(path: string): boolean {
  return /\/\.local(?:\/(?:bin|lib.*))?$/.test(path);
}

/** An environment or a base's packages that a COPY takes from another stage. */
export interface CopiedPackages {
  readonly copy: CopyFacts;
  readonly source: CopyFacts['sources'][number];
  readonly environment: PythonEnvironment | undefined;
  /** A directory that `--target` or `--prefix` names. */
  readonly isFilled: boolean;
}

/** Everything with Python packages that COPY brings into a stage from other stages, one for each source. */
export function copiedPackages({ copies, environments }: PythonStage, all: readonly PythonStage[]): CopiedPackages[] {
  return copies.flatMap((copy) => {
    if (copy.from === undefined) return [];
    const installs = factsOf(copy.from, all)?.installs ?? [];
    return copy.sources.flatMap((source) => {
      const environment = environments.find(({ copiedBy }) => copiedBy?.source === source.arg);
      // What `pip install --target DIR` or `--prefix DIR` filled.
      const isFilled = installs.some(
        ({ target }) =>
          target.kind === 'directory' &&
          target.path.known &&
          source.path.text === target.path.text.replace(/(?<=.)\/$/, ''),
      );
      return environment !== undefined || isFilled || SITE_PACKAGES.test(source.path.text)
        ? [{ copy, source, environment, isFilled }]
        : [];
    });
  });
}

/** The file of the build context that stands at a path of the stage, before `order`; undefined where none certainly does. */
export function contextPath(path: string, copies: readonly CopyFacts[], order: number): string | undefined {
  for (const { from, isFromImage, sources, target, targetArg, order: at } of copies.toReversed()) {
    if (at > order || from !== undefined || isFromImage || !target.known || !isInside(path, target.text)) continue;
    for (const { path: source, arg } of sources) {
      if (!source.known || /[*?[]/.test(arg.text) || /^\w+:\/\//.test(arg.text)) continue;
      const name = source.text.slice(source.text.lastIndexOf('/') + 1);
      const isFile = path.endsWith(`/${name}`) && name !== '';
      const isRenamed = path === target.text && sources.length === 1 && !targetArg.text.endsWith('/');
      if (isRenamed || (isFile && path === `${target.text === '/' ? '' : target.text}/${name}`))
        return source.text.slice(1);
      const below = path.slice(target.text === '/' ? 0 : target.text.length);
      if (!isFile && !/\.\w+$/.test(name)) return `${source.text === '/' ? '' : source.text}${below}`.slice(1);
    }
  }
  return undefined;
}

/** Whether what an install of a stage fills is in the image: the stage is kept, or the environment is copied into one that is. */
export function isInImage(target: Target, stage: PythonStage, all: readonly PythonStage[]): boolean {
  if (isKept(stage)) return true;
  if (target.kind !== 'environment' || !target.path.known) return false;
  const { text } = target.path;
  return all.some(
    (other) =>
      isKept(other) &&
      other.environments.some(
        ({ original }) =>
          original?.path.text === text && chainOf(stage).some((above) => above.stage === original.stage),
      ),
  );
}
