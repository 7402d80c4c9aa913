import type { JoinedFinding, PlacedFinding } from '../engine/join.ts';
import type { InspectedLayer, Inspection } from '../image/inspect.ts';
import { mendOf } from '../image/litter.ts';
import { printable, printableText, type WasteCause } from '../image/tree.ts';
import type { WasteGroup } from '../image/waste.ts';
import { formatBytes } from './bytes.ts';
import { pythonLines } from './inspect-python.ts';
import type { InspectReport } from './inspect-report.ts';
import { SEVERITY_STYLE, type Texts } from './report.ts';
import type { Paint } from './text.ts';

/** Characters of an instruction in a table. */
const MAX_INSTRUCTION = 100;

/** The report of `inspect` for people: what is wrong first; at most `top` wastes and kinds of litter. */
export function inspectText(
  { inspection, findings, dockerfile }: InspectReport,
  texts: Texts,
  top: number,
  paint: Paint,
): string {
  const { image, layers, total, live, wasted, efficiency, waste, litter, notes } = inspection;
  const lines = [
    `${paint('bold', printableText(image.reference))} (${[image.source, image.platform, image.digest].filter(Boolean).join(', ')})`,
    ...configLines(inspection),
    '',
    ...layerTable(layers, paint),
    ...pythonLines(inspection, paint),
    ...findingLines(findings, dockerfile, layers, texts, paint),
    '',
    `${formatBytes(total)} in ${count(layers.length, 'layer')}: ${formatBytes(live)} live, ${formatBytes(wasted)} wasted, efficiency ${(efficiency * 100).toFixed(1)} %`,
  ];
  if (waste.length > 0 && top > 0) {
    lines.push('', paint('bold', 'Wasted'));
    for (const group of waste.slice(0, top)) lines.push(...wasteLines(group, layers, paint));
    if (waste.length > top) {
      const rest = waste.slice(top).reduce((sum, { size }) => sum + size, 0);
      lines.push(
        `  and ${formatBytes(rest)} in ${count(waste.length - top, 'other place')}; --top ${waste.length} shows all`,
      );
    }
  }
  if (litter.length > 0 && top > 0) {
    lines.push('', paint('bold', 'In the image, and seldom needed there'));
    for (const { kind, size, files, example, mend } of litter.slice(0, top))
      lines.push(
        `  ${formatBytes(size).padStart(8)}  ${kind}: ${count(files, 'file')}, most of it in ${printable(example)}`,
        `            ${paint('cyan', 'mend')} ${mend}`,
      );
  }
  for (const note of notes) lines.push('', `${paint('yellow', 'note')} ${printableText(note)}`);
  return `${lines.join('\n')}\n`;
}

function findingLines(
  findings: readonly PlacedFinding[],
  dockerfile: InspectReport['dockerfile'],
  layers: readonly InspectedLayer[],
  texts: Texts,
  paint: Paint,
): string[] {
  const all = [...findings, ...(dockerfile?.findings ?? [])];
  if (all.length === 0) return [];
  const lines = ['', paint('bold', 'Found')];
  const explained = new Set<string>();
  for (const finding of all) {
    const { rule, severity, message } = finding;
    const place = placeOf(finding, dockerfile);
    const seen = 'range' in finding ? finding.proof : finding;
    const { layer, path } = seen ?? {};
    const instruction = layer === undefined ? undefined : layers[layer]?.instruction;
    lines.push(
      `  ${place === undefined ? '' : `${paint('bold', place)} `}${paint(SEVERITY_STYLE[severity], severity)} ${paint('bold', rule.id)}: ${printableText(message)}`,
    );
    if (path !== undefined && !message.includes(path)) lines.push(`    ${paint('dim', 'at')}   ${printableText(path)}`);
    if (layer !== undefined)
      lines.push(
        `    ${paint('dim', 'by')}   layer ${layer}${instruction === undefined ? '' : ` (${shorten(instruction)})`}`,
      );
    const text = explained.has(rule.id) ? undefined : texts[rule.id];
    explained.add(rule.id);
    if (text === undefined) continue;
    for (const [index, line] of text.mend.trimEnd().split('\n').entries())
      lines.push(`    ${index === 0 ? paint('cyan', 'mend') : '    '} ${line}`);
    lines.push(`    ${paint('dim', 'more')} plimsoll explain ${rule.id}`);
  }
  return lines;
}

/** Line and column of the instruction to change. */
function placeOf(finding: PlacedFinding | JoinedFinding, dockerfile: InspectReport['dockerfile']): string | undefined {
  const range = 'range' in finding ? finding.range : finding.instruction?.range;
  if (range === undefined || dockerfile === undefined) return undefined;
  const { line, column } = dockerfile.result.lines.position(range.start);
  return `${dockerfile.path}:${line}:${column}`;
}

function configLines({ image: { config } }: Inspection): string[] {
  if (config === undefined) return [];
  const { user, workdir, entrypoint, cmd, env } = config;
  const words = (list: readonly string[] | null): string => (list === null ? 'none' : JSON.stringify(list));
  const path = env.find((variable) => variable.startsWith('PATH='));
  return [
    `  user ${user === '' ? 'not set (root)' : user}, workdir ${workdir}, entrypoint ${words(entrypoint)}, cmd ${words(cmd)}`,
    ...(path === undefined ? [] : [`  ${path}`]),
  ].map(printableText);
}

function layerTable(layers: readonly InspectedLayer[], paint: Paint): string[] {
  const rows = layers.map(({ index, size, compressedSize, entries, wasted, instruction, note }) => [
    String(index),
    size === null ? '?' : formatBytes(size),
    compressedSize === undefined ? '' : formatBytes(compressedSize),
    entries === null ? '?' : String(entries),
    wasted === null ? '?' : formatBytes(wasted),
    note ?? shorten(instruction ?? ''),
  ]);
  const head = ['layer', 'size', 'stored', 'entries', 'wasted', 'made by'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, column) => (column === head.length - 1 ? cell : cell.padStart(widths[column] ?? 0))).join('  ')}`.trimEnd();
  return [paint('dim', line(head)), ...rows.map(line)];
}

const VERBS: Readonly<Record<WasteCause, string>> = {
  deleted: 'deleted',
  overwritten: 'overwritten',
  metadata: 'copied for another owner or mode',
  opaque: 'hidden with its directory',
};

const MENDS: Readonly<Record<WasteCause, string>> = {
  deleted: 'delete it in the RUN that makes it, or do not let it be made',
  overwritten: 'write it once: only the last version counts',
  metadata: 'set owner and mode where the file is made: COPY --chown, COPY --chmod, or in the same RUN',
  opaque: 'do not fill a directory that a later step makes anew',
};

function wasteLines(
  { cause, size, files, path, writtenBy, killedBy }: WasteGroup,
  layers: readonly InspectedLayer[],
  paint: Paint,
): string[] {
  const by = (index: number): string => {
    const instruction = layers[index]?.instruction;
    return `layer ${index}${instruction === undefined ? '' : ` (${shorten(instruction)})`}`;
  };
  const isOne = writtenBy === killedBy;
  return [
    `  ${formatBytes(size).padStart(8)}  ${paint('bold', printable(path))}${files > 1 ? `, ${count(files, 'file')}` : ''}`,
    isOne ? `            written twice by ${by(writtenBy)}` : `            written by ${by(writtenBy)}`,
    ...(isOne ? [] : [`            ${VERBS[cause]} by ${by(killedBy)}`]),
    `            ${paint('cyan', 'mend')} ${mendOf(path) ?? MENDS[cause]}`,
  ];
}

function shorten(instruction: string): string {
  const text = printableText(instruction);
  return text.length > MAX_INSTRUCTION ? `${text.slice(0, MAX_INSTRUCTION - 1)}…` : text;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
