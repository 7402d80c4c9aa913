import { guessBaseLayers } from './base.ts';
import { LayerEntries } from './entries.ts';
import { alignHistory, instructionOf } from './history.ts';
import { type Litter, litterOf } from './litter.ts';
import { modelOf } from './model.ts';
import type { Image } from './sources/open.ts';
import { type ImageSubject, subjectOf } from './subject.ts';
import { FileTree, type WasteCause } from './tree.ts';
import { groupWaste, type WasteGroup } from './waste.ts';

/** A layer for the report. Sizes in bytes; null where it was not read. */
export interface InspectedLayer {
  readonly index: number;
  readonly digest: string | undefined;
  readonly diffId: string | undefined;
  readonly mediaType: string | undefined;
  /** Sum of the file bodies. */
  readonly size: number | null;
  /** Of the blob as stored. */
  readonly compressedSize: number | undefined;
  readonly entries: number | null;
  /** As the history has it. */
  readonly createdBy: string | undefined;
  /** The instruction without what builders add. */
  readonly instruction: string | undefined;
  /** Bytes it wrote that the image no longer has. */
  readonly wasted: number | null;
  /** Why it was not read. */
  readonly note: string | undefined;
}

/** What is in an image and what is wasted. */
export interface Inspection {
  readonly image: Image;
  readonly layers: readonly InspectedLayer[];
  readonly total: number;
  readonly live: number;
  readonly wasted: number;
  /** Live bytes of all bytes, 0 to 1; 1 for an image without any. */
  readonly efficiency: number;
  readonly byCause: Readonly<Record<WasteCause, number>>;
  /** The largest first. */
  readonly waste: readonly WasteGroup[];
  readonly litter: readonly Litter[];
  readonly model: ImageSubject;
  readonly notes: readonly string[];
}

/**
 * Applies the layers of an image, adds up and reads what is in it; without `baseLayers` it is guessed how many the base image
 * has. Throws an ImageError for layers that no engine could unpack.
 */
export async function inspectImage(image: Image, baseLayers?: number): Promise<Inspection> {
  const tree = new FileTree();
  for (const { scanned } of image.layers) tree.apply(scanned?.entries ?? new LayerEntries());
  const history = alignHistory(image.config?.history ?? [], image.layers.length);
  const wastedBy = image.layers.map(() => 0);
  for (const { writtenBy, size } of tree.waste) wastedBy[writtenBy] = (wastedBy[writtenBy] ?? 0) + size;
  const layers = image.layers.map(({ spec, scanned, note }, index) => {
    const createdBy = history.createdBy[index];
    return {
      index,
      digest: scanned?.digest ?? spec?.digest,
      diffId: scanned?.diffId ?? spec?.diffId,
      mediaType: spec?.mediaType,
      size: scanned?.entries.size ?? null,
      compressedSize: scanned?.storedSize ?? spec?.storedSize,
      entries: scanned?.entries.length ?? null,
      createdBy,
      instruction: createdBy === undefined ? undefined : instructionOf(createdBy),
      wasted: scanned === undefined ? null : (wastedBy[index] ?? 0),
      note,
    };
  });
  const byCause = { deleted: 0, overwritten: 0, metadata: 0, opaque: 0 };
  for (const { cause, size } of tree.waste) byCause[cause] += size;
  const live = tree.liveSize;
  const base = baseLayers ?? guessBaseLayers(image.config?.history ?? [], image.layers.length);
  const model = subjectOf(await modelOf(tree, image.config), image.config, tree.waste, base);
  return {
    image,
    layers,
    total: tree.total,
    live,
    wasted: sum(Object.values(byCause)),
    efficiency: tree.total === 0 ? 1 : live / tree.total,
    byCause,
    waste: groupWaste(tree),
    litter: litterOf(tree),
    model,
    notes: [
      ...image.notes,
      ...model.packages.notes,
      ...(image.config !== undefined && history.note !== undefined ? [history.note] : []),
      ...image.layers.flatMap(({ scanned }, index) =>
        image.source === 'rootfs' ? [] : (scanned?.notes.map((note) => `layer ${index}: ${note}`) ?? []),
      ),
    ],
  };
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
