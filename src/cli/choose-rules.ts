import type { RuleSetting } from '../config/config.ts';
import { nearest } from '../dockerfile/nearest.ts';
import type { Options, Preset, PresetEntry, Rule, RuleCheck, Severity } from '../engine/rule.ts';
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
    const own = settings.filter(({ name }) => isNamed(rule, name));
    // Who selects a rule does not ask whether a preset has it.
    let run = runOf(rule, rule.meta.presets[preset] ?? (select.length > 0 ? {} : undefined));
    for (const setting of own) run = set(rule, run, setting);
    if (select.length > 0) {
      const names = select.filter((name) => isNamed(rule, name));
      if (names.length === 0) return [];
      run = only({ ...(run ?? rule), isAsked: true }, names);
    }
    for (const name of ignore) if (isNamed(rule, name)) run = set(rule, run, { name, severity: 'off' });
    return run === undefined ? [] : [run];
  });
  if (chosen.length === 0) throw new UsageError('--select and --ignore leave no rule');
  return chosen;
}

/** A rule as a preset runs it; undefined where it does not. */
function runOf(rule: Rule, entry: PresetEntry | undefined): Rule | undefined {
  if (entry === undefined) return undefined;
  const { severity, codes, options, only: half } = entry;
  return {
    meta: rule.meta,
    check: half === undefined ? rule.check : halfOf(rule.check, half),
    severity,
    codes: codes && new Map(Object.entries(codes)),
    options: options && { ...rule.meta.options, ...options },
  };
}

function halfOf(check: RuleCheck, half: 'dockerfile' | 'image'): RuleCheck {
  const { dockerfile, image, ...rest } = check;
  return half === 'image'
    ? image === undefined
      ? rest
      : { ...rest, image }
    : dockerfile === undefined
      ? rest
      : { ...rest, dockerfile };
}

/** A rule with a setting, over what holds so far. */
function set(rule: Rule, run: Rule | undefined, { name, severity, options }: RuleSetting): Rule | undefined {
  const codes = codesNamed(rule, name);
  if (codes.length > 0) {
    if (run === undefined && severity === 'off') return undefined;
    const part = run ?? only(rule, [name]);
    const level = severity ?? part.severity ?? part.meta.severity;
    const set = codes.map((code): [string, Severity | 'off'] => [code, level]);
    return { ...part, codes: new Map([...(part.codes ?? []), ...set]), ...optionsOf(part, options) };
  }
  if (severity === 'off') return undefined;
  const base = run ?? { meta: rule.meta, check: rule.check };
  return {
    ...base,
    // A family is not asked for by name.
    isAsked: base.isAsked || rule.meta.family !== name,
    ...(severity === undefined ? {} : { severity, codes: undefined }),
    ...optionsOf(base, options),
  };
}

function optionsOf(base: Rule, options: Options | undefined): Pick<Rule, 'options'> {
  return options === undefined ? {} : { options: { ...base.meta.options, ...base.options, ...options } };
}

/** A rule with the codes alone that names mean; whole where a name means all of it. */
function only(rule: Rule, names: readonly string[]): Rule {
  const named = names.map((name) => codesNamed(rule, name));
  if (named.some((codes) => codes.length === 0)) return rule;
  const kept = new Set(named.flat());
  const tools = new Set([...kept].map(toolOf));
  const off = rule.meta.aliases.filter((alias) => tools.has(toolOf(alias)) && !kept.has(alias));
  return { ...rule, codes: new Map([...(rule.codes ?? []), ...off.map((code): [string, 'off'] => [code, 'off'])]) };
}

/** The codes of a rule that a name means, where the rule has others of the same tool; none where it means the whole rule. */
function codesNamed({ meta }: Rule, name: string): readonly string[] {
  const codes = meta.aliases.filter((alias) => isAlias(alias, name)).map((alias) => codeOf(alias, name));
  const [first] = codes;
  if (first === undefined || meta.id === name.toLowerCase()) return [];
  return meta.aliases.some((alias) => toolOf(alias) === toolOf(first) && !codes.includes(alias)) ? codes : [];
}

function toolOf(alias: string): string {
  return alias.slice(0, alias.indexOf(':'));
}

/** With or without the tool in front; `shellcheck:SC*` stands for all of its codes. */
function isAlias(alias: string, name: string): boolean {
  const [code, lower] = [alias.toLowerCase(), name.toLowerCase()];
  if (code.endsWith('*')) return /^(?:shellcheck:)?sc(?:\d+|\*)$/.test(lower);
  return code === lower || code.slice(code.indexOf(':') + 1) === lower;
}

function codeOf(alias: string, name: string): string {
  return alias.endsWith('*') ? `${toolOf(alias)}:${name.slice(name.indexOf(':') + 1).toUpperCase()}` : alias;
}

/** Whether a name means the rule or a part of it. */
export function isNamed({ meta }: Rule, name: string): boolean {
  const lower = name.toLowerCase();
  return meta.id === lower || meta.family === lower || meta.aliases.some((alias) => isAlias(alias, name));
}

/** Throws a UsageError for a name that means no rule. */
export function checkNames(rules: readonly Rule[], names: readonly string[]): void {
  const name = names.find((candidate) => !rules.some((rule) => isNamed(rule, candidate)));
  if (name === undefined) return;
  const meant = nearest(
    name,
    rules.flatMap(({ meta }) => [meta.id, meta.family, ...meta.aliases]),
  );
  throw new UsageError(
    `unknown rule "${name}"${meant === undefined ? '; `plimsoll rules` lists them' : `; did you mean ${meant}?`}`,
  );
}
