import type { HistoryEntry } from './config.ts';

/** Which step made which layer, as far as the history can be believed. */
export interface AlignedHistory {
  /** By layer; undefined where it is not known. */
  readonly createdBy: readonly (string | undefined)[];
  /** Why nothing is known, for the report. */
  readonly note: string | undefined;
}

/**
 * Gives each layer the step that made it. History is optional and builders that squash leave more or fewer steps than layers;
 * then nothing is guessed.
 */
export function alignHistory(history: readonly HistoryEntry[], layers: number): AlignedHistory {
  const steps = history.filter(({ isEmptyLayer }) => !isEmptyLayer);
  if (steps.length === layers)
    return { createdBy: steps.map(({ createdBy, comment }) => createdBy ?? comment), note: undefined };
  const createdBy = Array<undefined>(layers).fill(undefined);
  if (history.length === 0)
    return { createdBy, note: 'the image has no history: which instruction made which layer is not known' };
  return {
    createdBy,
    note: `the history has ${steps.length} steps with content for ${layers} ${layers === 1 ? 'layer' : 'layers'}: which instruction made which is not known`,
  };
}

/** A step as a Dockerfile has it: without the shell, build arguments and marks that builders add. */
export function instructionOf(createdBy: string): string {
  const text = createdBy
    .replace(/\s*# buildkit$/, '')
    .replace(/\s+/g, ' ')
    .trim();
  const nop = /^\/bin\/sh -c #\(nop\)\s+(.*)$/s.exec(text)?.[1];
  if (nop !== undefined) return nop;
  const run =
    /^(?:RUN )?(?:\|\d+ .*?)?(?:\/(?:usr\/)?bin\/)?(?:ba|da|a)?sh(?: -\w*o pipefail| -\w+)*? -\w*c (.*)$/s.exec(
      text,
    )?.[1];
  return run === undefined ? text : `RUN ${run}`;
}
