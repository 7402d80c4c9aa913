import type { Applicability, JsonFinding, JsonImage, JsonImageFinding, JsonSummary, Severity } from '../report/json-types.js';
export type { Applicability, JsonFinding, JsonFix, JsonImage, JsonImageFinding, JsonImagePlace, JsonLayer, JsonPosition, JsonRange, JsonSummary, Severity, } from '../report/json-types.js';
/** The version of the package. */
export declare const version: string;
/** Which rules run, and how. No configuration file is read; names are checked as in one. */
export interface RuleOptions {
    /** `python` where none is named. */
    readonly preset?: 'python' | 'recommended' | 'all' | 'hadolint' | 'buildkit' | undefined;
    /** As `rules` of plimsoll.yaml: rules, families or other tools' codes with a severity, `off`, or severity and options. */
    readonly rules?: Readonly<Record<string, Severity | 'off' | {
        readonly severity?: Severity | 'off' | undefined;
        readonly [option: string]: unknown;
    }>> | undefined;
    /** These alone, whatever the preset. */
    readonly select?: readonly string[] | undefined;
    readonly ignore?: readonly string[] | undefined;
    /** Also findings of low confidence. */
    readonly pedantic?: boolean | undefined;
}
export interface LintOptions extends RuleOptions {
    /** What the file is called in findings, and what it is for is told by (`Dockerfile.dev`); it is not read. `Dockerfile` where none is named. */
    readonly path?: string | undefined;
    /** The directory that the build sends along: rules look for requirements, lock files and .dockerignore. None: nothing is read. */
    readonly context?: string | undefined;
    /** Name or number of the stage that is built; the last where none is named. */
    readonly target?: string | undefined;
    /** Values of ARG that the build is given. */
    readonly buildArgs?: Readonly<Record<string, string>> | undefined;
}
export interface LintResult {
    /** Sorted by place, then rule. */
    readonly findings: readonly JsonFinding[];
    /** What comments in the file silence. */
    readonly suppressed: readonly JsonFinding[];
    /** Rules that failed on this text: bugs of ours, worth a report. */
    readonly failures: readonly {
        readonly rule: string;
        readonly message: string;
    }[];
}
export interface FixOptions extends LintOptions {
    /** Also fixes that may change what the image does. */
    readonly unsafe?: boolean | undefined;
}
export interface FixResult extends LintResult {
    /** The mended text; findings are those that are left in it. */
    readonly text: string;
    /** What was mended, in the order it was. */
    readonly mended: readonly {
        readonly rule: string;
        readonly severity: Severity;
        readonly message: string;
        readonly title: string;
        readonly applicability: Applicability;
    }[];
}
export interface InspectOptions extends RuleOptions {
    /** `os/architecture[/variant]`, where there are several. */
    readonly platform?: string | undefined;
    /** A reference or a digest, where a source holds several images. */
    readonly image?: string | undefined;
    /** Registries may be asked without TLS, or with certificates that nobody vouches for. */
    readonly insecure?: boolean | undefined;
    /** How many layers are the base image's; where none is given the Dockerfile says it, or it is guessed. */
    readonly baseLayers?: number | undefined;
    /** What the image was built of: findings of both are joined. */
    readonly dockerfile?: {
        readonly text: string;
        readonly path?: string | undefined;
        readonly context?: string | undefined;
        /** The stage that was built; the last where none is named. */
        readonly target?: string | undefined;
    };
}
export interface InspectResult {
    readonly image: JsonImage;
    readonly findings: readonly (JsonFinding | JsonImageFinding)[];
    readonly summary: JsonSummary;
    /** Why the Dockerfile is not the one of the image, in words. */
    readonly misfit?: string;
    readonly failures: readonly {
        readonly rule: string;
        readonly message: string;
    }[];
}
export interface RuleInfo {
    readonly id: string;
    readonly family: string;
    readonly summary: string;
    readonly severity: Severity;
    readonly confidence: 'high' | 'medium' | 'low';
    readonly fix: 'safe' | 'unsafe' | 'manual' | 'none';
    /** Codes of other tools: `hadolint:DL3042`. */
    readonly aliases: readonly string[];
    /** The presets that it is in. */
    readonly presets: readonly string[];
    /** Its options and what they are where nobody sets them. */
    readonly options: Readonly<Record<string, unknown>>;
    readonly url: string;
}
/**
 * Checks the text of a Dockerfile. Any text is read; nothing of it is run. Throws an Error named `UsageError`, one line for
 * people, for options that name what there is not.
 */
export declare function lint(text: string, options?: LintOptions): LintResult;
/** Mends the text of a Dockerfile as `plimsoll lint --fix` does; files are not written. Throws as `lint` does. */
export declare function fix(text: string, options?: FixOptions): FixResult;
/**
 * Reads an image and checks it. `source` is what `plimsoll inspect` takes: a path (archive, OCI layout, root directory), the
 * name of an image in a daemon, or one after `registry:`. Rejects with an Error named `UsageError`, one line for people, where
 * it cannot be read.
 */
export declare function inspect(source: string, options?: InspectOptions): Promise<InspectResult>;
/** All rules that there are, sorted by id. */
export declare function rules(): readonly RuleInfo[];
