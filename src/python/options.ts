import type { ShellWord } from '../shell/script.ts';

/** One option of a command line. */
export interface Option {
  /** Canonical long name without dashes: `no-cache-dir`. */
  readonly name: string;
  /** The word that names it. */
  readonly word: ShellWord;
  /** Its value, in the same word or the next; undefined for a switch. */
  readonly value: string | undefined;
  /** The word that holds the value, where it is the next one. */
  readonly valueWord: ShellWord | undefined;
}

export interface CommandLine {
  readonly options: readonly Option[];
  readonly operands: readonly ShellWord[];
}

/** The options of a tool. */
export interface Grammar {
  /** Every spelling of a long option without dashes -> its canonical name. */
  readonly long: ReadonlyMap<string, string>;
  /** Letter -> canonical name. */
  readonly short: ReadonlyMap<string, string>;
  /** Canonical names of the options that take a value. */
  readonly values: ReadonlySet<string>;
  /** optparse and argparse take any unambiguous beginning of a long option. */
  readonly abbreviates: boolean;
}

/** Names separated by blanks; `spelling=name` is another spelling, `x=name` with one letter a short option. */
interface OptionList {
  readonly switches: string;
  readonly values: string;
  readonly spellings: string;
}

/** A tool's grammar. Grammars are built when the first command asks for one: most runs need two of them. */
export function grammar(abbreviates: boolean, ...lists: readonly OptionList[]): () => Grammar {
  let made: Grammar | undefined;
  return () => {
    made ??= build(abbreviates, lists);
    return made;
  };
}

function build(abbreviates: boolean, lists: readonly OptionList[]): Grammar {
  const long = new Map<string, string>();
  const short = new Map<string, string>();
  const values = new Set<string>();
  for (const list of lists) {
    for (const name of wordsOf(list.switches)) long.set(name, name);
    for (const name of wordsOf(list.values)) {
      long.set(name, name);
      values.add(name);
    }
    for (const pair of wordsOf(list.spellings)) {
      const equals = pair.indexOf('=');
      (equals === 1 ? short : long).set(pair.slice(0, equals), pair.slice(equals + 1));
    }
  }
  return { long, short, values, abbreviates };
}

function wordsOf(list: string): readonly string[] {
  return list === '' ? [] : list.split(' ');
}

/** pip.pypa.io/en/stable/cli/pip, "General Options", with those of older releases. */
const PIP_GENERAL: OptionList = {
  switches:
    'help debug isolated require-virtualenv verbose version quiet no-input no-cache-dir disable-pip-version-check no-color no-python-version-warning',
  values:
    'python log keyring-provider proxy retries timeout exists-action trusted-host cert client-cert cache-dir use-feature use-deprecated resume-retries',
  spellings:
    'h=help require-venv=require-virtualenv v=verbose V=version q=quiet log-file=log local-log=log default-timeout=timeout',
};

const PIP_PACKAGES: OptionList = {
  switches:
    'no-deps pre ignore-requires-python no-build-isolation use-pep517 no-use-pep517 check-build-dependencies prefer-binary require-hashes no-clean no-index process-dependency-links no-download',
  values:
    'requirement constraint build-constraint requirements-from-script editable platform python-version implementation abi src config-settings global-option build-option install-option no-binary only-binary progress-bar group index-url extra-index-url find-links build uploaded-prior-to all-releases only-final',
  spellings:
    'r=requirement c=constraint no-dependencies=no-deps e=editable source=src source-dir=src source-directory=src C=config-settings config-setting=config-settings i=index-url pypi-url=index-url f=find-links b=build',
};

const PIP_INSTALL: OptionList = {
  switches:
    'user no-user upgrade force-reinstall ignore-installed break-system-packages compile no-compile no-warn-script-location no-warn-conflicts dry-run egg',
  values: 'target root prefix upgrade-strategy root-user-action report',
  spellings: 't=target U=upgrade I=ignore-installed',
};

const PIP_UNINSTALL: OptionList = {
  switches: 'yes break-system-packages',
  values: 'requirement root-user-action',
  spellings: 'r=requirement y=yes',
};

const PIP_DOWNLOAD: OptionList = {
  switches: '',
  values: 'dest',
  spellings: 'd=dest destination-dir=dest destination-directory=dest',
};

const PIP_WHEEL: OptionList = {
  switches: 'no-verify',
  values: 'wheel-dir',
  spellings: 'w=wheel-dir',
};

const PIP_CONFIG: OptionList = {
  switches: 'global user site',
  values: 'editor',
  spellings: '',
};

export const pipGrammars: Readonly<Record<string, () => Grammar>> = {
  install: grammar(true, PIP_GENERAL, PIP_PACKAGES, PIP_INSTALL),
  uninstall: grammar(true, PIP_GENERAL, PIP_UNINSTALL),
  download: grammar(true, PIP_GENERAL, PIP_PACKAGES, PIP_DOWNLOAD),
  wheel: grammar(true, PIP_GENERAL, PIP_PACKAGES, PIP_WHEEL),
  config: grammar(true, PIP_GENERAL, PIP_CONFIG),
};

/** Options that may stand before pip's subcommand. */
export const pipBeforeSubcommand = grammar(true, PIP_GENERAL);

/** docs.astral.sh/uv/reference/cli; options of all subcommands that are looked at together. uv takes no abbreviations. */
export const uvGrammar = grammar(false, {
  switches:
    'help quiet verbose no-cache offline no-config no-progress native-tls managed-python no-managed-python no-python-downloads system break-system-packages all-extras all-groups no-default-groups dev no-dev only-dev no-deps upgrade reinstall refresh exact inexact dry-run strict no-index pre no-build-isolation no-build compile-bytecode no-compile no-sources require-hashes no-verify-hashes locked frozen active no-editable no-install-project no-install-workspace no-install-local all-packages yes seed relocatable system-site-packages clear allow-existing no-project force module no-env-file isolated script-flag raw no-sync default preview no-preview',
  values:
    'cache-dir color directory project config-file allow-insecure-host python-preference python python-version python-platform target prefix requirements editable constraints overrides build-constraints excludes extra no-extra group no-group only-group upgrade-package reinstall-package refresh-package index-url index default-index extra-index-url find-links index-strategy keyring-provider resolution prerelease fork-strategy config-setting config-settings-package no-build-isolation-package no-build-package no-binary no-binary-package only-binary exclude-newer exclude-newer-package link-mode torch-backend no-install-package package script output-format prompt with with-editable with-requirements env-file bounds preview-features',
  spellings:
    'h=help q=quiet v=verbose n=no-cache no-cache-dir=no-cache p=python t=target r=requirements requirement=requirements e=editable c=constraints constraint=constraints override=overrides b=build-constraints U=upgrade P=upgrade-package i=index-url f=find-links C=config-setting config-settings=config-setting compile=compile-bytecode y=yes m=module s=script-flag',
});

/** docs.python.org/3/library/venv. argparse takes abbreviations. */
export const venvGrammar = grammar(true, {
  switches: 'help system-site-packages symlinks copies clear upgrade without-pip upgrade-deps without-scm-ignore-files',
  values: 'prompt',
  spellings: 'h=help',
});

/** virtualenv.pypa.io/en/latest/cli_interface. */
export const virtualenvGrammar = grammar(true, {
  switches:
    'help version with-traceback read-only-app-data reset-app-data upgrade-embed-wheels no-seed clear no-vcs-ignore system-site-packages symlinks copies download no-download no-pip no-setuptools no-wheel no-periodic-update symlink-app-data verbose quiet',
  values:
    'app-data discovery python try-first-with creator seeder extra-search-dir pip setuptools wheel activators prompt',
  spellings: 'h=help p=python without-pip=no-seed always-copy=copies v=verbose q=quiet',
});

/** python-poetry.org/docs/cli. cleo takes no abbreviations that people write. */
export const poetryGrammar = grammar(false, {
  switches:
    'help quiet no-interaction ansi no-ansi no-plugins no-cache no-dev dev no-root no-directory dry-run all-extras all-groups only-root compile sync lock remove-untracked default',
  values: 'without with only extras group directory project python source platform',
  spellings: 'h=help q=quiet n=no-interaction E=extras G=group D=dev C=directory P=project v=verbose',
});

/** pipenv.pypa.io/en/latest/commands. */
export const pipenvGrammar = grammar(false, {
  switches:
    'system deploy ignore-pipfile skip-lock dev pre verbose clear quiet keep-outdated selective-upgrade categories-only three site-packages',
  values: 'python requirements editable index categories extra-pip-args pypi-mirror',
  spellings: 'd=dev r=requirements e=editable i=index v=verbose q=quiet requirement=requirements',
});

/** pdm-project.org/en/latest/reference/cli. */
export const pdmGrammar = grammar(false, {
  switches:
    'global quiet verbose check frozen-lockfile no-lock prod production no-default no-editable no-self no-isolation dev dry-run clean only-keep no-venv',
  values: 'project group with without lockfile skip config-setting',
  spellings: 'g=global p=project G=group L=lockfile d=dev k=skip q=quiet v=verbose prod=production',
});

/** docs.conda.io/projects/conda/en/stable/commands, and micromamba's own. */
export const condaGrammar = grammar(true, {
  switches:
    'help yes quiet verbose json offline copy dry-run download-only override-channels use-local strict-channel-priority no-channel-priority no-deps only-deps no-pin freeze-installed update-deps no-update-deps specs-satisfied update-all all force-reinstall override-frozen mkdir clobber prune dev insecure use-index-cache repodata-use-zst no-rc allow-softlinks tarballs packages index-cache tempfiles force-pkgs-dirs locks trash logfiles',
  values:
    'name prefix file channel repodata-fn solver experimental-solver subdir platform root-prefix rc-file relocate-prefix clone revision console extra-safety-checks ssl-verify category',
  spellings: 'n=name p=prefix f=file c=channel y=yes q=quiet v=verbose r=root-prefix a=all t=tarballs i=index-cache',
});

/** apt-get(8). */
export const aptGrammar = grammar(true, {
  switches:
    'yes assume-yes quiet no-install-recommends install-recommends no-install-suggests fix-missing fix-broken allow-downgrades allow-unauthenticated allow-change-held-packages force-yes reinstall download-only purge auto-remove autoremove only-upgrade no-upgrade simulate',
  values: 'option target-release default-release config-file host-architecture',
  spellings:
    'y=yes q=quiet o=option t=target-release c=config-file a=host-architecture f=fix-broken m=fix-missing d=download-only s=simulate',
});

/** apk(8). */
export const apkGrammar = grammar(false, {
  switches:
    'no-cache no-network update-cache upgrade latest quiet verbose force initdb allow-untrusted no-progress available simulate purge no-scripts',
  values: 'virtual repository root keys-dir repositories-file wait cache-dir arch',
  spellings: 't=virtual X=repository p=root q=quiet v=verbose f=force U=update-cache u=upgrade',
});

/** zypper(8), global options and those of install. */
export const zypperGrammar = grammar(false, {
  switches:
    'non-interactive quiet verbose no-refresh no-gpg-checks gpg-auto-import-keys no-confirm auto-agree-with-licenses recommends no-recommends force oldpackage dry-run download-only replacefiles allow-vendor-change',
  values: 'root config reposd-dir cache-dir repo type from capability solver download',
  spellings: 'n=non-interactive q=quiet v=verbose y=no-confirm l=auto-agree-with-licenses R=root r=repo t=type f=force',
});

/** dnf(8), microdnf, yum: what stands with a value in its own word. */
export const dnfGrammar = grammar(false, {
  switches: 'assumeyes quiet nodocs nogpgcheck allowerasing best nobest refresh',
  values: 'enablerepo disablerepo installroot releasever setopt exclude repo repoid config comment root',
  spellings: 'y=assumeyes q=quiet x=exclude c=config',
});

/** What pacman's first word (`-Syu`, `-Rns`) does; undefined for queries. */
export function pacmanActionOf(operation: string): 'install' | 'remove' | 'upgrade' | 'clean' | undefined {
  if (/^-S\w*c/.test(operation)) return 'clean';
  if (/^-S\w*u/.test(operation)) return 'upgrade';
  if (/^-S/.test(operation) || /^-U/.test(operation)) return 'install';
  return operation.startsWith('-R') ? 'remove' : undefined;
}

/** Splits arguments into options and operands by a tool's grammar. Options it does not know count as switches. */
export function parseOptions(words: readonly ShellWord[], { long, short, values, abbreviates }: Grammar): CommandLine {
  const options: Option[] = [];
  const operands: ShellWord[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined) break;
    const { value } = word;
    if (value === '--') {
      operands.push(...words.slice(at + 1));
      break;
    }
    if (value.startsWith('--')) {
      const equals = value.indexOf('=');
      const spelling = value.slice(2, equals === -1 ? undefined : equals);
      const name = long.get(spelling) ?? (abbreviates ? abbreviated(long, spelling) : undefined) ?? spelling;
      const next = values.has(name) && equals === -1 ? words[++at] : undefined;
      const text = equals === -1 ? next?.value : value.slice(equals + 1);
      options.push({ name, word, value: text, valueWord: next });
    } else if (value.startsWith('-') && value.length > 1) {
      for (let letter = 1; letter < value.length; letter++) {
        const name = short.get(value[letter] ?? '');
        if (name === undefined) continue;
        if (!values.has(name)) {
          options.push({ name, word, value: undefined, valueWord: undefined });
          continue;
        }
        // The rest of the word is the value, or the next word is.
        const rest = value.slice(letter + 1).replace(/^=/, '');
        const next = rest === '' ? words[++at] : undefined;
        options.push({ name, word, value: rest === '' ? next?.value : rest, valueWord: next });
        break;
      }
    } else operands.push(word);
  }
  return { options, operands };
}

/** The one option that begins with `spelling`; undefined where none or several do. */
function abbreviated(long: Grammar['long'], spelling: string): string | undefined {
  if (spelling === '') return undefined;
  const fits = [...long].filter(([name]) => name.startsWith(spelling));
  return fits.length === 1 ? fits[0]?.[1] : undefined;
}

/** The last option of that name: where one is repeated, the last holds. */
export function optionOf(line: CommandLine, name: string): Option | undefined {
  return line.options.findLast((option) => option.name === name);
}

/** pip's strtobool: true, false, or undefined for a word it refuses. */
export function isTruthy(value: string): boolean | undefined {
  if (/^(?:1|true|yes|on|y|t)$/i.test(value)) return true;
  if (/^(?:0|false|no|off|n|f|)$/i.test(value)) return false;
  return undefined;
}
