import { isBaseTree } from '../python/copied.ts';
import { chainOf, factsOf } from '../python/facts.ts';
import type { PythonEnvironment, PythonStage } from '../python/model.ts';
import { optionOf } from '../python/options.ts';
import { BASE_SEED, bytesOf, PACKAGES, PREFIX_OF_OFFICIAL, seedOf } from './sizes.ts';

/** Something with a known weight that a Dockerfile puts into its image. Bytes of unpacked files. */
export interface Part {
  readonly what: string;
  readonly bytes: number;
}

export interface PackagePart extends Part {
  /** Bytes of it that only a build needs, or that come along by recommendation. */
  readonly spare: number;
}

/** What is known of the weight of an image beside its application; the sum says nothing of what is not known. */
export interface SizeEstimate {
  readonly parts: readonly Part[];
  readonly total: number;
}

/**
 * The parts of the last stage's image that the model knows: what comes with environments, packages of Debian that belong to
 * Python, and what COPY doubles of a base Python. Packages that are installed from an index are not known, and the same before
 * and after a migration.
 */
export function estimateOf(stages: readonly PythonStage[]): SizeEstimate {
  const final = stages.at(-1);
  if (final === undefined) return { parts: [], total: 0 };
  const parts = [...environmentParts(final), ...packageParts(final), ...copyParts(final, stages)];
  return { parts, total: parts.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** What comes with the environments that stand in the last stage. */
export function environmentParts(final: PythonStage): Part[] {
  return final.known
    .filter(({ kind }) => kind !== 'base-image')
    .map((environment) => {
      const { path, kind, hasPip, python } = environment;
      // Made in a RUN with PATH set already it is not followed: then it is the image's own.
      const isDistributions = (python?.kind ?? final.base?.python) === 'distribution';
      const version =
        python?.version ?? (isDistributions ? final.base?.distribution?.python : final.base?.officialVersion);
      return {
        what: `${path.text}: ${hasPip ? 'pip and what else comes with a new environment' : 'links and scripts; it has no pip'}`,
        bytes: seedOf(kindOf(environment, kind), hasPip, version, isDistributions),
      };
    });
}

function kindOf({ original }: PythonEnvironment, kind: string): string {
  return original?.kind ?? kind;
}

/** Packages of Debian and Ubuntu that belong to Python or to building it, with what they recommend. */
export function packageParts(final: PythonStage): PackagePart[] {
  const installed = new Map<string, PackagePart>();
  const removed = new Set<string>();
  for (const { packages, base } of chainOf(final)) {
    if (base?.distribution?.name !== 'debian' && base?.distribution?.name !== 'ubuntu') continue;
    for (const { action, packages: names, line } of packages) {
      const isLean = optionOf(line, 'no-install-recommends') !== undefined;
      for (const { name } of names) {
        const known = Object.hasOwn(PACKAGES, name) ? PACKAGES[name] : undefined;
        if (action === 'remove') removed.add(name);
        if (known === undefined || action !== 'install') continue;
        const bytes = bytesOf(known, base?.distribution?.python);
        const { recommended = 0, isForBuilding = false } = known;
        const withRest = !isLean && recommended > 0;
        installed.set(name, {
          what: withRest ? `${name} with what it recommends` : name,
          bytes: withRest ? bytes + recommended : bytes,
          spare: isForBuilding ? bytes : withRest ? recommended : 0,
        });
      }
    }
  }
  return [...installed].filter(([name]) => !removed.has(name)).map(([, part]) => part);
}

/** COPY of a base Python's tree over another: what stands in both is in two layers. */
export function copyParts(final: PythonStage, stages: readonly PythonStage[]): Part[] {
  return chainOf(final).flatMap((stage) =>
    stage.copies.flatMap((copy) => {
      const source = factsOf(copy.from, stages);
      if (source === undefined) return [];
      return copy.sources.flatMap(({ path, arg }): Part[] => {
        if (!isBaseTree(path.text, copy, source)) return [];
        const isOfficial = source.base?.python === 'official';
        const isAll = /^\/usr\/local(?:\/lib)?\/?$/.test(path.text);
        if (!isOfficial) return [];
        return isAll
          ? [{ what: `${arg.text}: the whole Python, a second time`, bytes: PREFIX_OF_OFFICIAL }]
          : [{ what: `${arg.text}: pip and setuptools of the base, a second time`, bytes: BASE_SEED }];
      });
    }),
  );
}
