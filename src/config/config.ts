import type { Options, Preset, Severity } from '../engine/rule.ts';

/** What is set for rules by name: a rule, a family, or the code of another tool. */
export interface RuleSetting {
  readonly name: string;
  /** Undefined: as the preset or the rule itself has it. */
  readonly severity?: Severity | 'off' | undefined;
  readonly options?: Options | undefined;
  /** Where it is set, for `plimsoll config`: a file with its line. */
  readonly origin?: string | undefined;
}

/** Settings for some of the files. */
export interface Override {
  /** Patterns as in .gitignore, from the directory of the file they stand in. */
  readonly files: readonly string[];
  readonly directory: string;
  readonly preset: ChosenPreset | undefined;
  readonly rules: readonly RuleSetting[];
}

/** A preset and where it is chosen. */
export interface ChosenPreset {
  readonly name: Preset;
  readonly origin: string;
}

/** What one file says of rules: its overrides hold against the rest of it. */
export interface Layer {
  readonly preset: ChosenPreset | undefined;
  readonly rules: readonly RuleSetting[];
  readonly overrides: readonly Override[];
}

/** A configuration with all that it extends; what stands nearer holds against what is extended. */
export interface Config {
  /** The file that was found. */
  readonly path: string;
  /** What each of its files says, what is extended first: later layers hold against earlier ones. */
  readonly layers: readonly Layer[];
  readonly exclude: readonly { readonly patterns: readonly string[]; readonly directory: string }[];
  readonly failOn: Severity | 'never' | undefined;
  readonly pedantic: boolean | undefined;
}

/** A configuration as it is written, once it fits the schema (docs/config.schema.json). */
export interface WrittenConfig {
  readonly extends?: string | readonly string[];
  readonly preset?: Preset;
  readonly rules?: Readonly<Record<string, WrittenSetting>>;
  readonly overrides?: readonly {
    readonly files: readonly string[];
    readonly preset?: Preset;
    readonly rules?: Readonly<Record<string, WrittenSetting>>;
  }[];
  readonly exclude?: readonly string[];
  readonly 'fail-on'?: Severity | 'never';
  readonly pedantic?: boolean;
}

export type WrittenSetting = Severity | 'off' | ({ readonly severity?: Severity | 'off' } & Options);

/** What a setting says, its severity apart from its options. */
export function settingOf(written: WrittenSetting): Pick<RuleSetting, 'severity' | 'options'> {
  if (typeof written === 'string') return { severity: written };
  const { severity, ...options } = written;
  return { severity, ...(Object.keys(options).length === 0 ? {} : { options }) };
}
