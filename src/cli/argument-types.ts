import type { Severity } from '../engine/rule.ts';
import type { Format } from '../report/report.ts';

/** What decides the exit code: the least severity, or nothing. */
export type FailOn = Severity | 'never';

export interface LintArguments {
  readonly command: 'lint';
  readonly paths: readonly string[];
  readonly fix: boolean;
  readonly unsafeFixes: boolean;
  readonly diff: boolean;
  /** `--fix-rule`: the rules whose fixes are made; empty for all. */
  readonly fixRules: readonly string[];
  readonly outputs: readonly { readonly format: Format; readonly file: string | undefined }[];
  readonly select: readonly string[];
  readonly ignore: readonly string[];
  readonly failOn: FailOn;
  readonly pedantic: boolean;
  readonly showSuppressed: boolean;
  readonly statistics: boolean;
  readonly stdinFilename: string;
  readonly color: 'auto' | 'always' | 'never';
}

export interface InspectArguments {
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
  readonly select: readonly string[];
  readonly ignore: readonly string[];
  readonly failOn: FailOn;
  readonly pedantic: boolean;
  readonly outputs: readonly { readonly format: 'text' | 'json'; readonly file: string | undefined }[];
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

export interface AdviseArguments {
  readonly command: 'advise';
  /** A Dockerfile, a directory that has one, or `-`. */
  readonly path: string;
  /** `--image`: one that was built of it. */
  readonly image: string | undefined;
  readonly select: readonly string[];
  readonly ignore: readonly string[];
  readonly outputs: readonly { readonly format: 'markdown' | 'json'; readonly file: string | undefined }[];
}

export interface ProveArguments {
  readonly command: 'prove';
  readonly path: string;
  /** `--context`: the directory that is built. */
  readonly context: string | undefined;
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly network: string | undefined;
  readonly engine: 'docker' | 'podman' | undefined;
  readonly keep: boolean;
  readonly pedantic: boolean;
  readonly select: readonly string[];
  readonly ignore: readonly string[];
  readonly outputs: readonly { readonly format: 'markdown' | 'json'; readonly file: string | undefined }[];
}

export type Arguments =
  | LintArguments
  | ProveArguments
  | AdviseArguments
  | InspectArguments
  | { readonly command: 'explain'; readonly rule: string }
  | { readonly command: 'rules'; readonly json: boolean }
  | { readonly command: 'help' }
  | { readonly command: 'version' };
