import { DEFAULT_PATH } from '../dockerfile/environment.ts';
import type { Lookup } from '../dockerfile/expand.ts';
import type { ImageReference } from '../dockerfile/image-reference.ts';
import type { BaseKnowledge } from '../dockerfile/stages.ts';
import { bases } from './bases.generated.ts';

/** `unknown` where no fact says either; rules then say less. */
export type Marker = 'yes' | 'no' | 'unknown';

/** How the distribution's own Python is laid out and guarded. */
export interface DistributionFacts {
  readonly name: string;
  readonly sh: 'dash' | 'ash' | 'bash' | undefined;
  readonly layout: 'split' | 'shared' | 'dnf' | undefined;
  readonly marker: Marker;
  /** Minor version of `python3`, such as `3.11`. */
  readonly python: string | undefined;
  /** Its own pip is older than 23.0.1, which brought `--break-system-packages`. */
  readonly hasOldPip: boolean;
  /** What a login shell does to PATH: /etc/profile sets it anew, or adds to it. */
  readonly login: 'resets' | 'keeps' | undefined;
  /** sudo's secure_path, where it is not upstream's. */
  readonly securePath: string | undefined;
  /** Place in the order of its releases, older first; undefined for one that is not known. */
  readonly release: number | undefined;
}

/** What `pip` and `python3` mean in the image as it comes. */
export type DefaultPython = 'distribution' | 'official' | 'own' | 'conda' | 'environment' | 'none';

/** What is known of an image that FROM names. */
export interface BaseFacts extends BaseKnowledge {
  readonly distribution: DistributionFacts | undefined;
  readonly python: DefaultPython | undefined;
  /** Minor version of the official Python in /usr/local. */
  readonly officialVersion: string | undefined;
  readonly environments: readonly string[];
  /** Whether the distribution's own python3 stands in the image as it comes. */
  readonly hasDistributionPython: boolean | undefined;
  /** Where conda stands, for images that bring it. */
  readonly condaPrefix: string | undefined;
  /** The image is meant to be filled by installing into conda's base environment. */
  readonly isCondaBaseMeant: boolean;
  /** The image is meant to be filled by installing into the distribution's Python. */
  readonly isSystemPythonMeant: boolean;
  /** Made for users that nobody knows beforehand: OpenShift assigns a UID, the group is 0. */
  readonly isForArbitraryUsers: boolean;
}

interface Release {
  readonly tags: readonly string[];
  readonly marker?: string;
  readonly python?: string;
  readonly pip?: string;
}

interface DistributionEntry {
  readonly sh?: string;
  readonly layout?: string;
  readonly login?: string;
  readonly securePath?: string;
  readonly releases?: readonly Release[];
}

interface ImageEntry {
  readonly names: readonly string[];
  readonly tag?: string;
  readonly distribution?: string;
  readonly release?: string;
  readonly python?: string;
  readonly python3?: string;
  readonly environments?: readonly string[];
  readonly conda?: string;
  readonly condaBase?: string;
  readonly systemPython?: string;
  readonly arbitrary?: boolean;
  readonly user?: string;
  readonly workdir?: string;
  readonly shell?: readonly string[];
  readonly windows?: boolean;
  readonly env?: Readonly<Record<string, string | null>>;
  readonly complete?: boolean;
}

const { distributions, images } = bases as {
  readonly distributions: Readonly<Record<string, DistributionEntry>>;
  readonly images: readonly ImageEntry[];
};

/** What runs instructions in shell form on Windows (Dockerfile reference, SHELL). */
const WINDOWS_SHELL = ['cmd', '/S', '/C'];

const found = new WeakMap<ImageReference, { readonly facts: BaseFacts | undefined }>();

/** Looks an image up in bases.yaml. Undefined: nothing is known of it. */
export function baseFacts(reference: ImageReference): BaseFacts | undefined {
  let known = found.get(reference);
  if (known === undefined) {
    known = { facts: lookUp(reference) };
    found.set(reference, known);
  }
  return known.facts;
}

function lookUp(reference: ImageReference): BaseFacts | undefined {
  const name = shortName(reference);
  const tag = reference.tag ?? (reference.digest === undefined ? 'latest' : '');
  const fitsTag = (image: ImageEntry) => image.tag === undefined || tag.includes(image.tag);
  // Names written out come before patterns, which cost more to try.
  const entry =
    images.find((image) => image.names.includes(name) && fitsTag(image)) ??
    images.find((image) => image.names.some((pattern) => matchesPattern(pattern, name)) && fitsTag(image));
  if (entry === undefined) return undefined;
  const windows = entry.windows === true || /windows|nanoserver/.test(tag);
  return {
    distribution: windows ? undefined : distributionOf(entry, tag, name),
    python: windows ? undefined : (entry.python as DefaultPython | undefined),
    officialVersion: entry.python === 'official' ? /(?:^|python)(3\.\d+)/.exec(tag)?.[1] : undefined,
    environments: entry.environments ?? [],
    hasDistributionPython: hasPython3(entry, tag),
    condaPrefix: entry.conda,
    isSystemPythonMeant: entry.systemPython === 'meant',
    isCondaBaseMeant: entry.condaBase === 'meant',
    isForArbitraryUsers: entry.arbitrary ?? false,
    user: entry.user ?? 'root',
    workdir: entry.workdir ?? '/',
    shell: windows ? WINDOWS_SHELL : entry.shell,
    env: environmentOf(entry),
  };
}

/** `python3` in the data: yes, no, or `variants` for images whose slim and alpine tags alone come without. */
function hasPython3({ python3 }: ImageEntry, tag: string): boolean | undefined {
  if (python3 === 'variants') return /slim|alpine/.test(tag) ? false : tag.includes('$') ? undefined : true;
  return python3 === undefined ? undefined : python3 === 'yes';
}

/** Without Docker's own registry and `library/`; mirrors of the official images count as those. */
function shortName({ registry, repository }: ImageReference): string {
  const official = /^(?:docker\/)?library\/([^/]+)$/.exec(repository)?.[1];
  if (official !== undefined && /^(?:docker\.io|mirror\.gcr\.io|public\.ecr\.aws)$/.test(registry)) return official;
  return registry === 'docker.io' ? repository : `${registry}/${repository}`;
}

const patterns = new Map<string, RegExp>();

function matchesPattern(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return false;
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    const source = pattern
      .replace(/[.+?^$()[\]{}|\\]/g, '\\$&')
      .replace(/\*\*|\*/g, (stars) => (stars === '**' ? '.*' : '[^/]*'));
    compiled = new RegExp(`^${source}$`);
    patterns.set(pattern, compiled);
  }
  return compiled.test(name);
}

/** Words of a tag that name a distribution and its release: `alpine3.20`, `bookworm`, `ubuntu22.04`, `ubi9`. */
function distributionOf(entry: ImageEntry, tag: string, repository: string): DistributionFacts | undefined {
  const words = tag.split('-').filter((word) => !word.includes('$'));
  for (const [index, word] of words.entries()) {
    const match = /^(alpine|ubuntu|debian|rockylinux|ubi|centos|fedora)(\d+(?:\.\d+)?)?$/.exec(word);
    if (match !== null) {
      const name = /^(?:rockylinux|ubi|centos)$/.test(match[1] ?? '') ? 'rhel' : (match[1] ?? '');
      return factsOf(
        name,
        // `alpine3.20`, or `ubuntu-22.04`; the numbers before it are another thing's.
        match[2] === undefined ? words.slice(index + 1) : [match[2]],
        match[2] !== undefined || /^\d/.test(words[index + 1] ?? ''),
      );
    }
    for (const name of ['debian', 'ubuntu'])
      if (
        /^[a-z]{3,}$/.test(word) &&
        word !== 'latest' &&
        word !== 'stable' &&
        releaseOf(name, [word], false) !== undefined
      )
        return factsOf(name, [word], false);
  }
  const { distribution, release } = entry;
  if (distribution === undefined) return undefined;
  if (release === 'tag') return factsOf(distribution, words, true);
  if (release === 'name')
    return factsOf(distribution, /(?:ubi|rhel|debian|ubuntu-?)(\d+(?:\.\d+)?)/.exec(repository)?.slice(1) ?? [], true);
  if (release !== undefined) return factsOf(distribution, [release], true);
  // The part that is not known may say alpine; "slim" is a word of the Debian variants alone.
  const hasVariants = distribution === 'debian' || distribution === 'ubuntu';
  return hasVariants && tag.includes('$') && !words.includes('slim') ? undefined : factsOf(distribution, [], false);
}

function factsOf(name: string, words: readonly string[], isOwnTag: boolean): DistributionFacts | undefined {
  const entry = distributions[name];
  if (entry === undefined) return undefined;
  const release = releaseOf(name, words, isOwnTag);
  return {
    name,
    sh: entry.sh as DistributionFacts['sh'],
    layout: entry.layout as DistributionFacts['layout'],
    marker: (release?.marker as Marker | undefined) ?? 'unknown',
    python: release?.python,
    hasOldPip: release?.pip === 'old',
    login: entry.login as DistributionFacts['login'],
    securePath: entry.securePath,
    release: release && entry.releases?.indexOf(release),
  };
}

function releaseOf(name: string, words: readonly string[], isOwnTag: boolean): Release | undefined {
  const fits = (release: string) =>
    release === '*'
      ? isOwnTag
      : words.some(
          (word) =>
            word === release ||
            (release.includes('.') || !/^\d+$/.test(release) || isOwnTag ? word.startsWith(`${release}.`) : false),
        );
  return distributions[name]?.releases?.find((release) => release.tags.some(fits));
}

function environmentOf(entry: ImageEntry): Lookup | undefined {
  const { env = {}, complete = false } = entry;
  if (!complete && entry.env === undefined) return undefined;
  return (name) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (typeof value === 'string') return { text: value, known: true };
    if (value === undefined && name === 'PATH' && complete) return { text: DEFAULT_PATH, known: true };
    return value === null || !complete ? { text: `\${${name}}`, known: false } : undefined;
  };
}
