import { writeFileSync } from 'node:fs';
import type { Rule } from '../engine/rule.ts';
import type { Format, Report } from '../report/report.ts';
import type { Paint } from '../report/text.ts';
import type { LintArguments } from './argument-types.ts';
import { reasonOf, UsageError } from './errors.ts';
import { ruleTexts } from './rule-texts.ts';
import type { Terminal } from './terminal.ts';

/** Makes a report in a format and puts it where it was asked for. */
export async function output(
  format: Format,
  file: string | undefined,
  report: Report,
  rules: readonly Rule[],
  args: LintArguments,
  terminal: Terminal,
): Promise<void> {
  const isStdinFix = args.fix && args.paths[0] === '-';
  const stream = isStdinFix ? 'err' : 'out';
  const paint: Paint =
    file === undefined && format === 'text' ? await terminal.paint(stream, args.color) : (_style, plain) => plain;
  writeReport(await render(format, report, rules, paint), file, terminal, stream);
}

/** Writes a report to standard output, or to the file that was asked for. */
export function writeReport(
  text: string,
  file: string | undefined,
  terminal: Terminal,
  stream: 'out' | 'err' = 'out',
): void {
  if (file === undefined) {
    terminal[stream](text);
    return;
  }
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`${file}: cannot be written: ${reasonOf(error)}`);
  }
}

/** Each format is loaded only where it is asked for. */
async function render(format: Format, report: Report, rules: readonly Rule[], paint: Paint): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('../report/text.ts')).textReport(report, await ruleTexts(), paint);
    case 'concise':
      return (await import('../report/concise.ts')).conciseReport(report);
    case 'json':
      return (await import('../report/json.ts')).jsonReport(report);
    case 'gitlab':
      return (await import('../report/gitlab.ts')).gitlabReport(report);
    case 'junit':
      return (await import('../report/junit.ts')).junitReport(report);
    case 'checkstyle':
      return (await import('../report/checkstyle.ts')).checkstyleReport(report);
    case 'markdown':
      return (await import('../report/markdown.ts')).markdownReport(report);
    case 'html':
      return (await import('../report/html.ts')).htmlReport(report, await ruleTexts());
    case 'github':
      return (await import('../report/github.ts')).githubReport(report);
    case 'sarif':
      return (await import('../report/sarif.ts')).sarifReport(
        report,
        rules.map(({ meta }) => meta),
        await ruleTexts(),
      );
  }
}
