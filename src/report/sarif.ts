import type { Range } from '../dockerfile/range.ts';
import { fingerprintOf } from '../engine/fingerprint.ts';
import type { Finding, LintResult } from '../engine/lint.ts';
import type { RuleMeta, RuleTexts } from '../engine/rule.ts';
import { type FileReport, type Report, ruleUrl, type Texts } from './report.ts';

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const;

/** SARIF 2.1.0 (OASIS): rules with their help, fixes, and suppressed findings as such. Columns are UTF-16 units. */
export function sarifReport(report: Report, rules: readonly RuleMeta[], texts: Texts): string {
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'plimsoll',
            semanticVersion: report.version,
            informationUri: 'https://github.com/plimsoll-lint/plimsoll',
            rules: rules.map((rule) => ruleOf(rule, texts[rule.id])),
          },
        },
        columnKind: 'utf16CodeUnits',
        artifacts: report.files.map(({ path }) => ({ location: { uri: uriOf(path) } })),
        results: report.files.flatMap((file) => results(file, rules)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleOf(rule: RuleMeta, texts: RuleTexts | undefined): object {
  const { why = '', mend = '', sources: list = [] } = texts ?? {};
  const sources = list.map(({ title, url }) => `- [${title}](${url})`).join('\n');
  return {
    id: rule.id,
    name: rule.id,
    shortDescription: { text: rule.summary },
    fullDescription: { text: why.trim() },
    help: {
      text: `${why.trim()}\n\n${mend.trim()}`,
      markdown: `${why.trim()}\n\n\`\`\`\n${mend.trim()}\n\`\`\`\n\n${sources}`,
    },
    helpUri: ruleUrl(rule.id),
    defaultConfiguration: { level: LEVELS[rule.severity] },
    properties: { tags: [rule.family], precision: rule.confidence === 'high' ? 'very-high' : rule.confidence },
  };
}

function results({ path, result, known = [] }: FileReport, rules: readonly RuleMeta[]): object[] {
  return [...result.findings, ...known, ...result.suppressed].map((finding) =>
    resultOf(path, result, finding, rules, known.includes(finding)),
  );
}

function resultOf(
  path: string,
  result: LintResult,
  finding: Finding,
  rules: readonly RuleMeta[],
  isKnown: boolean,
): object {
  const { rule, severity, message, range, fix, related, suppressedBy } = finding;
  const artifactLocation = { uri: uriOf(path) };
  const location = (at: Range): object => ({ physicalLocation: { artifactLocation, region: region(result, at) } });
  return {
    ruleId: rule.id,
    ruleIndex: rules.findIndex(({ id }) => id === rule.id),
    level: LEVELS[severity],
    message: { text: message },
    locations: [location(range)],
    // What the finding is known by while lines move; GitHub takes it for that.
    partialFingerprints: { 'plimsoll/v1': fingerprintOf(finding, result) },
    ...(related.length === 0
      ? {}
      : { relatedLocations: related.map((other) => ({ ...location(other.range), message: { text: other.message } })) }),
    ...(fix === undefined
      ? {}
      : {
          fixes: [
            {
              description: { text: `${fix.title} (${fix.applicability})` },
              artifactChanges: [
                {
                  artifactLocation,
                  replacements: fix.edits.map((edit) => ({
                    deletedRegion: region(result, edit.range),
                    insertedContent: { text: edit.text },
                  })),
                },
              ],
            },
          ],
        }),
    ...(isKnown ? { suppressions: [{ kind: 'external', justification: 'known by the baseline' }] } : {}),
    ...(suppressedBy === undefined
      ? {}
      : {
          suppressions: [
            { kind: 'inSource', ...(suppressedBy.reason === '' ? {} : { justification: suppressedBy.reason }) },
          ],
        }),
  };
}

function region({ lines }: LintResult, { start, end }: Range): object {
  const from = lines.position(start);
  const to = lines.position(end);
  return {
    startLine: from.line,
    startColumn: from.column,
    endLine: to.line,
    endColumn: to.column,
    charOffset: start,
    charLength: end - start,
  };
}

/** A relative URI reference; drive letters and blanks are encoded. */
function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
