import { expand, type Value } from '../dockerfile/expand.ts';
import { flagOf, type Token } from '../dockerfile/instructions.ts';
import { joinPath, normalizePath, type Stage, type Step, stageNamed } from '../dockerfile/stages.ts';
import type { Order } from './call.ts';

/** A COPY or ADD from the build context, a stage or another image. */
export interface CopyFacts {
  readonly step: Step;
  /** The stage that `--from` names; undefined for the build context and other images. */
  readonly from: Stage | undefined;
  /** `--from` names another image. */
  readonly isFromImage: boolean;
  /** Normalised; of a stage from its root, else from the context's. */
  readonly sources: readonly { readonly arg: Token; readonly path: Value }[];
  readonly target: Value;
  readonly targetArg: Token;
  readonly order: Order;
}

/** A COPY's sources and target as absolute paths. */
export function copyFacts(
  step: Step,
  targetArg: Token,
  stages: readonly Stage[],
  escape: string,
  order: Order,
): CopyFacts {
  const { instruction, stage, lookup } = step;
  const expandText = (text: string): Value => expand(text, lookup, { escape });
  const flag = flagOf(instruction, 'from')?.value;
  const from = flag === undefined ? undefined : stageNamed(stages, expandText(flag).text, stage.index);
  const sources = instruction.args.slice(0, -1).map((arg) => {
    const { text, known } = expandText(arg.text);
    // Sources are paths from the root of the stage or the context.
    return { arg, path: { text: normalizePath(`/${text}`), known } };
  });
  const target = joinPath(step.state.workdir, expandText(targetArg.text));
  return { step, from, isFromImage: flag !== undefined && from === undefined, sources, target, targetArg, order };
}
