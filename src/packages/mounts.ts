import { expand } from '../dockerfile/expand.ts';
import { flagOf } from '../dockerfile/instructions.ts';
import { isInside, joinPath, mountsOf, mountTarget, type Step } from '../dockerfile/stages.ts';

/** A `--mount=` of a RUN that keeps files out of the layer. */
export interface Mount {
  readonly type: string;
  /** Absolute; undefined where it depends on something unknown. */
  readonly target: string | undefined;
  readonly fields: ReadonlyMap<string, string>;
}

/** The mounts of a RUN with where they lie (Dockerfile reference, RUN --mount). */
export function mountsOfRun({ instruction, lookup, state }: Step, escape: string): Mount[] {
  if (flagOf(instruction, 'mount') === undefined) return [];
  return mountsOf(instruction).map((fields) => {
    const path = joinPath(state.workdir, expand(mountTarget(fields), lookup, { escape }));
    return { type: fields.get('type') ?? 'bind', target: path.known ? path.text : undefined, fields };
  });
}

/** Whether what is written to a directory by the RUN stays out of its layer. */
export function isMounted(step: Step, directory: string, escape: string): boolean {
  return mountsOfRun(step, escape).some(
    ({ type, target }) =>
      (type === 'cache' || type === 'tmpfs') && (target === undefined || isInside(directory, target)),
  );
}
