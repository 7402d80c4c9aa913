import type { Rule } from '../engine/rule.ts';
import { UsageError } from './errors.ts';
import { nearest } from './nearest.ts';

/** The rules that --select and --ignore leave. Names are rules, families or aliases (`hadolint:DL3042`, or `DL3042`). */
export function chooseRules(
  rules: readonly Rule[],
  select: readonly string[],
  ignore: readonly string[],
): readonly Rule[] {
  for (const name of [...select, ...ignore]) {
    if (rules.some((rule) => isNamed(rule, name))) continue;
    const meant = nearest(
      name,
      rules.flatMap(({ meta }) => [meta.id, meta.family, ...meta.aliases]),
    );
    throw new UsageError(
      `unknown rule "${name}"${meant === undefined ? '; `plimsoll rules` lists them' : `; did you mean ${meant}?`}`,
    );
  }
  const chosen = rules.filter((rule) => select.length === 0 || select.some((name) => isNamed(rule, name)));
  const left = chosen.filter((rule) => !ignore.some((name) => isNamed(rule, name)));
  if (left.length === 0) throw new UsageError('--select and --ignore leave no rule');
  return left;
}

/** Whether a name means the rule. */
export function isNamed({ meta }: Rule, name: string): boolean {
  const lower = name.toLowerCase();
  return (
    meta.id === lower ||
    meta.family === lower ||
    meta.aliases.some(
      (alias) => alias.toLowerCase() === lower || alias.slice(alias.indexOf(':') + 1).toLowerCase() === lower,
    )
  );
}
