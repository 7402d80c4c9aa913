import type { Step } from '../dockerfile/stages.ts';
import { isBaseTree } from '../python/copied.ts';
import { chainOf, factsOf, finalFacts } from '../python/facts.ts';
import type { PythonStage } from '../python/model.ts';
import { optionOf } from '../python/options.ts';
import type { PackageCall } from '../python/packages.ts';
import { baseSeedOf, bytesOf, CONTAINED, COPIES, PACKAGES, PREFIX_OF_OFFICIAL, seedOf } from './sizes.ts';

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
 * The parts of the built stage's image that the model knows: what comes with environments, packages of Debian that belong to
 * Python, and what COPY doubles of a base Python. Packages that are installed from an index are not known, and the same before
 * and after a migration.
 */
export function estimateOf(stages: readonly PythonStage[]): SizeEstimate {
  const final = finalFacts(stages);
  if (final === undefined) return { parts: [], total: 0 };
  const parts = [...environmentParts(final), ...packageParts(final), ...copyParts(final, stages)];
  return { parts, total: parts.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** What comes with the environments that stand in the stage that is built. */
export function environmentParts(final: PythonStage): Part[] {
  // One that is made anew at the same place takes the place of the other.
  const last = new Map(final.known.filter(({ kind }) => kind !== 'base-image').map((one) => [one.path.text, one]));
  return [...last.values()].map(({ path, kind, hasPip, python, original, call }) => {
    // Made in a RUN with PATH set already it is not followed: then it is the image's own.
    const isDistributions = (python?.kind ?? final.base?.python) === 'distribution';
    const version =
      python?.version ?? (isDistributions ? final.base?.distribution?.python : final.base?.officialVersion);
    const copies = call?.words.some(({ value }) => value === '--copies') ? COPIES : 0;
    return {
      what: `${path.text}: ${hasPip ? 'pip and what else comes with a new environment' : 'links and scripts; it has no pip'}`,
      bytes: seedOf(original?.kind ?? kind, hasPip, version, isDistributions) + copies,
    };
  });
}

/** Packages of Debian and Ubuntu that belong to Python or to building it, with what they recommend. */
export function packageParts(final: PythonStage): PackagePart[] {
  const installed = new Map<string, PackagePart & { readonly step: Step }>();
  for (const stage of chainOf(final)) {
    const { packages, base } = stage;
    if (base?.distribution?.name !== 'debian' && base?.distribution?.name !== 'ubuntu') continue;
    // The official image that is not slim has compilers and headers already.
    const isFull = base.python === 'official' && base.hasDistributionPython === true;
    for (const call of packages) {
      const isLean = takesNoRecommends(call, stage);
      for (const { name } of call.packages) {
        const known = Object.hasOwn(PACKAGES, name) ? PACKAGES[name] : undefined;
        // Gone in the RUN that brought it, or still in its layer.
        if (call.action === 'remove' && installed.get(name)?.step === call.call.step) installed.delete(name);
        if (known === undefined || call.action !== 'install' || (isFull && known.isForBuilding)) continue;
        const bytes = bytesOf(known.bytes, base.distribution.python);
        const recommended = isLean || isFull ? 0 : bytesOf(known.recommended ?? 0, base.distribution.python);
        installed.set(name, {
          what: recommended > 0 ? `${name} with what it recommends` : name,
          bytes: bytes + recommended,
          spare: known.isForBuilding ? bytes : recommended,
          step: call.call.step,
        });
      }
    }
  }
  return [...installed]
    .filter(([name]) => !(CONTAINED[name] ?? []).some((whole) => contains(installed.get(whole), whole)))
    .map(([, { what, bytes, spare }]) => ({ what, bytes, spare }));
}

/** python3-pip holds a compiler only with what it recommends. */
function contains(part: PackagePart | undefined, name: string): boolean {
  return part !== undefined && (name !== 'python3-pip' || part.spare > 0);
}

function takesNoRecommends({ line }: PackageCall, stage: PythonStage): boolean {
  const isOff = (text: string) => /Install-Recommends["']?[ =]+["']?(?:false|0|no)\b/i.test(text);
  return (
    optionOf(line, 'no-install-recommends') !== undefined ||
    line.options.some(({ value }) => value !== undefined && isOff(value)) ||
    chainOf(stage).some(({ writes }) =>
      writes.some(({ path, lines }) => path.text.startsWith('/etc/apt/') && lines.some(({ text }) => isOff(text))),
    )
  );
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
        const isAll = !/-packages(?:\/?|\/\*|\/\.)$/.test(path.text);
        if (!isOfficial) return [];
        return isAll
          ? [{ what: `${arg.text}: the whole Python, a second time`, bytes: PREFIX_OF_OFFICIAL }]
          : [
              {
                what: `${arg.text}: what the base has in it, a second time`,
                bytes: baseSeedOf(source.base?.officialVersion),
              },
            ];
      });
    }),
  );
}
