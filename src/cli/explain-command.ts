import { isNamed, type Rule } from '../engine/rule.ts';
import { ruleUrl, type Texts } from '../report/report.ts';
import { checkNames } from './choose-rules.ts';

interface ShownExample {
  readonly title: string;
  readonly bad: string;
  readonly good?: string;
  readonly mended?: string;
  readonly ignore?: readonly string[];
}

/** `plimsoll explain RULE`: what it finds, why, how to mend it, examples, sources. */
export function explainCommand(name: string, rules: readonly Rule[], textsJson: string, examplesJson: string): string {
  checkNames(rules, [name]);
  const named = rules.filter((rule) => isNamed(rule.meta, name));
  const rule = named.find(({ meta }) => meta.id === name.toLowerCase()) ?? (named.length === 1 ? named[0] : undefined);
  if (rule === undefined) return `${name} is a family:\n${rulesCommand(named, false)}`;
  const { meta } = rule;
  const { why = '', mend = '', sources = [] } = (JSON.parse(textsJson) as Texts)[meta.id] ?? {};
  const examples = (JSON.parse(examplesJson) as Record<string, ShownExample[]>)[meta.id] ?? [];
  const lines = [
    `${meta.id}: ${meta.summary}`,
    `family ${meta.family}, severity ${meta.severity}, confidence ${meta.confidence}, fix ${meta.fix}, since ${meta.since}${meta.aliases.length === 0 ? '' : `, also ${meta.aliases.join(', ')}`}`,
    '',
    'Why',
    ...indented(why),
    '',
    'How to mend it',
    ...indented(mend),
  ];
  for (const { title, bad, good, mended, ignore } of examples) {
    lines.push('', `Example: ${title}`, ...indented(bad, '  - '));
    if (ignore !== undefined) lines.push(`  --fix adds to .dockerignore: ${ignore.join(', ')}`);
    const better = good ?? mended;
    if (better !== undefined)
      lines.push(good === undefined ? '  mended by hand' : '  mended by --fix', ...indented(better, '  + '));
  }
  lines.push(
    '',
    'Options',
    '  none',
    '',
    'Silence it',
    `  # plimsoll: ignore[${meta.id}] REASON   (on the line above the instruction)`,
    '',
    'Sources',
  );
  for (const { title, url } of sources) lines.push(`  ${title}: ${url}`);
  lines.push(`  This page: ${ruleUrl(meta.id)}`, '');
  return lines.join('\n');
}

function indented(text: string, indent = '  '): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `${indent}${line}`.trimEnd());
}

/** `plimsoll rules`: a line each, or JSON. */
export function rulesCommand(rules: readonly Rule[], json: boolean): string {
  if (json) {
    const list = rules.map(({ meta: { id, family, severity, confidence, fix, since, aliases, summary } }) => ({
      id,
      family,
      severity,
      confidence,
      fix,
      since,
      aliases,
      summary,
      url: ruleUrl(id),
    }));
    return `${JSON.stringify({ version: 1, rules: list }, null, 2)}\n`;
  }
  const width = Math.max(...rules.map(({ meta }) => meta.id.length));
  return rules
    .map(
      ({ meta }) =>
        `${meta.id.padEnd(width)}  ${meta.family.padEnd(10)} ${meta.severity.padEnd(7)} fix ${meta.fix.padEnd(6)}  ${meta.summary}\n`,
    )
    .join('');
}
