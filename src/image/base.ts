import type { HistoryEntry } from './config.ts';

/**
 * How many of the lowest layers are the base image's, guessed as other tools guess it (trivy, guessBaseImageIndex): base images
 * end with CMD, and what is built on them begins behind it. One that comes again at the end is the author's own. 0 where no
 * CMD stands between layers.
 */
export function guessBaseLayers(history: readonly HistoryEntry[], layers: number): number {
  const steps = history.filter(({ isEmptyLayer }) => !isEmptyLayer);
  if (steps.length !== layers) return 0;
  const lastContent = history.findLastIndex(({ isEmptyLayer }) => !isEmptyLayer);
  const isCommand = ({ isEmptyLayer, createdBy }: HistoryEntry): boolean =>
    isEmptyLayer && /^(?:\/bin\/sh -c #\(nop\)\s+)?CMD\b/.test(createdBy ?? '');
  const last = history.slice(lastContent + 1).filter(isCommand);
  const end = history
    .slice(0, Math.max(lastContent, 0))
    .findLastIndex((entry) => isCommand(entry) && !last.some(({ createdBy }) => createdBy === entry.createdBy));
  return history.slice(0, end + 1).filter(({ isEmptyLayer }) => !isEmptyLayer).length;
}
