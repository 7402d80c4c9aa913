import { printableText } from '../image/tree.ts';
import { formatBytes } from './bytes.ts';
import { ACTIVATION_HEAD, activationRows } from './inspect-python.ts';
import type { InspectReport } from './inspect-report.ts';
import { cell, MARKS, tableOf } from './markdown.ts';
import { ruleUrl } from './report.ts';

/** What `inspect` found as tables of Markdown: findings, layers, who gets which Python. */
export function inspectMarkdown({ inspection, findings, dockerfile }: InspectReport): string {
  const { image, layers, total, live, wasted, efficiency, model } = inspection;
  const safe = (text: string) => cell(printableText(text));
  const all = [...findings, ...(dockerfile?.findings ?? [])];
  const found = all.map((finding) => {
    const range = 'range' in finding ? finding.range : finding.instruction?.range;
    const place =
      range === undefined || dockerfile === undefined
        ? ''
        : `${dockerfile.path}:${dockerfile.result.lines.position(range.start).line}`;
    const path = 'path' in finding ? (finding.path ?? '') : '';
    const { rule, severity, message } = finding;
    return [`${MARKS[severity]} ${severity}`, safe(place || path), `[${rule.id}](${ruleUrl(rule.id)})`, safe(message)];
  });
  const activations = activationRows(model.activations);
  return [
    `## Plimsoll: ${safe(image.reference)}`,
    '',
    `${formatBytes(total)} in ${layers.length} layers: ${formatBytes(live)} live, ${formatBytes(wasted)} wasted, efficiency ${(efficiency * 100).toFixed(1)} %.`,
    '',
    ...(found.length === 0 ? ['No problems.'] : tableOf(['', 'place', 'rule', 'what'], found)),
    '',
    '### Layers',
    '',
    ...tableOf(
      ['layer', 'size', 'wasted', 'made by'],
      layers.map(({ index, size, wasted: lost, instruction }) => [
        String(index),
        bytes(size),
        bytes(lost),
        safe((instruction ?? '').slice(0, 120)),
      ]),
    ),
    ...(activations.length === 0
      ? []
      : [
          '',
          '### Who gets which Python',
          '',
          ...tableOf(
            ACTIVATION_HEAD,
            activations.map((row) => row.map(safe)),
          ),
        ]),
    '',
  ].join('\n');
}

function bytes(size: number | null): string {
  return size === null ? 'not known' : formatBytes(size);
}
