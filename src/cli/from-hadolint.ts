import { isMap, parseDocument } from 'yaml';
import type { RuleMeta } from '../engine/rule.ts';

/** Our configuration for one of hadolint's, and what of it has no counterpart, in words. */
export interface Translated {
  readonly text: string;
  readonly left: readonly string[];
}

/** hadolint's keys (its README, "Configure"), as far as they are carried over. */
interface HadolintConfig {
  readonly ignored?: readonly string[] | null;
  readonly override?: Readonly<Partial<Record<'error' | 'warning' | 'info' | 'style', readonly string[]>>> | null;
  readonly trustedRegistries?: readonly string[] | string | null;
  readonly 'label-schema'?: Readonly<Record<string, string>> | null;
  readonly 'strict-labels'?: boolean | null;
  readonly 'failure-threshold'?: string | null;
  readonly 'no-fail'?: boolean | null;
}

const CARRIED = new Set([
  'ignored',
  'override',
  'trustedRegistries',
  'label-schema',
  'strict-labels',
  'failure-threshold',
  'no-fail',
]);

/** Why other keys stay behind. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  format: '--format says in which form to report',
  formats: '--format says in which form to report',
  'no-color': '--color never, or NO_COLOR',
  verbose: '--verbose',
  'disable-ignore-pragma': 'ignore comments always count; --show-suppressed tells of them',
};

const LABEL_TYPES = new Set(['text', 'url', 'rfc3339', 'spdx', 'hash', 'semver', 'email']);

const FAIL_ON: Readonly<Record<string, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'info',
  style: 'info',
  ignore: 'info',
  none: 'info',
};

/**
 * Translates a .hadolint.yaml: preset hadolint, with its exceptions under our names. Throws an Error with one line where the
 * text is no configuration of hadolint's.
 */
export function fromHadolint(text: string, from: string, rules: readonly RuleMeta[]): Translated {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new Error(error.message.split('\n')[0] ?? 'no YAML');
  if (document.contents !== null && !isMap(document.contents)) throw new Error('no mapping of keys to values');
  const config = (document.toJS({ maxAliasCount: 100 }) ?? {}) as HadolintConfig;
  const left = Object.keys(config)
    .filter((key) => !CARRIED.has(key))
    .map(
      (key) => `${key}: ${Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : 'no key of hadolint that is known here'}`,
    );
  const settings = new Map<string, string>();
  const set = (code: string, value: string): void => {
    const name = nameOf(String(code), rules);
    if (name === undefined) left.push(`${code}: no rule for it here`);
    else settings.set(name, value);
  };
  for (const level of ['style', 'info', 'warning', 'error'] as const)
    for (const code of listOf(config.override?.[level])) set(code, level === 'style' ? 'info' : level);
  for (const code of listOf(config.ignored)) set(code, 'off');
  /** Options beside the severity that was set. */
  const add = (name: string, options: string): void => {
    const severity = settings.get(name);
    settings.set(name, `{ ${severity === undefined ? '' : `severity: ${severity}, `}${options} }`);
  };
  const registries = listOf(config.trustedRegistries);
  if (registries.length > 0) add('registry-not-trusted', `registries: ${JSON.stringify(registries)}`);
  const labels = Object.entries(config['label-schema'] ?? {}).filter(([name, type]) => {
    if (LABEL_TYPES.has(String(type))) return true;
    left.push(`label-schema: ${name}: ${String(type)} is no type here`);
    return false;
  });
  if (labels.length > 0)
    add(
      'label-schema',
      `labels: ${JSON.stringify(Object.fromEntries(labels))}, only: ${config['strict-labels'] === true}`,
    );
  const threshold = String(config['failure-threshold'] ?? 'info').toLowerCase();
  const failOn = config['no-fail'] === true ? 'never' : FAIL_ON[threshold];
  const lines = [
    `# Made of ${from} by \`plimsoll init --from-hadolint\`.`,
    '# Rules of Python are not in this preset: `preset: recommended` has them as well.',
    'preset: hadolint',
    `fail-on: ${failOn ?? 'info'}`,
    ...(settings.size === 0 ? [] : ['rules:', ...[...settings].map(([name, value]) => `  ${name}: ${value}`)]),
    '',
  ];
  return { text: lines.join('\n'), left };
}

function listOf(given: unknown): readonly string[] {
  if (given === null || given === undefined) return [];
  return (Array.isArray(given) ? given : [given]).filter((item) => typeof item !== 'object').map(String);
}

/** Our rule, where it covers this code alone of hadolint's; else the code itself. */
function nameOf(code: string, rules: readonly RuleMeta[]): string | undefined {
  const upper = code.toUpperCase();
  if (/^SC\d+$/.test(upper)) return `shellcheck:${upper}`;
  const alias = `hadolint:${upper}`;
  const rule = rules.find(({ aliases }) => aliases.includes(alias));
  if (rule === undefined) return undefined;
  return rule.aliases.filter((other) => other.startsWith('hadolint:')).length === 1 ? rule.id : alias;
}
