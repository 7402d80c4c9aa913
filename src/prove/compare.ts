import type { ImageFinding } from '../engine/image.ts';
import type { Activation, Way } from '../image/activation.ts';
import type { Inspection } from '../image/inspect.ts';

/** An image that was built, and what rules find in it. */
export interface Built {
  readonly inspection: Inspection;
  readonly findings: readonly ImageFinding[];
}

/** A program that somebody found in one image and does not find in the other. */
export interface LostProgram {
  readonly how: Way;
  readonly name: string;
}

/** What is different in the image of the mended file. */
export interface Comparison {
  /** Findings of images that are gone, and those that are new, by rule and path. */
  readonly gone: readonly ImageFinding[];
  readonly added: readonly ImageFinding[];
  readonly lost: readonly LostProgram[];
  /** Bytes of all layers. */
  readonly size: { readonly before: number; readonly after: number };
}

/** Compares the images of a file as it is and as it is mended. Base layers are told by their digests: both have them. */
export function compare(before: Built, after: Built): Comparison {
  const key = ({ rule, path }: ImageFinding) => `${rule.id} ${path ?? ''}`;
  const keysBefore = new Set(before.findings.map(key));
  const keysAfter = new Set(after.findings.map(key));
  return {
    gone: before.findings.filter((finding) => !keysAfter.has(key(finding))),
    added: after.findings.filter((finding) => !keysBefore.has(key(finding))),
    lost: lostPrograms(before.inspection, after.inspection),
    size: { before: before.inspection.total, after: after.inspection.total },
  };
}

function lostPrograms(before: Inspection, after: Inspection): LostProgram[] {
  const base = sharedLayers(before, after);
  return before.model.activations.flatMap((row) => {
    const now = after.model.activations.find(({ how }) => how === row.how);
    // What only running would tell is no loss.
    if (row.path === undefined || (now !== undefined && now.path === undefined)) return [];
    const found = programsOf(before, row, base);
    const left = now === undefined ? new Set<string>() : programsOf(after, now, 0);
    return [...found].filter((name) => !left.has(name)).map((name) => ({ how: row.how, name }));
  });
}

/** How many of the lowest layers are the same. */
function sharedLayers(before: Inspection, after: Inspection): number {
  const index = before.layers.findIndex(({ diffId }, at) => diffId !== after.layers[at]?.diffId);
  return index === -1 ? before.layers.length : index;
}

/** Programs that PATH leads to in a way, of those that layers from `from` on have brought. */
function programsOf({ model: { files } }: Inspection, { path, user }: Activation, from: number): Set<string> {
  const names = new Set<string>();
  for (const directory of (path ?? '').split(':')) {
    if (!directory.startsWith('/')) continue;
    for (const name of files.list(directory)) {
      const file = `${directory}/${name}`;
      const inode = files.find(file)?.inode;
      if (inode !== undefined && inode.layer >= from && files.access(file, 'execute', user).isAllowed) names.add(name);
    }
  }
  return names;
}
