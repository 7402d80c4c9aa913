import { existsSync, statSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fixText, ignoresOf } from '../engine/fix.ts';
import { type Finding, type LintResult, lintText } from '../engine/lint.ts';
import { isAtLeast, type Rule } from '../engine/rule.ts';
import type { Change } from '../report/patch.ts';
import { countFindings, type FileReport, type Format, findingsOf, type Report } from '../report/report.ts';
import type { Paint } from '../report/text.ts';
import type { ShellChecker } from '../shell/shellcheck.ts';
import type { LintArguments } from './argument-types.ts';
import { chooseRules } from './choose-rules.ts';
import { bugLines, reasonOf, UsageError } from './errors.ts';
import { decode, readTextFile, shownPath, type TextFile, writeTextFile } from './files.ts';
import { RuleChoices } from './rule-choices.ts';
import { ruleTexts } from './rule-texts.ts';

/** What a command may do to the world around it. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readStdin(): Buffer;
  paint(stream: 'out' | 'err', color: LintArguments['color']): Promise<Paint>;
  /** Called before a run over many files. */
  prepareForMany(): Promise<void>;
}

/** From this many files on, preparing costs less than it saves. */
const MANY = 20;

interface Input {
  readonly path: string;
  readonly file: TextFile;
}

/** `plimsoll lint`: exit code 0, 1 or 2. */
export async function lintCommand(
  args: LintArguments,
  allRules: readonly Rule[],
  version: string,
  terminal: Terminal,
): Promise<number> {
  const choices = new RuleChoices(args, allRules);
  const fixRules =
    args.fixRules.length === 0
      ? undefined
      : new Set(chooseRules(allRules, { select: args.fixRules }).map(({ meta }) => meta.id));
  const problems: string[] = [];
  const inputs = await readInputs(args, choices, terminal, problems);
  for (const problem of problems) terminal.err(`plimsoll: ${problem}\n`);
  if (inputs.length === 0) return 2;

  if (inputs.length >= MANY) await terminal.prepareForMany();

  const files: FileReport[] = [];
  const fixed: Finding[] = [];
  const changes: Change[] = [];
  let hasBug = false;
  let isFailed = false;
  /** Every rule that ran on some file. */
  const ran = new Map<string, Rule>();
  const checkers = new ShellCheckers(args, terminal);
  const { contextOf } = await import('./context.ts');
  for (const { path, file } of inputs) {
    const { rules, pedantic, failOn, config } = await choices.of(path);
    if (args.verbose)
      terminal.err(
        `plimsoll: ${path}: ${config === undefined ? 'no configuration' : shownPath(config.path)}, ${rules.length} rules\n`,
      );
    const shellChecker = await checkers.of(rules);
    const { unsafeFixes: unsafe } = args;
    let context = args.paths[0] === '-' ? undefined : contextOf(path);
    if (context !== undefined && (args.fix || args.diff)) {
      const { findings } = lintText(file.text, rules, { pedantic, path, context, shellChecker });
      const ignored = findings.filter(({ fix, rule }) => fix?.ignore !== undefined && (fixRules?.has(rule.id) ?? true));
      const lines = ignoresOf(ignored, unsafe);
      if (lines.length > 0) {
        const old = existsSync(context.ignoreFile)
          ? readTextFile(context.ignoreFile)
          : { text: '', encoding: 'utf8' as const };
        const text = withLines(old.text, lines);
        const shown = relative(process.cwd(), context.ignoreFile).replaceAll('\\', '/');
        if (args.diff) changes.push({ path: shown, before: old.text, after: text, rounds: [ignored] });
        else {
          writeTextFile(context.ignoreFile, { ...old, text });
          context = contextOf(path);
        }
        fixed.push(...ignored);
      }
    }
    const mended =
      args.fix || args.diff
        ? fixText(file.text, rules, { pedantic, unsafe, fixRules, path, context, shellChecker })
        : undefined;
    const result = mended?.result ?? lintText(file.text, rules, { pedantic, path, context, shellChecker });
    for (const rule of rules) ran.set(rule.meta.id, rule);
    if (failOn !== 'never' && result.findings.some(({ severity }) => isAtLeast(severity, failOn))) isFailed = true;
    hasBug = tellBugs(path, result, mended?.bug, terminal) || hasBug;
    if (mended !== undefined && mended.text !== file.text) {
      if (args.diff)
        changes.push({ path: shownPath(path), before: file.text, after: mended.text, rounds: mended.rounds });
      else if (args.paths[0] !== '-') writeTextFile(path, { ...file, text: mended.text });
      fixed.push(...mended.fixed);
    }
    if (args.fix && args.paths[0] === '-') terminal.out(mended?.text ?? file.text);
    files.push({ path, result });
  }

  const report: Report = { version, files, showSuppressed: args.showSuppressed };
  if (args.diff) {
    const { patchOf, planJson } = await import('../report/patch.ts');
    for (const { format, file } of args.outputs) {
      const text =
        format === 'json'
          ? planJson(
              changes,
              files.map(({ path }) => path),
              version,
            )
          : changes.map(({ path, before, after }) => patchOf(path, before, after)).join('');
      writeReport(text, file, terminal);
    }
    terminal.err(`${summaryOfDiff(changes.length, inputs.length)}\n`);
    return hasBug || problems.length > 0 ? 2 : changes.length > 0 ? 1 : 0;
  }
  if (args.statistics) terminal.out(statistics(report));
  else
    for (const { format, file } of args.outputs) await output(format, file, report, [...ran.values()], args, terminal);
  terminal.err(`${summary(report, fixed, args)}\n`);
  if (hasBug || problems.length > 0) return 2;
  return isFailed ? 1 : 0;
}

/** ShellCheck for those files whose rules ask for it; looked for once. */
class ShellCheckers {
  readonly #args: LintArguments;
  readonly #terminal: Terminal;
  #found: { readonly checker: ShellChecker | undefined } | undefined;

  constructor(args: LintArguments, terminal: Terminal) {
    this.#args = args;
    this.#terminal = terminal;
  }

  async of(rules: readonly Rule[]): Promise<ShellChecker | undefined> {
    if (!rules.some(({ check }) => check.asksShellCheck)) return undefined;
    if (this.#found === undefined) {
      const { shellCheckerAt } = await import('./run-shellcheck.ts');
      const checker = shellCheckerAt(this.#args.shellcheck);
      if (checker === undefined && this.#args.verbose)
        this.#terminal.err(
          'plimsoll: shellcheck is not on PATH: shell scripts are not checked; --shellcheck=PATH names it\n',
        );
      this.#found = { checker };
    }
    return this.#found.checker;
  }
}

async function readInputs(
  args: LintArguments,
  choices: RuleChoices,
  terminal: Terminal,
  problems: string[],
): Promise<Input[]> {
  if (args.paths[0] === '-')
    return [{ path: args.stdinFilename, file: decode(terminal.readStdin(), args.stdinFilename) }];
  const inputs: Input[] = [];
  const seen = new Set<string>();
  const read = (path: string, isNamed: boolean): void => {
    const shown = path.replaceAll('\\', '/').replace(/^\.\//, '');
    if (seen.has(shown)) return;
    seen.add(shown);
    try {
      inputs.push({ path: shown, file: readTextFile(path) });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      // A found file that is no text only has the name of a Dockerfile; it is said, and the rest counts.
      if (isNamed || !error.message.endsWith('not a text file')) problems.push(error.message);
      else terminal.err(`plimsoll: left out: ${error.message}\n`);
    }
  };
  for (const path of args.paths) {
    let isDirectory = false;
    try {
      isDirectory = statSync(path).isDirectory();
    } catch (error) {
      problems.push(`${path}: ${reasonOf(error)}`);
      continue;
    }
    if (!isDirectory) {
      read(path, true);
      continue;
    }
    const { findDockerfiles } = await import('./discover.ts');
    const found = findDockerfiles(path, (message) => terminal.err(`plimsoll: ${message}\n`));
    if (found.length === 0)
      problems.push(`${path}: no Dockerfile here (looked for Dockerfile, Dockerfile.*, *.Dockerfile, Containerfile …)`);
    for (const file of found) if (!(await choices.isExcluded(file))) read(file, false);
  }
  return inputs;
}

/** A file's text with further lines at its end. */
function withLines(text: string, lines: readonly string[]): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const separator = text === '' || text.endsWith('\n') ? '' : newline;
  return `${text}${separator}${lines.map((line) => `${line}${newline}`).join('')}`;
}

function tellBugs(path: string, { failures }: LintResult, bug: string | undefined, terminal: Terminal): boolean {
  for (const line of bugLines(path, failures)) terminal.err(line);
  if (bug !== undefined)
    terminal.err(`plimsoll: ${path}: our bug: ${bug}; the file was left as it was before; please report it\n`);
  return failures.length > 0;
}

async function output(
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

function statistics(report: Report): string {
  const counts = new Map<string, number>();
  for (const { finding } of findingsOf(report)) counts.set(finding.rule.id, (counts.get(finding.rule.id) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([rule, count]) => `${String(count).padStart(6)}  ${rule}\n`)
    .join('');
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function summaryOfDiff(changed: number, files: number): string {
  return changed === 0
    ? `Nothing to mend in ${plural(files, 'file')}.`
    : `${plural(changed, 'file')} of ${files} would change; --fix writes it.`;
}

/** The closing line: what was found, what was mended, what is left and the next step. */
function summary(report: Report, fixed: readonly Finding[], args: LintArguments): string {
  const { error, warning, info, suppressed, safe, unsafe } = countFindings(report);
  const total = error + warning + info;
  const parts: string[] = [];
  if (args.fix) parts.push(`Mended ${plural(fixed.length, 'problem')}, ${total} left.`);
  else
    parts.push(
      total === 0
        ? `No problems in ${plural(report.files.length, 'file')}.`
        : `Found ${plural(total, 'problem')} in ${plural(report.files.length, 'file')}.`,
    );
  if (total > 0) parts.push(`${plural(error, 'error')}, ${plural(warning, 'warning')}, ${info} info.`);
  if (suppressed > 0) parts.push(`${suppressed} silenced by comments.`);
  if (safe > 0 && !args.fix) parts.push(`${safe} can be mended with --fix.`);
  if (unsafe > 0 && !args.unsafeFixes) parts.push(`${unsafe} more with --fix --unsafe-fixes.`);
  return parts.join(' ');
}
