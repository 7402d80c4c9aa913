import { PRESETS } from '../engine/rule.ts';
import { FORMATS } from '../report/report.ts';

/** Values that options take, for those that take no others. */
export const CHOICES = {
  preset: PRESETS,
  'fail-on': ['error', 'warning', 'info', 'never'],
  color: ['auto', 'always', 'never'],
  engine: ['docker', 'podman'],
} as const;
/** What `--format` takes, by command. */
export const FORMATS_OF = {
  lint: FORMATS,
  advise: ['markdown', 'json'],
  prove: ['markdown', 'json'],
  inspect: ['text', 'json', 'markdown'],
  rules: ['text', 'json'],
  config: ['text', 'json'],
} as const;
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Options that belong to one command alone. */
export const OF_LINT = {
  switches: [
    'fix',
    'unsafe-fixes',
    'diff',
    'show-suppressed',
    'statistics',
    'verbose',
    'update-baseline',
    'add-suppressions',
    'force-exclude',
    'watch',
  ],
  valued: ['stdin-filename', 'fix-rule', 'shellcheck', 'baseline', 'reason'],
} as const;
export const OF_INSPECT = {
  switches: ['no-progress', 'insecure'],
  valued: ['platform', 'image', 'dockerfile', 'base-layers', 'top', 'min-efficiency', 'max-wasted'],
} as const;
export const OF_PROVE = {
  switches: ['keep'],
  valued: ['network', 'engine'],
} as const;
/** What lint and prove are told of a build; inspect takes the target alone. */
export const OF_BUILD = ['target', 'context', 'build-arg'] as const;
export const SWITCHES = [
  'pedantic',
  'isolated',
  ...OF_LINT.switches,
  ...OF_INSPECT.switches,
  ...OF_PROVE.switches,
  'help',
  'version',
] as const;
export const VALUED = [
  ...(['format', 'output-file', 'color', 'select', 'ignore', 'fail-on', 'preset', 'config'] as const),
  ...OF_LINT.valued,
  ...OF_INSPECT.valued,
  ...OF_PROVE.valued,
  ...OF_BUILD,
  'from-hadolint',
] as const;
/** All options there are, without the dashes. */
export const OPTIONS: readonly string[] = [...SWITCHES, ...VALUED];
/** By their letters. */
export const SHORT: Readonly<Record<string, string>> = { o: 'output-file', h: 'help', V: 'version' };

export type Switch = (typeof SWITCHES)[number];
export type Valued = (typeof VALUED)[number];
