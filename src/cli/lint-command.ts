import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { buildSettings } from '../dockerfile/build.ts';
import { isEmbedded, lintBuilds, lintEmbedded, type NamedBuild } from '../engine/builds.ts';
import { type Check, ignoresOf, mendText } from '../engine/fix.ts';
import type { Finding, LintResult } from '../engine/lint.ts';
import { codeSetting, isAtLeast, type Rule } from '../engine/rule.ts';
import type { Change } from '../report/patch.ts';
import type { FileReport, Report } from '../report/report.ts';
import type { LintArguments } from './argument-types.ts';
import { chooseRules } from './choose-rules.ts';
import type { FileContext } from './context.ts';
import { bugLines, UsageError } from './errors.ts';
import { isDirectory, readTextFile, shownPath, writeTextFile } from './files.ts';
import { type Input, readInputs } from './inputs.ts';
import { KnownFindings } from './known-findings.ts';
import { output, writeReport } from './render.ts';
import { type FileChoice, RuleChoices } from './rule-choices.ts';
import { ShellCheckers } from './shell-checkers.ts';
import { statistics, summary, summaryOfDiff } from './summary.ts';
import type { Terminal } from './terminal.ts';
import { worldOf } from './world.ts';

/** From this many files on, preparing costs less than it saves. */
const MANY = 20;

/** `plimsoll lint`: exit code 0, 1 or 2. `seen` is told which files it read. */
export async function lintCommand(
  args: LintArguments,
  allRules: readonly Rule[],
  version: string,
  terminal: Terminal,
  seen: (paths: readonly string[]) => void = () => {},
): Promise<number> {
  if (args.context !== undefined && !isDirectory(args.context))
    throw new UsageError(`--context ${args.context}: not a directory`);
  const choices = new RuleChoices(args, allRules);
  const known = new KnownFindings(args);
  const problems: string[] = [];
  const inputs = await readInputs(args, choices, terminal, problems);
  seen(inputs.map(({ path }) => path));
  for (const problem of problems) terminal.err(`plimsoll: ${problem}\n`);
  // Whoever passes names on may pass nothing but what is excluded.
  if (inputs.length === 0) return args.forceExclude && problems.length === 0 ? 0 : 2;
  if (inputs.length >= MANY) await terminal.prepareForMany();

  const run = new LintRun(args, allRules, known, terminal);
  const files: FileReport[] = [];
  let isFailed = false;
  /** Every rule that ran on some file. */
  const ran = new Map<string, Rule>();
  // What is wrong with a configuration is told before any file is written.
  const judged: [Input, FileChoice][] = [];
  for (const input of inputs) judged.push([input, await choices.of(input.path)]);
  for (const [input, choice] of judged) {
    const { rules, failOn, config } = choice;
    if (args.verbose)
      terminal.err(
        `plimsoll: ${input.path}: ${config === undefined ? 'no configuration' : shownPath(config.path)}, ${rules.length} rules\n`,
      );
    const all = await run.file(input, choice);
    const { result, known: letBe } = known.take(input.path, all);
    for (const rule of rules) ran.set(rule.meta.id, rule);
    if (failOn !== 'never' && result.findings.some(({ severity }) => isAtLeast(severity, failOn))) isFailed = true;
    files.push({ path: input.path, result, known: letBe });
  }

  const isBroken = run.hasBug || problems.length > 0;
  if (args.diff) return await writeDiff(run.changes, files, version, args, terminal, isBroken);
  if (args.updateBaseline) {
    terminal.err(`${known.update(files)}\n`);
    return isBroken ? 2 : 0;
  }
  const report: Report = { version, files, showSuppressed: args.showSuppressed };
  if (args.statistics) terminal.out(statistics(report));
  for (const { format, file } of args.outputs)
    if (!args.statistics || file !== undefined) await output(format, file, report, [...ran.values()], args, terminal);
  for (const line of known.staleLines()) terminal.err(`plimsoll: ${line}\n`);
  terminal.err(`${summary(report, run.fixed, args, run.silenced)}\n`);
  if (isBroken) return 2;
  return isFailed ? 1 : 0;
}

/** What is done to one file after the other, and what came of it. */
class LintRun {
  readonly fixed: Finding[] = [];
  readonly changes: Change[] = [];
  /** Something did not work that should have: the run ends with 2. */
  hasBug = false;
  /** Findings that comments were written for. */
  silenced = 0;
  readonly #args: LintArguments;
  readonly #known: KnownFindings;
  readonly #terminal: Terminal;
  readonly #isFixed: (finding: Finding) => boolean;
  readonly #checkers: ShellCheckers;
  readonly #common: ReturnType<typeof worldOf>;

  constructor(args: LintArguments, allRules: readonly Rule[], known: KnownFindings, terminal: Terminal) {
    this.#args = args;
    this.#known = known;
    this.#terminal = terminal;
    this.#isFixed = fixedBy(args.fixRules, allRules);
    this.#checkers = new ShellCheckers(args, terminal);
    this.#common = worldOf(allRules);
  }

  /** Checks a file, and mends or silences what was asked for; the last check is returned. */
  async file(input: Input, { rules, pedantic }: FileChoice): Promise<LintResult> {
    const { path, file } = input;
    const { fix, diff } = this.#args;
    const options = { ...this.#common, pedantic, path, shellChecker: await this.#checkers.of(rules) };
    const builds = await this.#buildsOf(input);
    const judge = (text: string, all: readonly NamedBuild[]): LintResult =>
      input.embedded === undefined
        ? lintBuilds(text, rules, options, all)
        : lintEmbedded(text, rules, options, all.filter(isEmbedded));
    if (fix || diff) {
      const contexts = new Map<string, { context: FileContext; findings: Finding[] }>();
      for (const build of builds(file.text)) {
        if (build.context === undefined) continue;
        const known = contexts.get(build.context.ignoreFile) ?? { context: build.context, findings: [] };
        contexts.set(build.context.ignoreFile, known);
        known.findings.push(...this.#known.without(path, judge(file.text, [build])).findings);
      }
      for (const { context, findings } of contexts.values()) this.#ignore(context, findings);
    }
    const check: Check = (text) => judge(text, builds(text));
    const result = fix || diff ? this.#mend(input, check) : await this.#check(input, check);
    for (const line of bugLines(path, result.failures)) this.#terminal.err(line);
    this.hasBug ||= result.failures.length > 0 || this.#checkers.hasFailed;
    return result;
  }

  /** The builds that a file is checked for, anew each time: what is to be left out of a context may have changed. */
  async #buildsOf({ path, isPlain, builds, embedded }: Input): Promise<(text: string) => NamedBuild<FileContext>[]> {
    if (embedded !== undefined) return embedded;
    const { contextIn, contextOf } = await import('./context.ts');
    const { paths, context, target, buildArgs } = this.#args;
    const contextNow = () =>
      context !== undefined
        ? contextIn(resolve(context), resolve(path))
        : paths[0] === '-'
          ? undefined
          : contextOf(path);
    const settings = buildSettings(target, buildArgs);
    const plain = () => (isPlain ? [{ name: undefined, build: settings, context: contextNow() }] : []);
    return () => [...plain(), ...builds.flatMap((build) => build())];
  }

  async #check(input: Input, check: Check): Promise<LintResult> {
    const { path, file } = input;
    const result = check(file.text);
    const { reason } = this.#args;
    if (!this.#args.addSuppressions || reason === undefined || result.findings.length === 0) return result;
    const { addSuppressions } = await import('../engine/add-suppressions.ts');
    const inlines = input.embedded?.(file.text).map(({ inline }) => inline);
    const text = addSuppressions(file.text, result.findings, reason, inlines);
    const after = check(text);
    this.silenced += result.findings.length - after.findings.length;
    if (text !== file.text) writeTextFile(path, { ...file, text });
    return after;
  }

  #mend({ path, file }: Input, check: Check): LintResult {
    const { unsafeFixes: unsafe, diff, fix, paths } = this.#args;
    const isStdin = paths[0] === '-';
    const unknown: Check = (current) => this.#known.without(path, check(current));
    const { text, rounds, fixed, result, bug } = mendText(file.text, unknown, { unsafe, isFixed: this.#isFixed });
    if (bug !== undefined)
      this.#terminal.err(`plimsoll: ${path}: our bug: ${bug}; the file was left as it was before; please report it\n`);
    if (text !== file.text) {
      if (diff) this.changes.push({ path: shownPath(path), before: file.text, after: text, rounds });
      else if (!isStdin) writeTextFile(path, { ...file, text });
      this.fixed.push(...fixed);
    }
    if (fix && isStdin) this.#terminal.out(text);
    return this.#args.baseline === undefined ? result : check(text);
  }

  /** Adds to .dockerignore what fixes want left out. */
  #ignore(context: FileContext, findings: readonly Finding[]): void {
    const ignored = findings.filter((finding) => finding.fix?.ignore !== undefined && this.#isFixed(finding));
    const lines = ignoresOf(ignored, this.#args.unsafeFixes);
    if (lines.length === 0) return;
    const old = existsSync(context.ignoreFile)
      ? readTextFile(context.ignoreFile)
      : { text: '', encoding: 'utf8' as const };
    const text = withLines(old.text, lines);
    const path = relative(process.cwd(), context.ignoreFile).replaceAll('\\', '/');
    if (this.#args.diff) this.changes.push({ path, before: old.text, after: text, rounds: [ignored] });
    else writeTextFile(context.ignoreFile, { ...old, text });
    this.fixed.push(...ignored);
  }
}

/** What `--fix-rule` names; all where it names nothing. */
function fixedBy(names: readonly string[], allRules: readonly Rule[]): (finding: Finding) => boolean {
  if (names.length === 0) return () => true;
  const chosen = new Map(chooseRules(allRules, { select: names }).map((rule) => [rule.meta.id, rule]));
  return ({ rule, alias }) => {
    const own = chosen.get(rule.id);
    return own !== undefined && codeSetting(own, alias) !== 'off';
  };
}

async function writeDiff(
  changes: readonly Change[],
  files: readonly FileReport[],
  version: string,
  args: LintArguments,
  terminal: Terminal,
  isBroken: boolean,
): Promise<number> {
  const { patchOf, planJson } = await import('../report/patch.ts');
  const paths = files.map(({ path }) => path);
  for (const { format, file } of args.outputs) {
    const patch = () => changes.map(({ path, before, after }) => patchOf(path, before, after)).join('');
    writeReport(format === 'json' ? planJson(changes, paths, version) : patch(), file, terminal);
  }
  terminal.err(`${summaryOfDiff(changes.length, files.length)}\n`);
  return isBroken ? 2 : changes.length > 0 ? 1 : 0;
}

/** A file's text with further lines at its end. */
function withLines(text: string, lines: readonly string[]): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const separator = text === '' || text.endsWith('\n') ? '' : newline;
  return `${text}${separator}${lines.map((line) => `${line}${newline}`).join('')}`;
}
