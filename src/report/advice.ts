import type { Forecast } from '../advise/activation-forecast.ts';
import type { Advice, Change } from '../advise/advise.ts';
import type { Part } from '../advise/size-estimate.ts';
import type { Inspection } from '../image/inspect.ts';
import { formatBytes } from './bytes.ts';
import { patchOf } from './patch.ts';
import { ruleUrl, type Texts } from './report.ts';

/** What a venv costs, and what it does not (docs/size.md). */
const FORMULA = [
  'venv   = seed + what is installed (the same as in the base) + 3 interpreters where it was made with --copies',
  'seed   = 0 without pip (uv, --without-pip) | 5 MB virtualenv | 10 to 11 MB Python 3.13 | 14 MB 3.12 | 16 to 23 MB up to 3.11',
  'image  = every layer with all that it writes: what a later layer deletes or changes still counts',
];

/** Advice for people, as Markdown that reads well as it stands. */
export function adviceMarkdown(advice: Advice, texts: Texts): string {
  const { path, scenario, hasPython, strengths, changes, result, before, after, bug } = advice;
  const line = (offset: number | undefined) =>
    offset === undefined ? '' : ` (line ${result.lines.position(offset).line})`;
  const parts: string[] = [`# Advice for ${path}`, ''];
  if (scenario === undefined)
    parts.push(hasPython ? 'No scenario fits: too little is known of the base image.' : 'No Python is in sight.', '');
  else parts.push(`**${scenario.title}.** ${scenario.summary}`, '');

  parts.push('## What is right', '');
  parts.push(
    ...(strengths.length === 0
      ? ['Nothing that was looked for.']
      : strengths.map(({ what, at }) => `- ${what}${line(at)}`)),
    '',
  );

  parts.push('## What to change, in the order of what it gains', '');
  if (changes.length === 0) parts.push('Nothing.', '');
  else parts.push(...changes.flatMap((change, index) => changeLines(change, index + 1, advice, texts)), '');
  const silenced = result.suppressed.length;
  if (silenced > 0)
    parts.push(`Comments silence ${silenced} more; \`plimsoll lint --show-suppressed --format json\` lists them.`, '');

  parts.push('## The file with all fixes', '');
  if (bug !== undefined) parts.push(`Our bug: ${bug}; it was left out.`, '');
  if (after === before) parts.push('No fix applies.', '');
  else parts.push(...fenced('diff', patchOf(path, before, after).trimEnd()), '');

  if (hasPython) {
    parts.push('## Who gets which Python', '', ...activationTable(advice), '');
    parts.push('## Size', '', ...sizeLines(advice), '');
  }
  if (scenario !== undefined) parts.push('## A file to start from', '', ...fenced('dockerfile', scenario.pattern), '');
  return `${parts.join('\n').trimEnd()}\n`;
}

function changeLines(
  { rule, severity, findings, bytes, isMended }: Change,
  rank: number,
  advice: Advice,
  texts: Texts,
): string[] {
  const [first] = findings;
  if (first === undefined) return [];
  const lines = [...new Set(findings.map(({ range }) => advice.result.lines.position(range.start).line))];
  const where = `${lines.length === 1 ? 'line' : 'lines'} ${lines.slice(0, 8).join(', ')}${lines.length > 8 ? ' …' : ''}`;
  const gain = bytes === undefined || bytes === 0 ? '' : `, about ${formatBytes(bytes)}`;
  const why = firstSentence(texts[rule]?.why ?? '');
  return [
    `${rank}. **[${rule}](${ruleUrl(rule)})** (${severity}, ${where}${gain}): ${first.message}`,
    `   ${why}`,
    `   ${isMended ? 'The patch below mends it.' : `By hand: \`plimsoll explain ${rule}\`.`}`,
  ];
}

/** `why` without its line ends, up to the end of its first sentence. */
function firstSentence(why: string): string {
  const text = why.trim().replaceAll('\n', ' ');
  return /^.{30,}?\.(?=\s[A-Z`]|$)/.exec(text)?.[0] ?? text;
}

function activationTable({ activation, image }: Advice): string[] {
  const cell = ({ python, environment }: Forecast) =>
    python === 'environment' ? `\`${environment}\`` : python === 'base' ? 'the base Python' : 'not known';
  return [
    ...(image === undefined ? [] : [...measuredActivation(image), '']),
    'To be expected of the file with all fixes:',
    '',
    '| how | Python | because |',
    '| --- | ------ | ------- |',
    ...activation.map((row) => `| ${row.how} | ${cell(row)} | ${row.because} |`),
  ];
}

function measuredActivation({ model, image }: Inspection): string[] {
  return [
    `As it is in ${image.reference}:`,
    '',
    '| how | python | python3 | pip | VIRTUAL_ENV |',
    '| --- | ------ | ------- | --- | ----------- |',
    ...model.activations.map(
      ({ how, path, python, python3, pip, virtualEnv }) =>
        `| ${how} | ${[python?.found, python3?.found, pip?.found, virtualEnv].map((value) => value ?? (path === undefined ? 'not known' : 'none')).join(' | ')} |`,
    ),
  ];
}

function sizeLines({ size: { before, after }, image }: Advice): string[] {
  const difference = after.total - before.total;
  const lines = [
    'What the model knows of, beside the application (unpacked; docs/size.md says how it was measured):',
    '',
  ];
  if (before.parts.length + after.parts.length === 0)
    lines.push('Nothing: no environment, no package of Debian, no copied Python.');
  else
    lines.push(
      '| part | as it is | with all fixes |',
      '| ---- | -------: | -------------: |',
      ...rowsOf(before.parts, after.parts),
      `| **together** | ${formatBytes(before.total)} | ${formatBytes(after.total)} |`,
      '',
      difference === 0
        ? 'The fixes change nothing of that.'
        : `The fixes make the image about ${formatBytes(Math.abs(difference))} ${difference < 0 ? 'smaller' : 'larger'}.`,
    );
  if (image !== undefined) lines.push('', ...measuredSize(image));
  lines.push('', ...fenced('text', FORMULA.join('\n')));
  lines.push(
    '',
    'Alpine against slim: the base is some 70 MB smaller (public figures); a package with a musllinux wheel weighs the same, one without is compiled, which needs a compiler in the build.',
  );
  return lines;
}

function rowsOf(before: readonly Part[], after: readonly Part[]): string[] {
  const names = [...new Set([...before, ...after].map(({ what }) => what))];
  const cell = (parts: readonly Part[], name: string) => {
    const found = parts.find(({ what }) => what === name);
    return found === undefined ? '' : formatBytes(found.bytes);
  };
  return names.map((name) => `| ${name} | ${cell(before, name)} | ${cell(after, name)} |`);
}

function measuredSize({ total, wasted, byCause, model, litter, image }: Inspection): string[] {
  const bytecode = litter.find(({ kind }) => kind === 'bytecode');
  return [
    `Measured in ${image.reference}: ${formatBytes(total)} in all layers, ${formatBytes(wasted)} of them wasted (${
      Object.entries(byCause)
        .filter(([, bytes]) => bytes > 0)
        .map(([cause, bytes]) => `${cause} ${formatBytes(bytes)}`)
        .join(', ') || 'nothing'
    }).`,
    ...model.python.environments.map(({ path, size }) => `- ${path}: ${formatBytes(size)}`),
    ...(bytecode === undefined ? [] : [`- bytecode in all: ${formatBytes(bytecode.size)}`]),
  ];
}

/** A fence longer than any in the text. */
export function fenced(language: string, text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, text, fence];
}

/** The same as JSON (docs/json.md). */
export function adviceJson(advice: Advice, version: string): string {
  const { path, scenario, strengths, changes, result, before, after, activation, size, image, bug } = advice;
  const lineOf = (offset: number | undefined) => (offset === undefined ? null : result.lines.position(offset).line);
  const document = {
    version: 1,
    tool: { name: 'plimsoll', version },
    path,
    scenario:
      scenario === undefined
        ? null
        : { id: scenario.id, title: scenario.title, summary: scenario.summary, pattern: scenario.pattern },
    right: strengths.map(({ what, at }) => ({ what, line: lineOf(at) })),
    changes: changes.map(({ rule, severity, findings, bytes, isMended }) => ({
      rule,
      url: ruleUrl(rule),
      severity,
      bytes: bytes ?? null,
      isMended,
      findings: findings.map(({ message, severity: own, confidence, range }) => ({
        message,
        severity: own,
        confidence,
        line: lineOf(range.start),
      })),
    })),
    patch: after === before ? '' : patchOf(path, before, after),
    bug: bug ?? null,
    activation: activation.map(({ environment, ...row }) => ({ ...row, environment: environment ?? null })),
    size: { before: size.before, after: size.after, difference: size.after.total - size.before.total },
    image:
      image === undefined
        ? null
        : {
            reference: image.image.reference,
            total: image.total,
            wasted: image.wasted,
            byCause: image.byCause,
            environments: image.model.python.environments.map(({ path: where, size: bytes }) => ({
              path: where,
              size: bytes,
            })),
            activation: image.model.activations.map(({ how, python, python3, pip, virtualEnv }) => ({
              how,
              python: python?.found ?? null,
              python3: python3?.found ?? null,
              pip: pip?.found ?? null,
              virtualEnv: virtualEnv ?? null,
            })),
          },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
