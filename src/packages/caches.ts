import type { Call } from '../python/call.ts';
import { optionOf, parseOptions } from '../python/options.ts';
import { type PackageCall, packageCallOf } from '../python/packages.ts';
import { npmGrammar } from './languages.ts';
import { isMounted } from './mounts.ts';
import { callsBehind, clears } from './removals.ts';

/** What a call leaves in the layer that nobody needs there. */
export interface LeftCache {
  /** hadolint's code for it. */
  readonly alias: string;
  /** Names of the tool and the directory, for messages. */
  readonly tool: string;
  readonly directory: string;
  /** The call that downloads. */
  readonly call: Call;
  /** The command that takes it away; undefined where an option is the better way. */
  readonly clean: string | undefined;
}

/** Where apt keeps the lists of packages. */
export const APT_LISTS = '/var/lib/apt/lists';
const APT_ARCHIVES = '/var/cache/apt';
const DNF_CACHES = ['/var/cache/dnf', '/var/cache/libdnf5', '/var/cache/yum'];

/**
 * The cache that a call leaves behind. `calls`: those of its stage; `escape`: the file's. Where a mount lies over the
 * directory, or a later command of the same RUN clears it, none is left.
 */
export function cacheLeftBy(call: Call, calls: readonly Call[], escape: string): LeftCache | undefined {
  if (call.program === 'yarn') return yarnCache(call, calls, escape);
  const packages = packageCallOf(call);
  switch (packages?.manager) {
    case 'apt':
      return packages.action === 'update' ? aptCache(call, calls, escape) : undefined;
    case 'apk':
      return apkCache(packages, calls, escape);
    case 'dnf':
      return dnfCache(packages, calls, escape);
    case 'zypper': {
      if (packages.action !== 'install') return undefined;
      const isKept = isMounted(call.step, '/var/cache/zypp', escape);
      const isCleaned = callsBehind(call, calls).some(
        (next) => clears(next, '/var/cache/zypp') || packageCallOf(next)?.action === 'clean',
      );
      if (isKept || isCleaned) return undefined;
      return {
        alias: 'hadolint:DL3036',
        tool: 'zypper',
        directory: '/var/cache/zypp',
        call,
        clean: 'zypper clean --all',
      };
    }
    default:
      return undefined;
  }
}

function aptCache(call: Call, calls: readonly Call[], escape: string): LeftCache | undefined {
  const behind = callsBehind(call, calls);
  const left = { alias: 'hadolint:DL3009', tool: 'apt', call };
  const hasLists = !isMounted(call.step, APT_LISTS, escape) && !behind.some(clearsAptLists);
  if (hasLists) return { ...left, directory: APT_LISTS, clean: `rm -rf ${APT_LISTS}/*` };
  // Images of Debian and Ubuntu delete what apt has fetched, unless that is switched off.
  const keepsArchives = calls.some(
    (other) =>
      (other.order < call.order || other.script === call.script) &&
      other.program === 'rm' &&
      other.words.some(({ value }) => value.includes('docker-clean')),
  );
  const isCleaned = behind.some(
    (next) => clears(next, `${APT_ARCHIVES}/archives`) || packageCallOf(next)?.action === 'clean',
  );
  if (!keepsArchives || isCleaned || isMounted(call.step, APT_ARCHIVES, escape)) return undefined;
  return { ...left, directory: APT_ARCHIVES, clean: 'apt-get clean' };
}

/** Whether a call takes apt's lists away. apt-get dist-clean, since apt 2.7.8, leaves the small Release files alone (apt-get(8)). */
export function clearsAptLists(call: Call): boolean {
  return clears(call, APT_LISTS) || /^dist-?clean$/.test(packageCallOf(call)?.verb.value ?? '');
}

function apkCache({ action, line, call }: PackageCall, calls: readonly Call[], escape: string): LeftCache | undefined {
  // Without a network nothing is fetched.
  const isOff = ['no-cache', 'no-network'].some((name) => optionOf(line, name) !== undefined);
  if (action !== 'install' || isOff) return undefined;
  const directory = optionOf(line, 'cache-dir')?.value ?? '/var/cache/apk';
  if (isMounted(call.step, directory, escape) || isMounted(call.step, '/etc/apk/cache', escape)) return undefined;
  if (callsBehind(call, calls).some((next) => clears(next, directory))) return undefined;
  // The option keeps out what this call fetches, not what an earlier one has.
  const isUpdated = calls.some(
    (other) => other.script === call.script && other.order < call.order && packageCallOf(other)?.action === 'update',
  );
  const clean = isUpdated ? `rm -rf ${directory}/*` : undefined;
  return { alias: 'hadolint:DL3019', tool: 'apk', directory, call, clean };
}

function dnfCache({ action, call }: PackageCall, calls: readonly Call[], escape: string): LeftCache | undefined {
  if (action !== 'install' && action !== 'upgrade') return undefined;
  const isYum = call.program === 'yum';
  const family = familyOf(call.program);
  if (DNF_CACHES.some((directory) => isMounted(call.step, directory, escape))) return undefined;
  const isCleaned = callsBehind(call, calls).some(
    (next) =>
      DNF_CACHES.some((directory) => clears(next, directory)) ||
      (packageCallOf(next)?.action === 'clean' && familyOf(next.program) === family),
  );
  if (isCleaned) return undefined;
  return {
    alias: isYum ? 'hadolint:DL3032' : 'hadolint:DL3040',
    tool: call.program,
    directory: '/var/cache',
    call,
    clean: `${call.program} clean all`,
  };
}

/** yum is dnf since RHEL 8; microdnf keeps a cache of its own. */
function familyOf(program: string): string {
  return program === 'microdnf' || program === 'tdnf' ? program : 'dnf';
}

function yarnCache(call: Call, calls: readonly Call[], escape: string): LeftCache | undefined {
  const line = parseOptions(call.words.slice(1), npmGrammar());
  const verb = line.operands[0]?.value;
  if (verb !== undefined && verb !== 'install' && verb !== 'add' && verb !== 'global') return undefined;
  // Yarn 2 and later keep their cache in the project, and may need it to run.
  if (call.words.some(({ value }) => /^(?:-v|-h|--(?:version|help|immutable|check-cache|inline-builds))/.test(value)))
    return undefined;
  if (call.script.commands.some(({ program }) => program === 'corepack')) return undefined;
  const set = call.variable('YARN_CACHE_FOLDER')?.value;
  const given = optionOf(line, 'cache-folder')?.value ?? (set?.known ? set.text : undefined);
  const directories = given === undefined ? [`${call.home.text}/.cache/yarn`, YARN_OF_ROOT] : [given];
  const isKept = directories.some((directory) => isMounted(call.step, directory, escape));
  const isCleaned = callsBehind(call, calls).some(
    (next) =>
      (next.program === 'yarn' && next.words[1]?.value === 'cache' && next.words[2]?.value === 'clean') ||
      directories.some((directory) => clears(next, directory)),
  );
  if (isCleaned || isKept) return undefined;
  // yarn 1 keeps what root fetches where all users find it; whose home it is otherwise nobody knows here.
  const directory = given ?? (call.isRoot === true ? YARN_OF_ROOT : 'its cache');
  return { alias: 'hadolint:DL3060', tool: 'yarn', directory, call, clean: 'yarn cache clean' };
}

const YARN_OF_ROOT = '/usr/local/share/.cache/yarn';
