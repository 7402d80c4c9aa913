import type { Edit } from '../dockerfile/edit.ts';
import type { Range } from '../dockerfile/range.ts';
import type { Stage } from '../dockerfile/stages.ts';
import type { BodyWish } from '../image/bodies.ts';
import type { ImageSubject } from '../image/subject.ts';
import type { ShellCommand } from '../shell/script.ts';
import type { DockerfileModel } from './model.ts';
import type { UnusedName } from './suppressions.ts';

export type Severity = 'error' | 'warning' | 'info';
export type Confidence = 'high' | 'medium' | 'low';
/** `safe`: the build still succeeds and the image behaves as meant. `unsafe`: right in most cases. `manual`: shown, never written. */
export type Applicability = 'safe' | 'unsafe' | 'manual';

/** A change that mends a finding: all its edits or none. */
export interface Fix {
  readonly title: string;
  readonly applicability: Applicability;
  readonly edits: readonly Edit[];
  /** It changes how the whole file works: what else is to mend is asked again behind it. */
  readonly isWide?: boolean | undefined;
  /** Paths that .dockerignore is to leave out; such a fix has no edits. */
  readonly ignore?: readonly string[] | undefined;
}

/** Another place that explains a finding. */
export interface Related {
  readonly message: string;
  readonly range: Range;
}

/** What a rule yields. What is left out is as the rule's YAML says. */
export interface Report {
  readonly at: Range;
  /** Fills the placeholders of the message. */
  readonly data?: Readonly<Record<string, string>> | undefined;
  /** A key of `messages` in the YAML; without it `message` is used. */
  readonly message?: string | undefined;
  readonly severity?: Severity | undefined;
  readonly confidence?: Confidence | undefined;
  /** Which of the codes of one tool it goes by there, for a rule that covers several of them: `hadolint:DL3008`. */
  readonly alias?: string | undefined;
  /** A function where it is dear: it is asked for findings that are given alone. */
  readonly fix?: Fix | (() => Fix | undefined) | undefined;
  readonly related?: readonly Related[] | undefined;
  readonly stage?: Stage | undefined;
}

/** What a rule yields of an image. What is left out is as the rule's YAML says. */
export interface ImageReport {
  /** A path of the image, `/` first. */
  readonly path?: string | undefined;
  /** Index of the layer that is to blame. */
  readonly layer?: number | undefined;
  readonly data?: Readonly<Record<string, string>> | undefined;
  readonly message?: string | undefined;
  readonly severity?: Severity | undefined;
  readonly confidence?: Confidence | undefined;
  /** As of a report about a Dockerfile. */
  readonly alias?: string | undefined;
}

/** Values of a rule's options, by their names in its YAML file. */
export type Options = Readonly<Record<string, unknown>>;

/**
 * How a rule finds its flaw, in a Dockerfile, in an image or in both. A generator over the model and the rule's own options;
 * it reads nothing else.
 */
export interface RuleCheck<O = Options> {
  dockerfile?(file: DockerfileModel, options: O): Iterable<Report>;
  image?(image: ImageSubject): Iterable<ImageReport>;
  /** Asked last, with the names in ignore comments that silenced nothing. */
  unused?(file: DockerfileModel, unused: readonly UnusedName[]): Iterable<Report>;
  /** What the image shows nothing of is not there, whatever the Dockerfile looks like. */
  readonly isDecisive?: true;
  /** It gives what ShellCheck says: that is run only where such a rule is on. */
  readonly asksShellCheck?: true;
  /** Files of an image that it wants to look into. */
  readonly bodies?: readonly BodyWish[];
}

export type Saving =
  | 'packages'
  | 'installer-caches'
  | 'conda-caches'
  | 'package-caches'
  | 'metadata'
  | 'deleted'
  | 'copies'
  | 'seed';

/** Sets of rules that are chosen by one name; see docs/presets.md. */
export const PRESETS = ['python', 'recommended', 'all', 'hadolint', 'buildkit'] as const;

export type Preset = (typeof PRESETS)[number];

/** How a preset runs a rule. What is left out is as the rule's YAML says. */
export interface PresetEntry {
  readonly severity?: Severity | undefined;
  /** Severities by the codes of another tool, for a rule that covers several. */
  readonly codes?: Readonly<Record<string, Severity>> | undefined;
  readonly options?: Options | undefined;
  /** The half of the rule that is run. */
  readonly only?: 'dockerfile' | 'image' | undefined;
}

/** What a rule says: its YAML file, compiled. */
export interface RuleMeta {
  readonly id: string;
  readonly family: string;
  readonly summary: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly fix: 'safe' | 'unsafe' | 'manual' | 'none';
  readonly since: string;
  readonly aliases: readonly string[];
  /** It matters in images that are kept: one level less in those for development, low confidence in those for tests. */
  readonly production?: boolean | undefined;
  /** Which bytes its mend takes off an image. */
  readonly saves?: Saving | undefined;
  /** BuildKit runs it only where `# check=experimental=` asks for it, and so do presets. */
  readonly experimental?: boolean | undefined;
  readonly presets: Readonly<Partial<Record<Preset, PresetEntry>>>;
  /** What its options are where nobody sets them. */
  readonly options: Options;
  readonly message: string;
  readonly messages: Readonly<Record<string, string>>;
}

/** What a rule says besides its messages: read only where it is shown. */
export interface RuleTexts {
  readonly why: string;
  readonly mend: string;
  readonly sources: readonly { readonly title: string; readonly url: string }[];
}

/** A rule as it is run: what is set here holds against what its YAML says. */
export interface Rule {
  readonly meta: RuleMeta;
  readonly check: RuleCheck;
  readonly severity?: Severity | undefined;
  /** By code of another tool, for a rule that covers several. */
  readonly codes?: ReadonlyMap<string, Severity | 'off'> | undefined;
  /** All of them, defaults included. */
  readonly options?: Options | undefined;
  /** It was asked for by name: it runs though it is experimental. */
  readonly isAsked?: boolean | undefined;
}

/** Types a rule's check; a rule file exports this by default. */
export function defineRule<O extends object = Options>(check: RuleCheck<O>): RuleCheck {
  return check as RuleCheck;
}

/**
 * The codes of other tools that a finding goes by: those of its rule, but of the tool of `alias` that one alone; without one,
 * none of a tool that has several for the rule. ShellCheck's codes are hadolint's as well.
 */
export function aliasesOf({ aliases }: Pick<RuleMeta, 'aliases'>, alias: string | undefined): readonly string[] {
  if (alias === undefined)
    return aliases.filter((own) => aliases.filter((other) => toolOf(other) === toolOf(own)).length === 1);
  const others = aliases.filter((other) => toolOf(other) !== toolOf(alias));
  return alias.startsWith('shellcheck:')
    ? [alias, alias.replace('shellcheck:', 'hadolint:'), ...others]
    : [alias, ...others];
}

/** The tool in front of a code. */
export function toolOf(alias: string): string {
  return alias.slice(0, alias.indexOf(':'));
}

/** Whether a name means the rule or a part of it: its id, its family, or a code of another tool, with or without the tool in front. */
export function isNamed(meta: Pick<RuleMeta, 'id' | 'family' | 'aliases'>, name: string): boolean {
  const lower = name.toLowerCase();
  return meta.id === lower || meta.family === lower || meta.aliases.some((alias) => isAlias(alias, lower));
}

/** `shellcheck:SC*` stands for all of its codes. */
export function isAlias(alias: string, name: string): boolean {
  const [code, lower] = [alias.toLowerCase(), name.toLowerCase()];
  if (code.endsWith('*')) return /^(?:(?:shellcheck|hadolint):)?sc(?:\d+|\*)$/.test(lower);
  return code === lower || code.slice(code.indexOf(':') + 1) === lower;
}

/** What is set for a code (none: for what goes by none): by itself, or by the pattern that its rule names for all of them (`shellcheck:SC*`). */
export function codeSetting({ codes }: Rule, alias: string | undefined): Severity | 'off' | undefined {
  if (codes === undefined) return undefined;
  if (alias === undefined) return codes.get('');
  return codes.get(alias) ?? codes.get(alias.replace(/\d+$/, '*'));
}

/** A rule's message with its placeholders filled; `key` chooses one of several. */
export function messageOf(meta: RuleMeta, key: string | undefined, data: Report['data']): string {
  const template = key === undefined ? meta.message : meta.messages[key];
  if (template === undefined) throw new Error(`${meta.id} has no message "${key}"`);
  return template.replace(/\{(\w+)\}/g, (placeholder, name: string) => data?.[name] ?? placeholder);
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

/** One level down; info stays info. */
export function lowered(severity: Severity): Severity {
  return severity === 'error' ? 'warning' : 'info';
}

/**
 * A severity weighed by where the command stands: at most info in a stage that the build does not run, one level
 * down where its failure is tolerated or it runs only on a condition.
 */
export function weighed(severity: Severity, stage: Stage, command?: ShellCommand): Severity {
  if (stage.role === 'unused') return 'info';
  return command !== undefined && (command.isTolerated || command.isConditional) ? lowered(severity) : severity;
}

/** Whether `severity` is at least as bad as `threshold`. */
export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold);
}

/** A fix of edits, or none where one of them could not be made. */
export function fixOf(
  applicability: Applicability,
  title: string,
  edits: readonly (Edit | undefined)[],
): Fix | undefined {
  const all: Edit[] = [];
  for (const edit of edits) {
    if (edit === undefined) return undefined;
    all.push(edit);
  }
  return all.length === 0 ? undefined : { title, applicability, edits: all };
}
