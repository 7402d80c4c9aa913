import { arch } from 'node:process';

/** Node's names of architectures where the image specification has others (GOARCH). */
const NAMES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** Variants that are the same as none (containerd, platforms.Normalize). */
const DEFAULTS = new Set(['arm64/v8', 'amd64/v1', 'arm/v7']);

function normalized(platform: string | undefined): string {
  const [os = '', architecture = '', variant] = (platform ?? '').split('/');
  return variant === undefined || DEFAULTS.has(`${architecture}/${variant}`)
    ? `${os}/${architecture}`
    : `${os}/${architecture}/${variant}`;
}

/**
 * Which of several platforms are meant, by their indexes: the wanted one, or else what engines here would run: Linux on this
 * machine's architecture, then on amd64. One that is exactly so goes before its variants. Empty where none fits.
 */
export function fitting(platforms: readonly (string | undefined)[], wanted: string | undefined): number[] {
  const candidates = wanted === undefined ? [`linux/${NAMES[arch] ?? arch}`, 'linux/amd64'] : [normalized(wanted)];
  const known = platforms.map(normalized);
  for (const candidate of candidates) {
    const exact = [...known.keys()].filter((at) => known[at] === candidate);
    const found = exact.length > 0 ? exact : [...known.keys()].filter((at) => known[at]?.startsWith(`${candidate}/`));
    if (found.length > 0) return found;
  }
  return [];
}
