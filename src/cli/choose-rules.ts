import type { RuleSetting } from '../config/config.ts';
import { nearest } from '../dockerfile/nearest.ts';
import {
  isAlias,
  isNamed,
  type Options,
  type Preset,
  type PresetEntry,
  type Rule,
  type RuleCheck,
  type Severity,
  toolOf,
} from '../engine/rule.ts';
import { UsageError } from './errors.ts';

/** Which rules run, and how. */
export interface Choice {
  readonly preset?: Preset | undefined;
  /** Later ones hold against earlier ones. */
  readonly settings?: readonly RuleSetting[] | undefined;
  /** Where there are any, these alone, whatever the preset. */
  readonly select?: readonly string[] | undefined;
  readonly ignore?: readonly string[] | undefined;
}

/**
 * The rules of a preset, as settings change them; of these what --select and --ignore leave. Names are rules, families or
 * codes of other tools (`hadolint:DL3042`, or `DL3042`). A code of a rule that covers several means that part of it.
 */
export function chooseRules(rules: readonly Rule[], choice: Choice): readonly Rule[] {
  const { preset = 'python', settings = [], select = [], ignore = [] } = choice;
  checkNames(rules, [...select, ...ignore, ...settings.map(({ name }) => name)]);
  const chosen = rules.flatMap((rule) => {
    const names = select.filter((name) => isNamed(rule.meta, name));
    if (select.length > 0 && names.length === 0) return [];
    // Who selects a rule does not ask whether a preset has it.
    const chosen = new Chosen(rule, rule.meta.presets[preset], names.length > 0);
    for (const setting of settings) if (isNamed(rule.meta, setting.name)) chosen.set(setting);
    if (names.length > 0) chosen.select(names);
    for (const name of ignore) if (isNamed(rule.meta, name)) chosen.set({ name, severity: 'off' });
    return chosen.rule ?? [];
  });
  if (chosen.length === 0 && (select.length > 0 || ignore.length > 0))
    throw new UsageError('--select and --ignore leave no rule');
  return chosen;
}

/** One rule while it is decided whether and how it runs. */
class Chosen {
  readonly #rule: Rule;
  readonly #half: PresetEntry['only'];
  #severity: Severity | undefined;
  #codes: Map<string, Severity | 'off'>;
  #options: Options | undefined;
  #isOn: boolean;
  #wasSwitchedOff = false;
  #isAsked = false;

  constructor(rule: Rule, entry: PresetEntry | undefined, isSelected: boolean) {
    this.#rule = rule;
    this.#half = entry?.only;
    this.#severity = entry?.severity;
    this.#codes = new Map(Object.entries(entry?.codes ?? {}));
    this.#options = entry?.options;
    this.#isOn = entry !== undefined || isSelected;
  }

  set({ name, severity, options }: RuleSetting): void {
    const codes = codesNamed(this.#rule, name);
    if (options !== undefined) this.#options = { ...this.#options, ...options };
    if (codes.length > 0) {
      if (!this.#isOn && severity === 'off') return;
      if (!this.#isOn) this.#only(codes);
      this.#isOn = true;
      this.#isAsked = true;
      for (const code of codes) this.#codes.set(code, severity ?? this.#severity ?? this.#rule.meta.severity);
      return;
    }
    if (severity === 'off') {
      this.#isOn = false;
      this.#wasSwitchedOff = true;
      return;
    }
    // Options alone leave a rule off that was switched off.
    if (severity === undefined && this.#wasSwitchedOff) return;
    this.#isOn = true;
    this.#wasSwitchedOff = false;
    // A family is not asked for by name.
    this.#isAsked ||= this.#rule.meta.family !== name.toLowerCase();
    if (severity === undefined) return;
    this.#severity = severity;
    this.#codes = new Map();
  }

  select(names: readonly string[]): void {
    this.#isOn = true;
    this.#isAsked ||= names.some((name) => this.#rule.meta.family !== name.toLowerCase());
    const named = names.map((name) => codesNamed(this.#rule, name));
    if (named.every((codes) => codes.length > 0)) this.#only(named.flat());
  }

  /** Switches everything off but these codes of another tool. */
  #only(codes: readonly string[]): void {
    const level = (code: string) => this.#codes.get(code) ?? this.#severity ?? this.#rule.meta.severity;
    const kept = codes.map((code): [string, Severity | 'off'] => [code, level(code)]);
    const tools = new Set(codes.map(toolOf));
    const others = this.#rule.meta.aliases.filter((alias) => tools.has(toolOf(alias)) && !codes.includes(alias));
    // What goes by none of them is off as well.
    this.#codes = new Map([...[...others, ''].map((code): [string, 'off'] => [code, 'off']), ...kept]);
  }

  get rule(): Rule | undefined {
    if (!this.#isOn) return undefined;
    const { meta, check } = this.#rule;
    return {
      meta,
      // Whoever names a rule means all of it.
      check: this.#half === undefined || this.#isAsked ? check : halfOf(check, this.#half),
      severity: this.#severity,
      codes: this.#codes.size === 0 ? undefined : this.#codes,
      options: this.#options && { ...meta.options, ...this.#options },
      isAsked: this.#isAsked,
    };
  }
}

function halfOf({ dockerfile, image, ...rest }: RuleCheck, half: 'dockerfile' | 'image'): RuleCheck {
  if (half === 'image') return image === undefined ? rest : { ...rest, image };
  return dockerfile === undefined ? rest : { ...rest, dockerfile };
}

/** The codes of a rule that a name means, where the rule has others of the same tool; none where it means the whole rule. */
function codesNamed({ meta }: Rule, name: string): readonly string[] {
  const codes = meta.aliases.filter((alias) => isAlias(alias, name)).map((alias) => codeOf(alias, name));
  const [first] = codes;
  if (first === undefined || meta.id === name.toLowerCase()) return [];
  return meta.aliases.some((alias) => toolOf(alias) === toolOf(first) && !codes.includes(alias)) ? codes : [];
}

function codeOf(alias: string, name: string): string {
  return alias.endsWith('*') ? `${toolOf(alias)}:${name.slice(name.indexOf(':') + 1).toUpperCase()}` : alias;
}

/** Throws a UsageError for a name that means no rule. */
export function checkNames(rules: readonly Rule[], names: readonly string[]): void {
  const name = names.find((candidate) => !rules.some((rule) => isNamed(rule.meta, candidate)));
  if (name === undefined) return;
  const meant = nearest(
    name,
    rules.flatMap(({ meta }) => [meta.id, meta.family, ...meta.aliases]),
  );
  throw new UsageError(
    `unknown rule "${name}"${meant === undefined ? '; `plimsoll rules` lists them' : `; did you mean ${meant}?`}`,
  );
}
