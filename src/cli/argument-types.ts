import type { Preset, Severity } from '../engine/rule.ts';
import type { Format } from '../report/report.ts';

/** What decides the exit code: the least severity, or nothing. */
export type FailOn = Severity | 'never';

/** What decides which rules run. */
export interface RuleArguments {
  readonly preset: Preset | undefined;
  readonly select: readonly string[];
  readonly ignore: readonly string[];
  /** `--config`: in place of the configuration that is found. */
  readonly config: string | undefined;
  /** `--isolated`: no configuration. */
  readonly isolated: boolean;
  readonly pedantic: boolean;
  /** Undefined: as the configuration says. */
  readonly failOn: FailOn | undefined;
}

/** What a build is told. */
export interface BuildArguments {
  /** `--context`: the directory that is sent along. */
  readonly context: string | undefined;
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
}

export interface LintArguments extends RuleArguments, BuildArguments {
  readonly command: 'lint';
  readonly paths: readonly string[];
  readonly fix: boolean;
  readonly unsafeFixes: boolean;
  readonly diff: boolean;
  /** `--fix-rule`: the rules whose fixes are made; empty for all. */
  readonly fixRules: readonly string[];
  readonly outputs: readonly { readonly format: Format; readonly file: string | undefined }[];
  /** `--shellcheck`: the program; undefined: the one on PATH. */
  readonly shellcheck: string | undefined;
  readonly verbose: boolean;
  /** `--force-exclude`: what the configuration excludes is left out though it is named. */
  readonly forceExclude: boolean;
  /** `--watch`: run again when files change. */
  readonly watch: boolean;
  /** `--baseline`: findings that are known. */
  readonly baseline: string | undefined;
  readonly updateBaseline: boolean;
  readonly addSuppressions: boolean;
  /** `--reason`: what the comments say. */
  readonly reason: string | undefined;
  readonly showSuppressed: boolean;
  readonly statistics: boolean;
  readonly stdinFilename: string;
  readonly color: 'auto' | 'always' | 'never';
}

export interface InspectArguments extends RuleArguments {
  readonly command: 'inspect';
  readonly image: string;
  /** `--image`: a name or digest, where the source holds several images. */
  readonly chosen: string | undefined;
  readonly platform: string | undefined;
  /** `--dockerfile`: what the image was built of, for findings with the line to change. */
  readonly dockerfile: string | undefined;
  /** `--target`: the stage that was built; undefined for the last one. */
  readonly target: string | undefined;
  /** `--base-layers`: how many of the lowest layers are the base image's; undefined to guess. */
  readonly baseLayers: number | undefined;
  readonly outputs: readonly { readonly format: 'text' | 'json' | 'markdown'; readonly file: string | undefined }[];
  readonly top: number;
  /** 0 to 1. */
  readonly minEfficiency: number | undefined;
  /** Bytes. */
  readonly maxWasted: number | undefined;
  /** `--insecure`: registries without TLS or with a certificate that nobody vouches for. */
  readonly insecure: boolean;
  readonly progress: boolean;
  readonly color: 'auto' | 'always' | 'never';
}

export interface AdviseArguments extends RuleArguments {
  readonly command: 'advise';
  /** A Dockerfile, a directory that has one, or `-`. */
  readonly path: string;
  /** `--image`: one that was built of it. */
  readonly image: string | undefined;
  readonly outputs: readonly { readonly format: 'markdown' | 'json'; readonly file: string | undefined }[];
}

export interface ProveArguments extends RuleArguments, BuildArguments {
  readonly command: 'prove';
  readonly path: string;
  readonly network: string | undefined;
  readonly engine: 'docker' | 'podman' | undefined;
  readonly keep: boolean;
  readonly outputs: readonly { readonly format: 'markdown' | 'json'; readonly file: string | undefined }[];
}

/** `plimsoll init`. */
export interface InitArguments {
  readonly command: 'init';
  /** `--from-hadolint`: a file, or '' for the one that hadolint would find. */
  readonly fromHadolint: string | undefined;
}

/** `plimsoll config`: what holds for a file. */
export interface ConfigArguments extends RuleArguments {
  readonly command: 'config';
  readonly path: string;
  readonly json: boolean;
}

export type Arguments =
  | LintArguments
  | InitArguments
  | ConfigArguments
  | ProveArguments
  | AdviseArguments
  | InspectArguments
  | { readonly command: 'explain'; readonly rule: string }
  | { readonly command: 'rules'; readonly json: boolean }
  | { readonly command: 'completions'; readonly shell: 'bash' | 'zsh' | 'fish' }
  /** `topic`: a command, for `plimsoll lint --help`. */
  | { readonly command: 'help'; readonly topic: string | undefined }
  | { readonly command: 'version' };
