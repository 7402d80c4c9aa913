import type { DockerfileModel } from '../engine/model.ts';
import type { Saving } from '../engine/rule.ts';
import type { Inspection } from '../image/inspect.ts';
import { finalFacts } from '../python/facts.ts';
import { copyParts, environmentParts, type Part, packageParts } from './size-estimate.ts';

/** Bytes that mending takes off the image: as an image shows them, else by the model; undefined where neither tells. */
export function gainOf(
  saving: Saving | undefined,
  { python: { stages } }: DockerfileModel,
  image: Inspection | undefined,
): number | undefined {
  const final = finalFacts(stages);
  if (saving === undefined || final === undefined) return undefined;
  switch (saving) {
    case 'metadata':
    case 'deleted':
      return image?.byCause[saving];
    case 'installer-caches':
    case 'conda-caches':
    case 'package-caches':
      return image && sum(image.litter.filter(({ kind }) => CACHES[saving].test(kind)).map(({ size }) => size));
    case 'packages':
      return sumOf(
        packageParts(final)
          .filter(({ spare }) => spare > 0)
          .map(({ what, spare }) => ({ what, bytes: spare })),
      );
    case 'copies':
      return sumOf(copyParts(final, stages));
    case 'seed':
      return sumOf(environmentParts(final).filter(({ bytes }) => bytes > 1_000_000));
  }
}

/** Kinds of litter. */
const CACHES = {
  'installer-caches': /^(?:pip|uv|Poetry) cache$/,
  'conda-caches': /^conda packages$/,
  'package-caches': /^(?:apt|apk|dnf) /,
} as const;

function sumOf(parts: readonly Part[]): number | undefined {
  return parts.length === 0 ? undefined : sum(parts.map(({ bytes }) => bytes));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
