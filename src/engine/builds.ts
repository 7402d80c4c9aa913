import type { BuildContext } from '../dockerfile/context.ts';
import type { EmbeddedText } from '../dockerfile/embedded.ts';
import { LineIndex } from '../dockerfile/range.ts';
import { byPlace, type Finding, type LintOptions, type LintResult, lintText } from './lint.ts';
import type { ModelOptions } from './model.ts';
import { type Fix, isAtLeast, type Rule } from './rule.ts';

/** One of the builds that a Dockerfile serves. */
export interface NamedBuild<C extends BuildContext = BuildContext> extends Pick<ModelOptions, 'build'> {
  /** Of the service or target that asks for it; undefined for a plain build. */
  readonly name: string | undefined;
  /** The files that it sends along, where they are known. */
  readonly context?: C | undefined;
}

/** A build whose Dockerfile stands in a file of Compose or Bake. */
export interface EmbeddedBuild<C extends BuildContext = BuildContext> extends NamedBuild<C> {
  readonly inline: EmbeddedText;
}

/** Whether a build's Dockerfile stands in another file. */
export function isEmbedded(build: NamedBuild): build is EmbeddedBuild {
  return 'inline' in build;
}

/**
 * Checks a Dockerfile for each of its builds and gives what any of them shows, once, at its worst severity. A mend that not all
 * builds of the same stage ask for is no safe one. Never throws for any text.
 */
export function lintBuilds(
  text: string,
  rules: readonly Rule[],
  options: LintOptions,
  builds: readonly NamedBuild[],
): LintResult {
  const results = builds.map(({ name, build, context }) => ({
    name,
    result: lintText(text, rules, { ...options, build, context }),
  }));
  return together(results, rules) ?? lintText(text, rules, options);
}

/** Checks the Dockerfiles in another file, each for all of its builds; places and edits are the file's. */
export function lintEmbedded(
  text: string,
  rules: readonly Rule[],
  options: LintOptions,
  builds: readonly EmbeddedBuild[],
): LintResult {
  const lines = new LineIndex(text);
  const byText = new Map<number, Named[]>();
  for (const { name, inline, build, context } of builds) {
    const result = lintText(inline.text, rules, { ...options, build, context });
    const { start } = inline.place;
    byText.set(start, [...(byText.get(start) ?? []), { name, result: inHost(result, inline, text, lines) }]);
  }
  const all = [...byText.values()].flatMap((results) => together(results, rules) ?? []);
  const sum = (count: (result: LintResult) => number) => all.reduce((total, result) => total + count(result), 0);
  return {
    text,
    lines,
    findings: all.flatMap(({ findings }) => findings).sort(byPlace),
    suppressed: all.flatMap(({ suppressed }) => suppressed).sort(byPlace),
    failures: all.flatMap(({ failures }) => failures),
    built: new Set(all.flatMap(({ built }) => [...built])),
    shape: {
      problems: sum(({ shape }) => shape.problems),
      stages: sum(({ shape }) => shape.stages),
      comments: sum(({ shape }) => shape.comments),
    },
  };
}

/** The result of an embedded text as one of the file it stands in. Of a variable that is not known nothing can be said. */
function inHost(result: LintResult, inline: EmbeddedText, text: string, lines: LineIndex): LintResult {
  const moved = (finding: Finding): Finding => {
    const edits = finding.fix?.edits.map((edit) => inline.edit(edit)) ?? [];
    const isWritten = edits.every((edit) => edit !== undefined);
    return {
      ...finding,
      range: inline.range(finding.range),
      related: finding.related.map((one) => ({ ...one, range: inline.range(one.range) })),
      fix: finding.fix && isWritten ? { ...finding.fix, edits } : undefined,
    };
  };
  const all = (findings: readonly Finding[]) => findings.filter(({ range }) => !inline.isUnknown(range)).map(moved);
  return { ...result, text, lines, findings: all(result.findings), suppressed: all(result.suppressed) };
}

interface Named {
  readonly name: string | undefined;
  readonly result: LintResult;
}

/** The results of one text's builds as one; undefined of none. */
function together(results: readonly Named[], rules: readonly Rule[]): LintResult | undefined {
  const [first, ...more] = results;
  if (first === undefined || more.length === 0) return first?.result;
  const everywhere = new Set(rules.filter(({ check }) => check.unused !== undefined).map(({ meta }) => meta.id));
  const failures = results.flatMap(({ result }) => result.failures);
  return {
    ...first.result,
    findings: merged(results, 'findings', everywhere),
    suppressed: merged(results, 'suppressed', everywhere),
    failures: failures.filter(({ rule }, index) => failures.findIndex((other) => other.rule === rule) === index),
    built: new Set(results.flatMap(({ result }) => [...result.built])),
  };
}

/** `everywhere`: rules about what is of no use, which holds only where no build has a use for it. */
function merged(
  results: readonly Named[],
  kind: 'findings' | 'suppressed',
  everywhere: ReadonlySet<string>,
): Finding[] {
  const byKey = new Map<string, { readonly finding: Finding; readonly from: readonly Named[] }[]>();
  for (const from of results) {
    const own = new Map<string, Finding[]>();
    for (const finding of from.result[kind]) {
      const key = `${finding.rule.id} ${finding.alias} ${finding.range.start} ${finding.range.end}`;
      own.set(key, [...(own.get(key) ?? []), finding]);
    }
    for (const [key, findings] of own) {
      const known = byKey.get(key) ?? [];
      const both = known.map((one, index) => {
        const finding = findings[index];
        return finding === undefined ? one : { finding: worse(one.finding, finding), from: [...one.from, from] };
      });
      byKey.set(key, [...both, ...findings.slice(known.length).map((finding) => ({ finding, from: [from] }))]);
    }
  }
  return [...byKey.values()]
    .flat()
    .filter(({ finding, from }) => from.length === results.length || !everywhere.has(finding.rule.id))
    .map(({ finding, from }) => ofSome(finding, from, results))
    .sort(byPlace);
}

/** The worse of two, with a mend that is right for both. */
function worse(one: Finding, other: Finding): Finding {
  const finding = isAtLeast(one.severity, other.severity) ? one : other;
  return { ...finding, fix: commonFix(one.fix, other.fix) };
}

/** Of different mends none is right for both; one that only one of them has may be. */
function commonFix(one: Fix | undefined, other: Fix | undefined): Fix | undefined {
  if (one === undefined || other === undefined) return notSafe(one ?? other);
  if (JSON.stringify([one.edits, one.ignore]) !== JSON.stringify([other.edits, other.ignore])) return undefined;
  return one.applicability === 'safe' ? other : one;
}

function notSafe(fix: Fix | undefined): Fix | undefined {
  return fix?.applicability === 'safe' ? { ...fix, applicability: 'unsafe' } : fix;
}

/** How a build is called that no file describes. */
const PLAIN = '(plain)';

/** A finding with the builds that show it, where others that run its stage do not. */
function ofSome(finding: Finding, from: readonly Named[], results: readonly Named[]): Finding {
  const { stage, fix } = finding;
  const others = results.filter(
    (result) => !from.includes(result) && (stage === undefined || result.result.built.has(stage)),
  );
  if (others.length === 0) return finding;
  return {
    ...finding,
    builds: from.map(({ name }) => name ?? PLAIN),
    fix: notSafe(fix),
  };
}
