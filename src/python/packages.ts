import type { ShellWord } from '../shell/script.ts';
import type { Call } from './call.ts';
import {
  apkGrammar,
  aptGrammar,
  type CommandLine,
  dnfGrammar,
  type Grammar,
  optionOf,
  pacmanActionOf,
  parseOptions,
  zypperGrammar,
} from './options.ts';

/** A package as a command names it; several may stand in one word, by a variable. */
export interface PackageName {
  /** Without version, release or architecture. */
  readonly name: string;
  readonly word: ShellWord;
}

/** One call of the distribution's package manager. */
export interface PackageCall {
  readonly manager: 'apt' | 'apk' | 'dnf' | 'zypper' | 'pacman';
  readonly action: 'install' | 'remove' | 'upgrade' | 'update' | 'clean';
  readonly packages: readonly PackageName[];
  readonly line: CommandLine;
  readonly verb: ShellWord;
  readonly call: Call;
}

const MANAGERS: Readonly<Record<string, PackageCall['manager']>> = {
  apt: 'apt',
  'apt-get': 'apt',
  aptitude: 'apt',
  apk: 'apk',
  dnf: 'dnf',
  dnf5: 'dnf',
  yum: 'dnf',
  microdnf: 'dnf',
  tdnf: 'dnf',
  zypper: 'zypper',
  pacman: 'pacman',
};

const GRAMMARS: Partial<Record<PackageCall['manager'], () => Grammar>> = {
  apt: aptGrammar,
  apk: apkGrammar,
  zypper: zypperGrammar,
};

const ACTIONS: Readonly<Record<string, PackageCall['action']>> = {
  install: 'install',
  reinstall: 'install',
  rei: 'install',
  localinstall: 'install',
  add: 'install',
  in: 'install',
  groupinstall: 'install',
  remove: 'remove',
  purge: 'remove',
  autoremove: 'remove',
  'auto-remove': 'remove',
  autopurge: 'remove',
  del: 'remove',
  erase: 'remove',
  rm: 'remove',
  upgrade: 'upgrade',
  up: 'upgrade',
  'upgrade-minimal': 'upgrade',
  'up-min': 'upgrade',
  'dist-upgrade': 'upgrade',
  'full-upgrade': 'upgrade',
  'distro-sync': 'upgrade',
  dup: 'upgrade',
  update: 'update',
  makecache: 'update',
  refresh: 'update',
  ref: 'update',
  clean: 'clean',
  'dist-clean': 'clean',
  distclean: 'clean',
  cc: 'clean',
};

/** Reads a command as a call of a package manager; undefined where it is none. */
export function packageCallOf(call: Call): PackageCall | undefined {
  const { program } = call;
  const manager = Object.hasOwn(MANAGERS, program) ? MANAGERS[program] : undefined;
  if (manager === undefined) return undefined;
  const known = read.get(call) ?? { found: readCall(manager, call) };
  read.set(call, known);
  return known.found;
}

/** Rules ask for the same calls again and again. */
const read = new WeakMap<Call, { readonly found: PackageCall | undefined }>();

function readCall(manager: PackageCall['manager'], call: Call): PackageCall | undefined {
  if (manager === 'pacman') return pacmanCall(call);
  const grammar = GRAMMARS[manager] ?? dnfGrammar;
  const line = parseOptions(call.words.slice(1), grammar());
  // `dnf module install`, `dnf group install`
  const isGrouped = manager === 'dnf' && /^(?:module|group)$/.test(line.operands[0]?.value ?? '');
  const [verb, ...rest] = isGrouped ? line.operands.slice(1) : line.operands;
  const named = verb !== undefined && Object.hasOwn(ACTIONS, verb.value) ? ACTIONS[verb.value] : undefined;
  if (verb === undefined || named === undefined) return undefined;
  // dnf update and zypper update upgrade; apt-get update and apk update fetch lists.
  const action = named === 'update' && verb.value === 'update' && /dnf|zypper/.test(manager) ? 'upgrade' : named;
  return { manager, action, packages: namesOf(rest, call), line, verb, call };
}

function pacmanCall(call: Call): PackageCall | undefined {
  const [operation, ...rest] = call.words.slice(1);
  if (operation === undefined) return undefined;
  const action = pacmanActionOf(operation.value);
  if (action === undefined) return undefined;
  const line: CommandLine = { options: [], operands: rest.filter(({ value }) => !value.startsWith('-')) };
  return { manager: 'pacman', action, packages: namesOf(line.operands, call), line, verb: operation, call };
}

function namesOf(words: readonly ShellWord[], call: Call): PackageName[] {
  return words.flatMap((word) =>
    call
      .expand(word)
      .text.split(/\s+/)
      .filter((name) => name !== '')
      .map((name) => ({ name: plainName(name), word })),
  );
}

/** `pkg=1.2`, `pkg/release`, `pkg:arch`, `pkg~1`, `pkg>1` -> `pkg`. */
function plainName(name: string): string {
  return /^[^=<>~:/]+/.exec(name)?.[0] ?? name;
}

/** Whether a package brings the distribution's python3, by itself or by what it depends on. */
export function bringsPython3(name: string): boolean {
  return /^(?:lib)?python(?:3(?:\.\d+)?)?(?:-.*)?$|^py3-|^python3\d+(?:-.*)?$|^python-is-python3$/.test(name);
}

/** Whether a call installs the distribution's python3. */
export function installsPython3({ action, packages }: PackageCall): boolean {
  return action === 'install' && packages.some(({ name }) => bringsPython3(name));
}

/** apk's `--virtual NAME` of an install. */
export function virtualNameOf({ line }: PackageCall): string | undefined {
  return optionOf(line, 'virtual')?.value;
}

/** Packages of Debian and Ubuntu that depend on python3 though their names do not say so. */
const NEEDS_PYTHON =
  /^(?:supervisor|certbot|ansible.*|software-properties-common|awscli|mercurial|gdb|meson|apt-listchanges|lsb-release|nodejs|npm|clang.*|llvm.*|blender|inkscape|libreoffice.*|gimp|reportbug|ubuntu-.*|cloud-init|fail2ban|yq|glances|s3cmd|pipx|poetry|virtualenv|node-gyp|build-base|alpine-sdk)$/;

/** Whether a package depends on the distribution's python3 though its name does not say so. */
export function needsPython(name: string): boolean {
  return NEEDS_PYTHON.test(name);
}

/** Whether a package of Debian or Ubuntu brings modules that an application may import, not the interpreter or its tools. */
export function isPythonModule(name: string): boolean {
  return /^python3?-(?!(?:dev|venv|distutils|minimal|pip|all|all-dev|full|setuptools|wheel|pkg-resources|virtualenv)$)/.test(
    name,
  );
}
