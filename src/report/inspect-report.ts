import type { JoinedFinding, PlacedFinding } from '../engine/join.ts';
import type { LintResult } from '../engine/lint.ts';
import type { Inspection } from '../image/inspect.ts';

/** What every format of `inspect` is made from. */
export interface InspectReport {
  readonly inspection: Inspection;
  /** Of the image. */
  readonly findings: readonly PlacedFinding[];
  /** The Dockerfile that the image was built of, where one is given. */
  readonly dockerfile:
    | { readonly path: string; readonly result: LintResult; readonly findings: readonly JoinedFinding[] }
    | undefined;
}
