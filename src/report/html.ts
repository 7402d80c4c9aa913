import { applyEdits } from '../dockerfile/edit.ts';
import type { Finding, LintResult } from '../engine/lint.ts';
import { countFindings, type FileReport, type Report, ruleUrl, type Texts } from './report.ts';
import { escapeXml as x } from './xml.ts';

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#1a1a1a;background:#fff}
h2{border-bottom:1px solid #ccc;padding-bottom:.2em}article{margin:1.2em 0;padding:.6em 1em;border-left:4px solid #888;background:#f7f7f7}
.error{border-color:#c0392b}.warning{border-color:#d68910}.info{border-color:#2471a3}
pre{overflow-x:auto;background:#fff;border:1px solid #ddd;padding:.5em;margin:.5em 0}mark{background:#ffe08a}ins{background:#d5f5e3;text-decoration:none}del{background:#fadbd8;text-decoration:none}
@media(prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}article{background:#202020}pre{background:#111;border-color:#333}mark{background:#665200;color:#fff}ins{background:#14432a}del{background:#5b1f1a}a{color:#7fb3ff}}`;

/** One page with everything in it: no script, nothing fetched. */
export function htmlReport(report: Report, texts: Texts): string {
  const { error, warning, info, suppressed } = countFindings(report);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    '<title>Plimsoll</title>',
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<h1>Plimsoll</h1>',
    `<p>${error} errors, ${warning} warnings, ${info} info in ${report.files.length} files; ${suppressed} silenced by comments.</p>`,
    ...report.files.flatMap((file) => section(file, texts)),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function section({ path, result }: FileReport, texts: Texts): string[] {
  const { findings } = result;
  const body = findings.length === 0 ? ['<p>No problems.</p>'] : findings.map((one) => article(result, one, texts));
  return [`<section>`, `<h2>${x(path)}</h2>`, ...body, '</section>'];
}

function article(result: LintResult, finding: Finding, texts: Texts): string {
  const { rule, severity, message, range } = finding;
  const { line, column } = result.lines.position(range.start);
  const { why = '' } = texts[rule.id] ?? {};
  return [
    `<article class="${severity}">`,
    `<p><strong>${line}:${column} ${severity}</strong> <a href="${x(ruleUrl(rule.id))}">${x(rule.id)}</a>: ${x(message)}</p>`,
    `<pre>${frame(result, finding)}</pre>`,
    `<p>${x(why.trim())}</p>`,
    ...mend(result, finding),
    '</article>',
  ].join('\n');
}

/** The lines of a finding with its words marked. */
function frame({ text }: LintResult, { range: { start, end } }: Finding): string {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const next = text.indexOf('\n', Math.max(start, end - 1));
  const to = next === -1 ? text.length : next;
  return `${x(text.slice(from, start))}<mark>${x(text.slice(start, end))}</mark>${x(text.slice(end, to))}`;
}

/** The lines that a fix changes, before and after. */
function mend({ text }: LintResult, { fix }: Finding): string[] {
  if (fix === undefined || fix.edits.length === 0) return [];
  const start = Math.min(...fix.edits.map(({ range }) => range.start));
  const end = Math.max(...fix.edits.map(({ range }) => range.end));
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const next = text.indexOf('\n', end);
  const to = next === -1 ? text.length : next;
  const before = text.slice(from, to);
  const shifted = fix.edits.map((edit) => ({
    ...edit,
    range: { start: edit.range.start - from, end: edit.range.end - from },
  }));
  return [
    `<p>${x(fix.title)} (${fix.applicability}):</p>`,
    `<pre><del>${x(before)}</del>\n<ins>${x(applyEdits(before, shifted).trimEnd())}</ins></pre>`,
  ];
}
