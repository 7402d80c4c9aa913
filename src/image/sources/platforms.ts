import { arch } from 'node:process';

/** Whether a platform (`os/architecture[/variant]`) is the wanted one; without a variant any is. */
function isPlatform(platform: string | undefined, wanted: string): boolean {
  return `${platform}/`.startsWith(`${wanted}/`);
}

/**
 * Which of several platforms are meant, by their indexes: the wanted one, or else what engines here would run: Linux on this
 * machine's architecture, then on amd64. Empty where none fits.
 */
export function fitting(platforms: readonly (string | undefined)[], wanted: string | undefined): number[] {
  const candidates = wanted === undefined ? [`linux/${arch === 'x64' ? 'amd64' : arch}`, 'linux/amd64'] : [wanted];
  for (const candidate of candidates) {
    const found = [...platforms.keys()].filter((at) => isPlatform(platforms[at], candidate));
    if (found.length > 0) return found;
  }
  return [];
}
