/**
 * What things weigh, in bytes of unpacked files. docs/size.md says which figures were measured and which are rough.
 */

const MB = 1_000_000;

/** `python -m venv` with the pip (and setuptools, up to 3.11) that it brings, bytecode included, by minor version. */
const SEED_UPSTREAM: Readonly<Record<string, number>> = {
  '3.9': 16.1 * MB,
  '3.10': 19.1 * MB,
  '3.11': 23.1 * MB,
  '3.12': 14.3 * MB,
  '3.13': 11.4 * MB,
};
const SEED_DEBIAN: Readonly<Record<string, number>> = { '3.11': 21.6 * MB, '3.13': 10.3 * MB };

/** What a venv of its own brings beside what is installed into it. */
export function seedOf(kind: string, hasPip: boolean, version: string | undefined, isDistribution: boolean): number {
  if (kind === 'virtualenv') return hasPip ? 5 * MB : 17_000;
  if (!hasPip) return 43_000;
  const known =
    version === undefined
      ? undefined
      : ((isDistribution ? SEED_DEBIAN : undefined)?.[version] ?? SEED_UPSTREAM[version]);
  // Of later ones the last that was measured comes nearest.
  return known ?? (Number(version?.split('.')[1] ?? 13) < 9 ? 15 * MB : 11 * MB);
}

/** Bytes, or bytes beside each Python of the distribution where releases differ. */
type Figure = number | Readonly<Record<string, number>>;

/** What a package weighs. */
export interface PackageSize {
  /** With what it needs of others that are not there anyway. */
  readonly bytes: Figure;
  /** What it recommends comes on top. */
  readonly recommended?: Figure;
  /** Of no use to a program that runs. */
  readonly isForBuilding?: true;
}

/** Packages of Debian and Ubuntu that belong to Python, or to building for it. */
export const PACKAGES: Readonly<Record<string, PackageSize>> = {
  python3: { bytes: 24.3 * MB, recommended: 3 * MB },
  'python3-pip': {
    bytes: { '3.11': 21.2 * MB, '3.13': 13.7 * MB },
    recommended: { '3.11': 380 * MB, '3.13': 405 * MB },
  },
  'python3-venv': { bytes: { '3.11': 3 * MB, '3.13': 5.9 * MB } },
  'python3-full': { bytes: 102 * MB },
  'python3-dev': { bytes: 61 * MB, isForBuilding: true },
  'build-essential': { bytes: { '3.11': 266 * MB, '3.13': 336 * MB }, isForBuilding: true },
  gcc: { bytes: 180 * MB, isForBuilding: true },
  'g++': { bytes: 259 * MB, isForBuilding: true },
  pipx: { bytes: 8.8 * MB },
};

/** A figure beside that Python; where its release was not measured, that of the newest. */
export function bytesOf(figure: Figure, python: string | undefined): number {
  if (typeof figure === 'number') return figure;
  return (python === undefined ? undefined : figure[python]) ?? Object.values(figure).at(-1) ?? 0;
}

/** Packages that come with another one anyway. */
export const CONTAINED: Readonly<Record<string, readonly string[]>> = {
  gcc: ['g++', 'build-essential', 'python3-pip'],
  'g++': ['build-essential', 'python3-pip'],
  'build-essential': ['python3-pip'],
  'python3-dev': ['python3-pip'],
};

/** Three copies of Debian's interpreter, by `venv --copies`. */
export const COPIES = 20.5 * MB;

/** pip, and up to 3.11 setuptools, in site-packages of the official image, without bytecode. */
export function baseSeedOf(version: string | undefined): number {
  return Number(version?.split('.')[1] ?? 13) < 12 ? 9.5 * MB : 5 * MB;
}

/** /usr/local of the official image: rough, by public figures. */
export const PREFIX_OF_OFFICIAL = 45 * MB;
