import { dirname, relative, resolve } from 'node:path';
import { type Baseline, baselineOf, type Compared, withoutKnown } from '../engine/baseline.ts';
import type { LintResult } from '../engine/lint.ts';
import type { FileReport } from '../report/report.ts';
import type { LintArguments } from './argument-types.ts';
import { readBaseline, writeBaseline } from './baseline-file.ts';
import { plural } from './summary.ts';

/** The findings that a baseline knows, over a run. */
export class KnownFindings {
  readonly #path: string | undefined;
  readonly #isUpdate: boolean;
  readonly #baseline: Baseline | undefined;
  readonly #stale = new Map<string, number>();

  constructor({ baseline, updateBaseline }: LintArguments) {
    this.#path = baseline;
    this.#isUpdate = updateBaseline;
    this.#baseline = baseline === undefined ? undefined : readBaseline(baseline, updateBaseline);
  }

  /** What is new in a file, and what is known. */
  take(path: string, result: LintResult): Pick<Compared, 'result' | 'known'> {
    const compared = this.#compare(path, result);
    if (compared.stale > 0) this.#stale.set(path, compared.stale);
    return compared;
  }

  /** A result without what is known: that is not mended either. */
  without(path: string, result: LintResult): LintResult {
    return this.#compare(path, result).result;
  }

  #compare(path: string, result: LintResult): Compared {
    if (this.#baseline === undefined || this.#isUpdate) return { result, known: [], stale: 0 };
    return withoutKnown(this.#keyOf(path), result, this.#baseline);
  }

  /** Entries that nothing fits any more, a line each file. */
  staleLines(): string[] {
    return [...this.#stale].map(
      ([path, count]) =>
        `${this.#path}: ${count === 1 ? 'an entry' : `${count} entries`} for ${path} that nothing fits any more; --update-baseline clears up`,
    );
  }

  /** Writes what was found as known; says so in a line. */
  update(files: readonly FileReport[]): string {
    if (this.#path === undefined) return '';
    const entries = files.map(({ path, result }) => ({ path: this.#keyOf(path), result }));
    writeBaseline(this.#path, baselineOf(entries, this.#baseline));
    const count = files.reduce((sum, { result }) => sum + result.findings.length, 0);
    return `${this.#path} knows ${plural(count, 'problem')} in ${plural(files.length, 'file')} now.`;
  }

  /** A baseline names files from where it stands itself: it is the same for whoever calls from elsewhere. */
  #keyOf(path: string): string {
    return relative(dirname(resolve(this.#path ?? '')), resolve(path)).replaceAll('\\', '/');
  }
}
