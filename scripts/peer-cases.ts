/**
 * Holds recorded cases of other linters against ours, for `npm run conformance`: what `docker build --check` says of 54
 * Dockerfiles in preset buildkit, and 587 snippets of hadolint with the rule that must or must not report in preset hadolint.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rules } from '../rules/registry.generated.ts';
import { chooseRules } from '../src/cli/choose-rules.ts';
import { contextOf } from '../src/cli/context.ts';
import { shellCheckerAt } from '../src/cli/run-shellcheck.ts';
import type { RuleSetting } from '../src/config/config.ts';
import { type Finding, type LintOptions, lintText } from '../src/engine/lint.ts';
import { aliasesOf } from '../src/engine/rule.ts';

interface BuildkitCase {
  readonly id: string;
  readonly dockerfile: string;
  readonly dockerignore?: string;
  readonly expect: readonly { readonly ruleName: string; readonly line: number }[];
  readonly staticOk: boolean;
}

interface HadolintCase {
  readonly id: number;
  readonly rule: string;
  readonly dockerfile: string;
  readonly effectiveDockerfile?: string;
  readonly expect: 'catches' | 'catchesNot';
  readonly noFrom?: boolean;
  readonly quirk?: string;
  readonly config?: {
    readonly trustedRegistries?: readonly string[];
    readonly 'label-schema'?: Readonly<Record<string, string>>;
    readonly 'strict-labels'?: boolean;
    readonly ignored?: readonly string[];
  };
}

export interface Score {
  readonly matches: number;
  readonly total: number;
  readonly misses: readonly string[];
  readonly notes: readonly string[];
}

function casesOf<T>(file: string): T[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

function codesOf({ rule, alias }: Finding, tool: string): string[] {
  return aliasesOf(rule, alias)
    .filter((name) => name.startsWith(`${tool}:`))
    .map((name) => name.slice(tool.length + 1));
}

/** Every warning of BuildKit by rule and line, and none besides. */
export function buildkitScore(file: string): Score {
  const chosen = chooseRules(rules, { preset: 'buildkit' });
  const misses: string[] = [];
  const cases = casesOf<BuildkitCase>(file);
  const judged = cases.filter(({ staticOk }) => staticOk);
  for (const { id, dockerfile, dockerignore, expect } of judged) {
    const found = inContext(dockerfile, dockerignore, (context) => {
      const { findings, lines, text } = lintText(dockerfile, chosen, { pedantic: true, context });
      return findings.flatMap((finding) =>
        codesOf(finding, 'buildkit').map((code) => {
          // BuildKit names the last line of such an instruction; ours is the blank one.
          const at = code === 'NoEmptyContinuation' ? endOfInstruction(text, finding.range.start) : finding.range.start;
          return `${code} ${lines.position(at).line}`;
        }),
      );
    });
    const wanted = expect.map(({ ruleName, line }) => `${ruleName} ${line}`).sort();
    if (found.sort().join() !== wanted.join())
      misses.push(`${id}: recorded [${wanted.join(', ')}], found [${found.join(', ')}]`);
  }
  return {
    matches: judged.length - misses.length,
    total: judged.length,
    misses,
    notes: [`${cases.length - judged.length} left out: they depend on build arguments or a registry`],
  };
}

function inContext<T>(text: string, ignore: string | undefined, run: (context: LintOptions['context']) => T): T {
  if (ignore === undefined) return run(undefined);
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-case-'));
  try {
    writeFileSync(join(folder, 'Dockerfile'), text);
    writeFileSync(join(folder, '.dockerignore'), ignore);
    return run(contextOf(join(folder, 'Dockerfile')));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The end of the first line behind `at` that is not continued. */
function endOfInstruction(text: string, at: number): number {
  for (let start = at; ; ) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end === -1 ? undefined : end).trim();
    if (end === -1 || (line !== '' && !line.endsWith('\\') && !line.startsWith('#'))) return start;
    start = end + 1;
  }
}

/** Whether the rule reports, or does not, as hadolint's own tests want it. Fragments get a FROM that says nothing. */
export function hadolintScore(file: string): Score {
  const misses: string[] = [];
  const notes: string[] = [];
  const shellChecker = shellCheckerAt(undefined);
  const cases = casesOf<HadolintCase>(file);
  const judged = cases.filter(
    ({ quirk, rule }) => quirk === undefined && (rule !== 'SC*' || shellChecker !== undefined),
  );
  const quirks = cases.filter(({ quirk }) => quirk !== undefined).length;
  notes.push(`${quirks} quirks left out`);
  if (shellChecker === undefined)
    notes.push(`the ${cases.length - judged.length - quirks} of ShellCheck left out: shellcheck is not installed`);
  for (const { id, rule, dockerfile, effectiveDockerfile, expect, noFrom, config = {} } of judged) {
    const text = effectiveDockerfile ?? dockerfile;
    const base = config.trustedRegistries === undefined ? 'base.example/image:1' : 'scratch';
    const whole = noFrom ? `FROM ${base}\n${text}` : text;
    const { findings } = lintText(whole, rulesFor(rule, config), { pedantic: true, shellChecker });
    const isFound = findings.some((finding) =>
      rule === 'SC*'
        ? finding.alias?.startsWith('shellcheck:')
        : rule === '*'
          ? codesOf(finding, 'hadolint').length > 0
          : codesOf(finding, 'hadolint').includes(rule),
    );
    if (isFound !== (expect === 'catches'))
      misses.push(`${id} ${rule}: ${expect === 'catches' ? 'not reported' : 'reported'}: ${JSON.stringify(text)}`);
  }
  return { matches: judged.length - misses.length, total: judged.length, misses, notes };
}

/** hadolint's tests run every rule, those that are off by default as well. */
function rulesFor(rule: string, config: NonNullable<HadolintCase['config']>) {
  const { trustedRegistries: registries, 'label-schema': labels, 'strict-labels': only, ignored = [] } = config;
  const settings: RuleSetting[] = [];
  if (registries !== undefined) settings.push({ name: 'registry-not-trusted', options: { registries } });
  if (labels !== undefined) settings.push({ name: 'label-schema', options: { labels, only: only ?? false } });
  if (rule === 'DL1001') settings.push({ name: 'ignore-comment-used', severity: 'info' });
  if (rule === 'DL3057') settings.push({ name: 'healthcheck-missing', severity: 'info', options: { stages: 'all' } });
  return chooseRules(rules, { preset: 'hadolint', settings, ignore: ignored });
}
