import { existsSync, statSync } from 'node:fs';
import { isNamed, type Rule } from '../engine/rule.ts';
import type { ConfigArguments } from './argument-types.ts';
import { UsageError } from './errors.ts';
import { isDirectory, shownPath } from './files.ts';
import { RuleChoices } from './rule-choices.ts';
import type { Terminal } from './terminal.ts';

/** What holds for a rule, and what decides it. */
interface RuleState {
  readonly rule: string;
  readonly severity: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly because: string;
}

/** `plimsoll config [PATH]`: which rules run on a file, how, and where that is said. */
export async function configCommand(args: ConfigArguments, all: readonly Rule[], terminal: Terminal): Promise<number> {
  if (!existsSync(args.path)) throw new UsageError(`${args.path}: no such file or directory`);
  // A directory stands for the Dockerfile in it, where there is one.
  const own = isDirectory(args.path)
    ? ['Dockerfile', 'Containerfile'].map((name) => `${args.path}/${name}`).find(isFile)
    : args.path;
  const { rules, choice, presetOrigin, failOn, pedantic, config } = await new RuleChoices(args, all).of(
    own ?? args.path,
    own === undefined,
  );
  const preset = choice.preset ?? 'python';
  const states = all.map((rule): RuleState => {
    const run = rules.find(({ meta }) => meta.id === rule.meta.id);
    const setting = choice.settings?.findLast(({ name }) => isNamed(rule.meta, name));
    const isIgnored = args.ignore.some((name) => isNamed(rule.meta, name));
    const because = isIgnored
      ? '--ignore'
      : args.select.length > 0
        ? '--select'
        : (setting?.origin ?? `preset ${preset}`);
    return {
      rule: rule.meta.id,
      severity: run === undefined ? 'off' : severityOf(run),
      options: run === undefined ? {} : (run.options ?? run.meta.options),
      because,
    };
  });
  if (args.json) {
    const file = config === undefined ? null : shownPath(config.path);
    terminal.out(`${JSON.stringify({ version: 1, file, preset, failOn, pedantic, rules: states }, null, 2)}\n`);
    return 0;
  }
  const on = states.filter(({ severity }) => severity !== 'off');
  const width = Math.max(...on.map(({ rule }) => rule.length));
  const lines = [
    `configuration  ${config === undefined ? 'none' : shownPath(config.path)}`,
    `preset         ${preset} (${presetOrigin ?? 'the usual one'})`,
    `fail-on        ${failOn}`,
    `pedantic       ${pedantic}`,
    '',
    ...on.map(({ rule, severity, options, because }) => {
      const given = Object.keys(options).length === 0 ? '' : ` ${JSON.stringify(options)}`;
      return `${rule.padEnd(width)}  ${severity.padEnd(7)}  ${because}${given}`;
    }),
    '',
    `${on.length} of ${states.length} rules run.`,
  ];
  terminal.out(`${lines.join('\n')}\n`);
  return 0;
}

function severityOf({ meta, severity, codes }: Rule): string {
  const parts = [...(codes ?? [])].map(([code, level]) => `${code.slice(code.indexOf(':') + 1)} ${level}`);
  return [severity ?? meta.severity, ...(parts.length === 0 ? [] : [`(${parts.join(', ')})`])].join(' ');
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
