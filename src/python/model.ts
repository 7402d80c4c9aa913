import type { Setting } from '../dockerfile/environment.ts';
import type { Value } from '../dockerfile/expand.ts';
import type { Token } from '../dockerfile/instructions.ts';
import type { Range } from '../dockerfile/range.ts';
import type { Stage, Step } from '../dockerfile/stages.ts';
import type { ShellCommand, ShellScript, ShellWord } from '../shell/script.ts';
import type { BaseFacts, Marker } from './bases.ts';
import type { Call, Order, Variable } from './call.ts';
import type { CopyFacts } from './copies.ts';
import type { FileWrite } from './files.ts';
import type { CommandLine, Option } from './options.ts';
import type { PackageCall } from './packages.ts';

/** An environment that packages are installed into, apart from the base Python. */
export interface PythonEnvironment {
  /** Where it stands in its stage. */
  readonly path: Value;
  /** Where it was made; another path than `path` for one that was copied elsewhere. */
  readonly createdAt: Value;
  readonly kind: 'venv' | 'virtualenv' | 'uv' | 'uv-sync' | 'poetry' | 'pdm' | 'pipenv' | 'base-image';
  readonly hasPip: boolean;
  readonly seesSystemPackages: boolean;
  readonly isRelocatable: boolean;
  /** What its python is a link to; undefined where nobody can tell. */
  readonly python: Interpreter | undefined;
  /** The environment whose python made it. */
  readonly parent: PythonEnvironment | undefined;
  readonly stage: Stage;
  readonly order: Order;
  /** What made it; undefined for one that a base image brings. */
  readonly call: Call | undefined;
  /** The word that names the path where it was made; undefined for a default path or an image's own. */
  readonly pathWord: ShellWord | undefined;
  /** For a copy: what it was copied from. */
  readonly original: PythonEnvironment | undefined;
  /** The COPY that brought it, and the argument that names it or a directory above it. */
  readonly copiedBy: { readonly step: Step; readonly source: Token } | undefined;
}

/** A Python that is nobody's environment. */
export interface Interpreter {
  /** `own`: compiled or copied in; `uv`: a managed one that uv has fetched. */
  readonly kind: 'distribution' | 'official' | 'own' | 'uv' | 'conda';
  readonly marker: Marker;
  /** Minor version such as `3.12`. */
  readonly version: string | undefined;
  /** The program; for uv the directory of its Pythons. */
  readonly path: string | undefined;
}

/** Where an install puts its packages. `unknown`: rules say nothing. */
export type Target =
  | { readonly kind: 'environment'; readonly path: Value; readonly environment: PythonEnvironment | undefined }
  | { readonly kind: 'base'; readonly interpreter: Interpreter }
  | { readonly kind: 'directory'; readonly path: Value }
  /** `isBase`: the environment that conda itself runs in; undefined where nobody can tell. */
  | { readonly kind: 'conda'; readonly isBase: boolean | undefined }
  | { readonly kind: 'unknown' };

/** Where a setting of a tool was made: on the command line, in a variable, or in a configuration file. */
export type SettingOrigin =
  | { readonly kind: 'option'; readonly option: Option }
  | { readonly kind: 'variable'; readonly variable: Variable }
  | { readonly kind: 'config'; readonly write: ConfigWrite };

export interface ToolSetting {
  readonly value: string;
  readonly origin: SettingOrigin;
}

/** One call of an installer. */
export interface Install {
  readonly tool:
    | 'pip'
    | 'uv'
    | 'poetry'
    | 'pipenv'
    | 'pdm'
    | 'pipx'
    | 'hatch'
    | 'pip-sync'
    | 'installer'
    | 'setup.py'
    | 'easy_install'
    | 'conda'
    | 'spack'
    | 'nix'
    | 'brew';
  /** How a message names it: `pip`, `uv pip`, `uv sync`. */
  readonly label: string;
  readonly action: 'install' | 'uninstall' | 'download' | 'wheel' | 'sync' | 'config' | 'other';
  /** The word of the action (`install`); edits that add an option go behind it. */
  readonly verb: ShellWord | undefined;
  readonly line: CommandLine;
  /** Names of packages, paths and files on the command line, options left out. */
  readonly packages: readonly ShellWord[];
  readonly target: Target;
  /** From the first word of the installer to the last word; no wrappers, no redirections. */
  readonly range: Range;
  readonly call: Call;
  readonly command: ShellCommand;
  readonly script: ShellScript;
  readonly step: Step;
  readonly order: Order;
  /** Whether packages are named, and all of them are among these. */
  installsOnly(names: ReadonlySet<string>): boolean;
  /** The marker of the distribution's Python has been taken away earlier. */
  readonly isMarkerGone: boolean;
  /**
   * A setting by the tool's own order: command line, then variable, then configuration written earlier. `name` is the long
   * option without dashes, or the key of a configuration (`virtualenvs.create`).
   */
  setting(name: string): ToolSetting | undefined;
}

/** A key written to a tool's configuration: `pip config set`, `poetry config`, `pdm config`, or into a pip.conf. */
export interface ConfigWrite {
  readonly tool: Install['tool'];
  /** With dashes: `break-system-packages`. */
  readonly key: string;
  readonly section: string;
  readonly value: string;
  /** The word or line that names the key. */
  readonly range: Range;
  /** The words of key and value, for `pip config set`. */
  readonly words: { readonly key: ShellWord; readonly value: ShellWord } | undefined;
  readonly step: Step;
  readonly order: Order;
  /** What the tool that it is written for works on. */
  readonly target: Target;
}

/** A command that takes a marker away, or tries to. */
export interface MarkerSite {
  readonly effect: 'removed' | 'emptied' | 'restored';
  /** The path as written, for messages. */
  readonly path: string;
  /** The word that names it. */
  readonly range: Range;
  readonly command: ShellCommand;
  readonly step: Step;
  readonly order: Order;
  /** Whose marker it is, as far as the path tells. */
  readonly interpreter: Interpreter;
  /** Taking it away served nothing; see the rule marker-removed-needless. */
  readonly isNeedless: boolean;
}

/** `. PREFIX/bin/activate`, `conda activate NAME`, `poetry shell` … in a RUN. */
export interface Activation {
  readonly kind: 'venv' | 'conda' | 'spack' | 'shell';
  /** The environment, for a venv. */
  readonly path: Value | undefined;
  readonly pathWord: ShellWord | undefined;
  readonly command: ShellCommand;
  readonly script: ShellScript;
  readonly step: Step;
  readonly order: Order;
  /** Commands behind it that it reaches and that do more than print. */
  readonly uses: readonly ShellCommand[];
}

/** A venv that was copied or moved to another path than it was made at. */
export interface MovedEnvironment {
  readonly original: PythonEnvironment;
  readonly environment: PythonEnvironment;
  readonly step: Step;
  /** The word that names the new place. */
  readonly targetRange: Range;
  readonly by: 'COPY' | 'command';
  /** The source names the venv itself, not a directory above it. */
  readonly isExact: boolean;
  readonly sourceText: { readonly text: string; readonly range: Range } | undefined;
}

/** A command that may do anything: a script of the context, make, a downloaded program. */
export interface OpaqueCommand {
  readonly command: ShellCommand;
  readonly order: Order;
}

/** A RUN, CMD, ENTRYPOINT or HEALTHCHECK with its commands. */
export interface ScriptedStep {
  readonly step: Step;
  readonly script: ShellScript;
}

/** What a stage has to do with Python. Lists are in the order of the file and do not repeat what a parent stage has. */
export interface PythonStage {
  readonly stage: Stage;
  readonly parent: PythonStage | undefined;
  /** Of the image at the root of its FROM chain. */
  readonly base: BaseFacts | undefined;
  /** How messages name that image: `debian:12-slim`. */
  readonly baseName: string;
  readonly scripts: readonly ScriptedStep[];
  /** The commands of all scripts in order, with what each finds when it runs. */
  readonly calls: readonly Call[];
  readonly environments: readonly PythonEnvironment[];
  /** All environments that stand in the stage: its own, its parents', the base image's. */
  readonly known: readonly PythonEnvironment[];
  readonly installs: readonly Install[];
  readonly configWrites: readonly ConfigWrite[];
  /** Calls of the distribution's package manager. */
  readonly packages: readonly PackageCall[];
  /** Files that commands and COPY write. */
  readonly writes: readonly FileWrite[];
  readonly markerSites: readonly MarkerSite[];
  readonly activations: readonly Activation[];
  readonly moved: readonly MovedEnvironment[];
  readonly copies: readonly CopyFacts[];
  readonly opaque: readonly OpaqueCommand[];
  /** Another Python came in that is not followed: compiled, copied, pyenv, a PPA. */
  readonly isUncertain: boolean;
  /** Where uv keeps the Python that `uv python install` has fetched. */
  readonly managed: Value | undefined;
  /** ENV and ARG of the stage itself. */
  readonly settings: readonly Setting[];
  /** What a program name means at the end of the stage, looked up along a PATH. */
  resolve(name: Value, searchPath: Value): Target;
}
