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

/** The options of a tool: `name` is a switch, `name=` takes a value; `x:name` adds the short form `-x`. */
export interface Grammar {
  readonly long: ReadonlyMap<string, { readonly name: string; readonly takesValue: boolean }>;
  readonly short: ReadonlyMap<string, string>;
  /** optparse and argparse take any unambiguous beginning of a long option. */
  readonly abbreviates: boolean;
}

/** Builds a grammar from words such as `r:requirement=` or `source-dir>src=` (another spelling of `src`). */
function grammar(abbreviates: boolean, ...lists: string[]): Grammar {
  const long = new Map<string, { name: string; takesValue: boolean }>();
  const short = new Map<string, string>();
  for (const entry of lists.join(' ').split(/\s+/).filter(Boolean)) {
    const match = /^(?:(\w):)?([\w-]+)(?:>([\w-]+))?(=?)$/.exec(entry);
    if (match === null) throw new Error(`not an option: ${entry}`);
    const [, letter, spelling = '', target, equals] = match;
    long.set(spelling, { name: target ?? spelling, takesValue: equals === '=' });
    if (letter !== undefined) short.set(letter, spelling);
  }
  return { long, short, abbreviates };
}

/** pip.pypa.io/en/stable/cli/pip, "General Options", with those of older releases. */
const PIP_GENERAL = `h:help debug isolated require-virtualenv require-venv>require-virtualenv python= v:verbose V:version q:quiet log=
  log-file>log= local-log>log= no-input keyring-provider= proxy= retries= timeout= default-timeout>timeout= exists-action=
  trusted-host= cert= client-cert= cache-dir= no-cache-dir disable-pip-version-check no-color no-python-version-warning
  use-feature= use-deprecated= resume-retries=`;

const PIP_PACKAGES = `r:requirement= c:constraint= build-constraint= requirements-from-script= no-deps no-dependencies>no-deps pre e:editable=
  platform= python-version= implementation= abi= src= source>src= source-dir>src= source-directory>src= ignore-requires-python
  no-build-isolation use-pep517 no-use-pep517 check-build-dependencies C:config-settings= config-setting>config-settings=
  global-option= build-option= install-option= no-binary= only-binary= prefer-binary require-hashes progress-bar= no-clean group=
  i:index-url= pypi-url>index-url= extra-index-url= no-index f:find-links= b:build= process-dependency-links no-download
  uploaded-prior-to= all-releases= only-final=`;

export const PIP_GRAMMARS: Readonly<Record<string, Grammar>> = {
  install: grammar(
    true,
    PIP_GENERAL,
    PIP_PACKAGES,
    `t:target= user no-user root= prefix= U:upgrade upgrade-strategy= force-reinstall I:ignore-installed break-system-packages
     compile no-compile no-warn-script-location no-warn-conflicts root-user-action= report= dry-run egg`,
  ),
  uninstall: grammar(true, PIP_GENERAL, 'r:requirement= y:yes root-user-action= break-system-packages'),
  download: grammar(true, PIP_GENERAL, PIP_PACKAGES, 'd:dest= destination-dir>dest= destination-directory>dest='),
  wheel: grammar(true, PIP_GENERAL, PIP_PACKAGES, 'w:wheel-dir= no-verify'),
  config: grammar(true, PIP_GENERAL, 'editor= global user site'),
};

/** Options that may stand before pip's subcommand. */
export const PIP_BEFORE_SUBCOMMAND = grammar(true, PIP_GENERAL);

/** docs.astral.sh/uv/reference/cli; options of all subcommands that are looked at together. uv takes no abbreviations. */
export const UV_GRAMMAR = grammar(
  false,
  `h:help q:quiet v:verbose n:no-cache no-cache-dir>no-cache cache-dir= color= offline directory= project= config-file= no-config no-progress
   allow-insecure-host= native-tls managed-python no-managed-python no-python-downloads python-preference= no-python-downloads
   system break-system-packages p:python= python-version= python-platform= t:target= prefix=
   r:requirements= requirement>requirements= e:editable= c:constraints= constraint>constraints= overrides= override>overrides= b:build-constraints=
   excludes= extra= all-extras no-extra= group= no-group= only-group= all-groups no-default-groups dev no-dev only-dev
   no-deps U:upgrade P:upgrade-package= reinstall reinstall-package= refresh refresh-package= exact inexact dry-run strict
   i:index-url= index= default-index= extra-index-url= f:find-links= no-index index-strategy= keyring-provider= resolution= prerelease=
   pre fork-strategy= C:config-setting= config-settings>config-setting= config-settings-package= no-build-isolation no-build-isolation-package= no-build
   no-build-package= no-binary= no-binary-package= only-binary= exclude-newer= exclude-newer-package= link-mode= compile-bytecode compile>compile-bytecode
   no-compile no-sources torch-backend= require-hashes no-verify-hashes locked frozen active no-editable no-install-project
   no-install-workspace no-install-local no-install-package= package= all-packages script= output-format= y:yes
   seed relocatable system-site-packages clear allow-existing no-project prompt= with= with-editable= with-requirements= force m:module env-file=
   no-env-file isolated s:script-flag bounds= raw no-sync default preview no-preview preview-features=`,
);

/** docs.python.org/3/library/venv. argparse takes abbreviations. */
export const VENV_GRAMMAR = grammar(
  true,
  'h:help system-site-packages symlinks copies clear upgrade without-pip prompt= upgrade-deps without-scm-ignore-files',
);

/** virtualenv.pypa.io/en/latest/cli_interface. */
export const VIRTUALENV_GRAMMAR = grammar(
  true,
  `h:help version with-traceback read-only-app-data app-data= reset-app-data upgrade-embed-wheels discovery= p:python= try-first-with=
   creator= seeder= no-seed without-pip>no-seed clear no-vcs-ignore system-site-packages symlinks copies always-copy>copies download no-download
   extra-search-dir= pip= setuptools= wheel= no-pip no-setuptools no-wheel no-periodic-update symlink-app-data activators= prompt= v:verbose q:quiet`,
);

/** Splits arguments into options and operands by a tool's grammar. Options it does not know count as switches. */
export function parseOptions(words: readonly ShellWord[], { long, short, abbreviates }: Grammar): CommandLine {
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
      const known = long.get(spelling) ?? (abbreviates ? abbreviated(long, spelling) : undefined);
      const next = known?.takesValue && equals === -1 ? words[++at] : undefined;
      const text = equals === -1 ? next?.value : value.slice(equals + 1);
      options.push({ name: known?.name ?? spelling, word, value: text, valueWord: next });
    } else if (value.startsWith('-') && value.length > 1) {
      for (let letter = 1; letter < value.length; letter++) {
        const spelling = short.get(value[letter] ?? '');
        const known = spelling === undefined ? undefined : long.get(spelling);
        if (known === undefined) continue;
        if (!known.takesValue) {
          options.push({ name: known.name, word, value: undefined, valueWord: undefined });
          continue;
        }
        // The rest of the word is the value, or the next word is.
        const rest = value.slice(letter + 1).replace(/^=/, '');
        const next = rest === '' ? words[++at] : undefined;
        options.push({ name: known.name, word, value: rest === '' ? next?.value : rest, valueWord: next });
        break;
      }
    } else operands.push(word);
  }
  return { options, operands };
}

/** The one option that begins with `spelling`; undefined where none or several do. */
function abbreviated(long: Grammar['long'], spelling: string): { name: string; takesValue: boolean } | undefined {
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
