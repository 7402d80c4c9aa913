import { applyEdits } from '../dockerfile/edit.ts';
import type { Range } from '../dockerfile/range.ts';
import type { Finding, LintResult } from '../engine/lint.ts';
import type { RuleTexts } from '../engine/rule.ts';
import { findingsOf, type Report, ruleUrl, SEVERITY_STYLE, type Texts } from './report.ts';

type Style = 'bold' | 'red' | 'yellow' | 'cyan' | 'green' | 'dim';

/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Lines of a finding that spans more are cut: head and marker are what counts. */
const MAX_FRAME_LINES = 6;
const MAX_DIFF_LINES = 24;
const MAX_LINE_LENGTH = 160;

/** The report for people: the words meant, why, the fix as a diff or how to mend by hand, and how to silence it. */
export function textReport(report: Report, texts: Texts, paint: Paint): string {
  const explained = new Set<string>();
  const shown = new Map<NonNullable<Finding['fix']>, string>();
  const blocks = findingsOf(report).map(({ path, result, finding }) => {
    const isFirst = !explained.has(finding.rule.id);
    explained.add(finding.rule.id);
    const { fix } = finding;
    const { line, column } = result.lines.position(finding.range.start);
    const before = fix && shown.get(fix);
    if (fix !== undefined && before === undefined) shown.set(fix, `${line}:${column}`);
    return block(path, result, finding, isFirst ? texts[finding.rule.id] : undefined, before, paint);
  });
  return blocks.join('\n');
}

/** `before`: where a finding stands that the same change mends. */
function block(
  path: string,
  result: LintResult,
  finding: Finding,
  texts: RuleTexts | undefined,
  before: string | undefined,
  paint: Paint,
): string {
  const { rule, severity, message, range, related, fix } = finding;
  const { line, column } = result.lines.position(range.start);
  const head = `${paint('bold', `${path}:${line}:${column}`)} ${paint(SEVERITY_STYLE[severity], severity)} ${paint('bold', rule.id)}: ${printable(message)}`;
  const lines = [head, ...frame(result, range, paint)];
  if (finding.builds !== undefined)
    lines.push(...labelled('in', [`the build of ${finding.builds.join(', ')}, not in others of this stage`], paint));
  for (const other of related) {
    const at = result.lines.position(other.range.start);
    lines.push(`  ${paint('dim', 'see')}  ${path}:${at.line}:${at.column} ${other.message}`);
  }
  // Why and how to silence are said once a rule; the rest of its findings are short.
  if (texts !== undefined) lines.push(...labelled('why', firstSentences(texts.why), paint));
  if (fix !== undefined && before !== undefined)
    lines.push(...labelled('fix', [`the same change as at ${before}`], paint));
  else if (fix !== undefined) lines.push(...fixLines(result, fix, paint));
  else if (texts !== undefined) lines.push(...labelled('mend', texts.mend.trimEnd().split('\n'), paint));
  if (texts !== undefined) {
    lines.push(...labelled('more', [`plimsoll explain ${rule.id}   ${ruleUrl(rule.id)}`], paint));
    lines.push(...labelled('skip', [`# plimsoll: ignore[${rule.id}] REASON   on the line above`], paint));
  }
  return `${lines.join('\n')}\n`;
}

function labelled(label: string, lines: readonly string[], paint: Paint): string[] {
  return lines.map((line, index) => `  ${index === 0 ? paint('dim', label.padEnd(4)) : '    '} ${line}`);
}

/** The first line of `why`: its first sentences, as written. */
function firstSentences(why: string): string[] {
  const lines = why.trim().split('\n').slice(0, 2);
  // The second line ends where its last sentence does.
  const second = lines[1];
  if (second === undefined || /[.:`]$/.test(second)) return lines;
  const end = second.lastIndexOf('. ');
  return end === -1 ? lines.slice(0, 1) : [lines[0] ?? '', second.slice(0, end + 1)];
}

/** The lines of a range with a marker under its words. */
function frame(result: LintResult, { start, end }: Range, paint: Paint): string[] {
  const { text, lines: index } = result;
  const first = index.position(start);
  const last = index.position(Math.max(start, end - 1));
  const width = String(last.line).length;
  const lines: string[] = [];
  for (let line = first.line; line <= last.line; line++) {
    if (line - first.line >= MAX_FRAME_LINES) {
      lines.push(`  ${' '.repeat(width)} ${paint('dim', '…')}`);
      break;
    }
    const from = index.lineStart(line);
    const source = lineAt(text, from);
    const markStart = Math.max(start - from, leadingBlanks(source));
    const markEnd = Math.min(Math.max(end - from, markStart + 1), source.trimEnd().length || 1);
    const { shown, offset } = excerpt(source, markStart);
    lines.push(`  ${paint('dim', `${String(line).padStart(width)} │`)} ${printable(shown)}`);
    // A comment inside a continued command is not what is meant.
    if (source.trimStart().startsWith('#') && line > first.line) continue;
    const length = Math.max(1, Math.min(markEnd, offset + shown.length) - markStart);
    const pad = blanksLike(shown.slice(0, markStart - offset));
    lines.push(`  ${' '.repeat(width)} ${paint('dim', '│')} ${pad}${paint('red', '^'.repeat(length))}`);
  }
  return lines;
}

function lineAt(text: string, start: number): string {
  const newline = text.indexOf('\n', start);
  return text.slice(start, newline === -1 ? text.length : newline).replace(/\r$/, '');
}

function leadingBlanks(line: string): number {
  return line.length - line.trimStart().length;
}

/** The part of a long line around an offset. */
function excerpt(line: string, around: number): { shown: string; offset: number } {
  if (line.length <= MAX_LINE_LENGTH) return { shown: line, offset: 0 };
  const offset = Math.max(0, Math.min(around - 40, line.length - MAX_LINE_LENGTH));
  return { shown: line.slice(offset, offset + MAX_LINE_LENGTH), offset };
}

function blanksLike(text: string): string {
  return text.replace(/[^\t]/g, ' ');
}

/** Control characters of a hostile file must not reach the terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** What a fix changes, line by line. */
function fixLines(result: LintResult, fix: NonNullable<Finding['fix']>, paint: Paint): string[] {
  const flag = { safe: '--fix', unsafe: '--fix --unsafe-fixes', manual: 'by hand' }[fix.applicability];
  const lines: string[] = [];
  for (const [start, end] of lineSpans(result, fix)) {
    const inside = fix.edits.filter(({ range }) => range.start >= start && range.end <= end);
    const before = result.text.slice(start, end);
    const after = applyEdits(
      before,
      inside.map((edit) => ({
        text: edit.text,
        range: { start: edit.range.start - start, end: edit.range.end - start },
      })),
    );
    const removed = splitLines(before);
    const added = splitLines(after);
    while (removed.length > 0 && removed[0] === added[0]) {
      removed.shift();
      added.shift();
    }
    while (removed.length > 0 && removed.at(-1) === added.at(-1)) {
      removed.pop();
      added.pop();
    }
    lines.push(
      ...removed.map((line) => paint('red', `- ${printable(cut(line))}`)),
      ...added.map((line) => paint('green', `+ ${printable(cut(line))}`)),
    );
  }
  const shown =
    lines.length > MAX_DIFF_LINES
      ? [...lines.slice(0, MAX_DIFF_LINES), `… ${lines.length - MAX_DIFF_LINES} more lines`]
      : lines;
  return [...labelled('fix', [`${fix.title} (${flag})`], paint), ...shown.map((line) => `       ${line}`)];
}

/** The lines that edits touch, joined where they meet. */
function lineSpans({ text }: LintResult, { edits }: NonNullable<Finding['fix']>): [number, number][] {
  const spans: [number, number][] = [];
  for (const { range } of edits.toSorted((a, b) => a.range.start - b.range.start)) {
    const start = text.lastIndexOf('\n', range.start - 1) + 1;
    const isWholeLine = range.end > range.start && text[range.end - 1] === '\n';
    const newline = isWholeLine ? range.end - 1 : text.indexOf('\n', range.end);
    const end = newline === -1 ? text.length : newline + 1;
    const last = spans.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else spans.push([start, end]);
  }
  return spans;
}

function splitLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function cut(line: string): string {
  return line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH - 1)}…` : line;
}
