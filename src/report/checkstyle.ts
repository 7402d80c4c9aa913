import type { Report } from './report.ts';
import { escapeXml as x } from './xml.ts';

/** Checkstyle's XML: `source` is the rule. */
export function checkstyleReport({ files }: Report): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<checkstyle version="4.3">',
    ...files.flatMap(({ path, result }) => [
      `  <file name="${x(path)}">`,
      ...result.findings.map(({ rule, severity, message, range }) => {
        const { line, column } = result.lines.position(range.start);
        return `    <error line="${line}" column="${column}" severity="${severity}" message="${x(message)}" source="plimsoll.${x(rule.id)}"/>`;
      }),
      '  </file>',
    ]),
    '</checkstyle>',
    '',
  ].join('\n');
}
