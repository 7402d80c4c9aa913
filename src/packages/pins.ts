import type { Call } from '../python/call.ts';
import { optionOf, parseOptions } from '../python/options.ts';
import { packageCallOf } from '../python/packages.ts';
import type { ShellWord } from '../shell/script.ts';
import { gemGrammar, goWords, npmGrammar } from './languages.ts';

/** The packages of one call that a later build may take in another version. */
export interface Unpinned {
  /** The program: `apt-get`, `dnf`, `npm` … */
  readonly tool: string;
  /** hadolint's code for it. */
  readonly alias: string;
  readonly words: readonly ShellWord[];
}

/** How a word names a package: with a version, without one, or in a way that nobody can tell. */
type Pin = 'pinned' | 'unpinned' | 'unknown';

/** The unpinned packages of a call; undefined where it installs none by name. `isStrict`: also those whose names only the build knows. */
export function unpinnedOf(call: Call, isStrict: boolean): Unpinned | undefined {
  const found = systemPackages(call) ?? languagePackages(call);
  if (found === undefined) return undefined;
  const { alias, words, pinOf } = found;
  const unpinned = words.filter((word) => {
    const { text, known } = call.expand(word);
    if (!known && !isStrict) return false;
    return pinOf(text) === 'unpinned';
  });
  return unpinned.length === 0 ? undefined : { tool: call.program, alias: `hadolint:${alias}`, words: unpinned };
}

interface Found {
  readonly alias: string;
  readonly words: readonly ShellWord[];
  pinOf(text: string): Pin;
}

function systemPackages(call: Call): Found | undefined {
  const packages = packageCallOf(call);
  if (packages?.action !== 'install') return undefined;
  const { manager, line } = packages;
  const [first] = line.operands;
  const isGroup = first?.value === 'group' || /^group/.test(packages.verb.value);
  if (isGroup || optionOf(line, 'type')?.value === 'pattern') return undefined;
  const isModule = first?.value === 'module';
  const words = line.operands.slice(isModule ? 2 : 1);
  switch (manager) {
    case 'apt':
      return { alias: 'DL3008', words, pinOf: aptPin };
    case 'apk':
      return { alias: 'DL3018', words, pinOf: apkPin };
    case 'dnf':
      return { alias: call.program === 'yum' ? 'DL3033' : 'DL3041', words, pinOf: isModule ? modulePin : rpmPin };
    case 'zypper':
      return { alias: 'DL3037', words, pinOf: zypperPin };
    case 'pacman':
      return undefined;
  }
}

/** `name=version`, `name/release`, a file. */
function aptPin(text: string): Pin {
  return /[=/]|\.deb$/.test(text) ? 'pinned' : /[-+]$/.test(text) && text.length > 1 ? 'unknown' : 'unpinned';
}

/** `name=version`, `name~version`, `name>version`, a file, a virtual name. */
function apkPin(text: string): Pin {
  return /[=~<>@/]|\.apk$/.test(text)
    ? 'pinned'
    : text.startsWith('.') || text.startsWith('!')
      ? 'unknown'
      : 'unpinned';
}

/** `name-version`, `name-epoch:version-release.arch`, a file, an address. A release begins with a digit as well. */
function rpmPin(text: string): Pin {
  if (/^@/.test(text)) return 'unknown';
  if (/[/*]|\.rpm$|-\$/.test(text)) return 'pinned';
  return /-(?:\d+:)?\d[\w.~^+]*(?:-\d[\w.~^+]*)?$/.test(text) ? 'pinned' : 'unpinned';
}

/** `name:stream` */
function modulePin(text: string): Pin {
  return text.includes(':') ? 'pinned' : 'unpinned';
}

function zypperPin(text: string): Pin {
  return /[=<>/]|\.rpm$/.test(text) ? 'pinned' : text.includes(':') ? 'unknown' : 'unpinned';
}

function languagePackages(call: Call): Found | undefined {
  const { program, words } = call;
  switch (program) {
    case 'npm':
    case 'pnpm':
    case 'yarn':
      return nodePackages(program, words.slice(1));
    case 'gem': {
      const line = parseOptions(words.slice(1), gemGrammar());
      const [verb, ...rest] = line.operands;
      if (!/^(?:install|i)$/.test(verb?.value ?? '') || optionOf(line, 'version') !== undefined) return undefined;
      return { alias: 'DL3028', words: rest, pinOf: (text) => (/:|\.gem$|\//.test(text) ? 'pinned' : 'unpinned') };
    }
    case 'go': {
      const { verb, operands } = goWords(words.slice(1));
      if (verb !== 'install' && verb !== 'get' && verb !== 'run') return undefined;
      // Arguments of the program that is run are no packages.
      const packages = verb === 'run' ? operands.slice(0, 1) : operands;
      return { alias: 'DL3062', words: packages, pinOf: (text) => goPin(text, verb) };
    }
    default:
      return undefined;
  }
}

function nodePackages(program: 'npm' | 'pnpm' | 'yarn', words: readonly ShellWord[]): Found | undefined {
  const line = parseOptions(words, npmGrammar());
  const [first, second] = line.operands;
  const isGlobal = program === 'yarn' && first?.value === 'global';
  const verb = (isGlobal ? second : first)?.value ?? '';
  const isAdding = program === 'npm' ? /^(?:install|i|add|in)$/.test(verb) : /^add$/.test(verb);
  return isAdding ? { alias: 'DL3016', words: line.operands.slice(isGlobal ? 2 : 1), pinOf: npmPin } : undefined;
}

/** `name@version`, a repository with a commit, a file (docs.npmjs.com/cli/commands/npm-install). */
function npmPin(text: string): Pin {
  if (/^(?:git|ssh|https?)(?:\+\w+)?:|^git@/.test(text))
    return text.includes('#') || /\.(?:tgz|tar|tar\.gz)$/.test(text)
      ? 'pinned'
      : /^https?:/.test(text)
        ? 'unknown'
        : 'unpinned';
  if (/^[./~]|\.(?:tgz|tar|tar\.gz)$|^file:|^workspace:/.test(text)) return 'pinned';
  const version = /^(?:@[^/]+\/)?[^@/]+@(.+)$/.exec(text)?.[1];
  if (version === undefined) return /^[^@/]+\/[^@]+$/.test(text) && !text.includes('#') ? 'unknown' : 'unpinned';
  return /^[a-z]+$/i.test(version) ? 'unpinned' : 'pinned';
}

/** `module@version`; without one, get takes the newest, and install and run what go.mod says. */
function goPin(text: string, verb: 'install' | 'get' | 'run'): Pin {
  if (/^[./]|\.go$|\.\.\.$/.test(text) && !text.includes('@')) return 'pinned';
  const version = /@(.*)$/.exec(text)?.[1];
  if (version === undefined) return verb === 'get' ? 'unpinned' : 'unknown';
  return /^(?:latest|upgrade|patch|master|main|none|)$/.test(version) ? 'unpinned' : 'pinned';
}
