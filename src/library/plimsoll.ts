import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { rules as allRules } from '../../rules/registry.generated.ts';
import { chooseRules } from '../cli/choose-rules.ts';
import { contextIn } from '../cli/context.ts';
import { UsageError } from '../cli/errors.ts';
import { judgeImage } from '../cli/judge-image.ts';
import { worldOf } from '../cli/world.ts';
import { type RuleSetting, settingOf } from '../config/config.ts';
import { readConfig } from '../config/read.ts';
import { buildSettings } from '../dockerfile/build.ts';
import { targetProblem } from '../engine/build-target.ts';
import { fixText } from '../engine/fix.ts';
import type { LintOptions as EngineOptions, LintResult as EngineResult, Finding } from '../engine/lint.ts';
import { lintText } from '../engine/lint.ts';
import type { Rule } from '../engine/rule.ts';
import { inspectParts } from '../report/inspect-json.ts';
import { dockerfileFinding } from '../report/json-finding.ts';
import type {
  Applicability,
  JsonFinding,
  JsonImage,
  JsonImageFinding,
  JsonSummary,
  Severity,
} from '../report/json-types.ts';
import { ruleUrl } from '../report/report.ts';
import { checkOptions, checkText, DOCKERFILE, FIX, INSPECT, LINT } from './check-options.ts';

export type {
  Applicability,
  JsonFinding,
  JsonFix,
  JsonImage,
  JsonImageFinding,
  JsonImagePlace,
  JsonLayer,
  JsonPosition,
  JsonRange,
  JsonSummary,
  Severity,
} from '../report/json-types.ts';

declare const PLIMSOLL_VERSION: string;

/** The version of the package. */
export const version: string = PLIMSOLL_VERSION;

/** Which rules run, and how. No configuration file is read; names are checked as in one. */
export interface RuleOptions {
  /** `python` where none is named. */
  readonly preset?: 'python' | 'recommended' | 'all' | 'hadolint' | 'buildkit' | undefined;
  /** As `rules` of plimsoll.yaml: rules, families or other tools' codes with a severity, `off`, or severity and options. */
  readonly rules?:
    | Readonly<
        Record<
          string,
          Severity | 'off' | { readonly severity?: Severity | 'off' | undefined; readonly [option: string]: unknown }
        >
      >
    | undefined;
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
  readonly failures: readonly { readonly rule: string; readonly message: string }[];
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
  readonly failures: readonly { readonly rule: string; readonly message: string }[];
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
export function lint(text: string, options: LintOptions = {}): LintResult {
  checkText('text', text);
  checkOptions(options, LINT);
  return resultOf(pathOf(options), lintText(text, rulesFor(options), engineOptions(text, options)));
}

/** Mends the text of a Dockerfile as `plimsoll lint --fix` does; files are not written. Throws as `lint` does. */
export function fix(text: string, options: FixOptions = {}): FixResult {
  checkText('text', text);
  checkOptions(options, FIX);
  const mended = fixText(text, rulesFor(options), { ...engineOptions(text, options), unsafe: options.unsafe });
  if (mended.bug !== undefined) throw new Error(`a bug of ours: ${mended.bug}; please report it`);
  return {
    text: mended.text,
    mended: mended.fixed.map(({ rule, severity, message, fix: applied }) => ({
      rule: rule.id,
      severity,
      message,
      title: applied?.title ?? '',
      applicability: applied?.applicability ?? 'manual',
    })),
    ...resultOf(pathOf(options), mended.result),
  };
}

/**
 * Reads an image and checks it. `source` is what `plimsoll inspect` takes: a path (archive, OCI layout, root directory), the
 * name of an image in a daemon, or one after `registry:`. Rejects with an Error named `UsageError`, one line for people, where
 * it cannot be read.
 */
export async function inspect(source: string, options: InspectOptions = {}): Promise<InspectResult> {
  checkText('source', source);
  checkOptions(options, INSPECT);
  if (options.dockerfile !== undefined) checkOptions(options.dockerfile, DOCKERFILE);
  const { platform, image, insecure = false, baseLayers, pedantic = false, dockerfile } = options;
  const path = dockerfile?.path ?? 'Dockerfile';
  const { report, failures, misfit } = await judgeImage(source, rulesFor(options), {
    open: { platform, image, isInsecure: insecure },
    world: worldOf(allRules),
    baseLayers,
    target: dockerfile?.target,
    pedantic,
    dockerfile: dockerfile && { path, text: dockerfile.text, context: contextOf(dockerfile.context, path) },
  });
  return {
    ...inspectParts(report),
    ...(misfit === undefined ? {} : { misfit }),
    failures: failures.map(({ rule, error }) => ({ rule, message: error.message })),
  };
}

/** All rules that there are, sorted by id. */
export function rules(): readonly RuleInfo[] {
  return allRules.map(
    ({ meta: { id, family, summary, severity, confidence, fix: kind, aliases, presets, options } }) => ({
      id,
      family,
      summary,
      severity,
      confidence,
      fix: kind,
      aliases,
      presets: Object.keys(presets),
      options,
      url: ruleUrl(id),
    }),
  );
}

function rulesFor({ preset, rules: written, select, ignore }: RuleOptions): readonly Rule[] {
  return chooseRules(allRules, { preset, settings: settingsOf({ preset, rules: written }), select, ignore });
}

/** Checked by the schema of configuration files, with their messages. */
function settingsOf(config: { readonly [K in 'preset' | 'rules']: RuleOptions[K] | undefined }): RuleSetting[] {
  const { problems, config: checked } = readConfig('options', JSON.stringify(config));
  if (problems.length > 0)
    throw new UsageError(problems.map((line) => line.replace(/^options:\d+:\d+: /, '')).join('; '));
  return Object.entries(checked.rules ?? {}).map(([name, setting]) => ({ name, ...settingOf(setting) }));
}

function engineOptions(text: string, options: LintOptions): EngineOptions {
  const path = pathOf(options);
  const { target, buildArgs } = options;
  const problem = target === undefined ? undefined : targetProblem(text, target);
  if (problem !== undefined) throw new UsageError(problem);
  return {
    path,
    context: contextOf(options.context, path),
    build: buildSettings(target, buildArgs),
    pedantic: options.pedantic,
    ...worldOf(allRules),
  };
}

function contextOf(directory: string | undefined, path: string) {
  if (directory === undefined) return undefined;
  // The Dockerfile may have a .dockerignore of its own: its path counts from the current directory, else from the context.
  const dockerfile = resolve(path);
  return contextIn(resolve(directory), existsSync(dockerfile) ? dockerfile : resolve(directory, path));
}

function pathOf({ path = 'Dockerfile' }: LintOptions): string {
  return path.replaceAll('\\', '/');
}

function resultOf(path: string, result: EngineResult): LintResult {
  const shown = (findings: readonly Finding[]) => findings.map((finding) => dockerfileFinding(path, result, finding));
  return {
    findings: shown(result.findings),
    suppressed: shown(result.suppressed),
    failures: result.failures.map(({ rule, error }) => ({ rule, message: error.message })),
  };
}
