import { fingerprintOf } from './fingerprint.ts';
import type { Finding, LintResult } from './lint.ts';

/** Findings that are known and let be: by file and rule, how many of each fingerprint. */
export interface Baseline {
  readonly version: 1;
  readonly files: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;
}

/** What a baseline leaves of the findings of one file. */
export interface Compared {
  readonly result: LintResult;
  readonly known: readonly Finding[];
  /** Entries that nothing fits any more. */
  readonly stale: number;
}

/** Takes the findings of a file out that a baseline knows, as many of each as it has. */
export function withoutKnown(path: string, result: LintResult, baseline: Baseline): Compared {
  const left = new Map<string, number>();
  for (const [rule, counts] of Object.entries(baseline.files[path] ?? {}))
    for (const [fingerprint, count] of Object.entries(counts)) left.set(`${rule} ${fingerprint}`, count);
  const known: Finding[] = [];
  const findings = result.findings.filter((finding) => {
    const key = `${finding.rule.id} ${fingerprintOf(finding, result)}`;
    const count = left.get(key) ?? 0;
    if (count === 0) return true;
    left.set(key, count - 1);
    known.push(finding);
    return false;
  });
  const stale = [...left.values()].reduce((sum, count) => sum + count, 0);
  return { result: { ...result, findings }, known, stale };
}

/** A baseline that knows all findings of these files; what `others` says of further files stays. Keys are sorted. */
export function baselineOf(
  files: readonly { readonly path: string; readonly result: LintResult }[],
  others: Baseline | undefined,
): Baseline {
  const entries = new Map(Object.entries(others?.files ?? {}));
  for (const { path, result } of files) {
    const rules = new Map<string, Map<string, number>>();
    for (const finding of result.findings) {
      const counts = rules.get(finding.rule.id) ?? new Map<string, number>();
      rules.set(finding.rule.id, counts);
      const fingerprint = fingerprintOf(finding, result);
      counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + 1);
    }
    if (rules.size === 0) entries.delete(path);
    else entries.set(path, sorted([...rules].map(([rule, counts]) => [rule, sorted([...counts])])));
  }
  return { version: 1, files: sorted([...entries]) };
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
