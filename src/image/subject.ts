import type { ImageConfig } from './config.ts';
import { DEFAULT_PATH, type ExecChain, resolveCommand } from './exec.ts';
import type { ImageModel } from './model.ts';
import type { Waste } from './tree.ts';
import { type ImageUser, userOf } from './users.ts';

/** What a rule is shown of an image. */
export interface ImageSubject extends ImageModel {
  /** Undefined for a root directory. */
  readonly config: ImageConfig | undefined;
  /** Who the image runs as; undefined where nobody knows the name. */
  readonly user: ImageUser | undefined;
  readonly waste: readonly Waste[];
  /** Whether a layer is above the base image: what is below is another's to mend. */
  isOwn(layer: number): boolean;
  /** The value of a variable of the image's configuration. */
  variable(name: string): string | undefined;
  /** What a command of the image's user becomes. */
  run(name: string): ExecChain | undefined;
  /** Words of the command that the image starts, if it is known: entrypoint and command (OCI image configuration). */
  readonly argv: readonly string[];
}

/** Joins what rules ask of an image; `baseLayers` of the lowest layers are the base image's, 0 where that is not known. */
export function subjectOf(
  model: ImageModel,
  config: ImageConfig | undefined,
  waste: readonly Waste[],
  baseLayers: number,
): ImageSubject {
  const { files, python } = model;
  const user = config === undefined ? undefined : userOf(files, config.user);
  const variable = (name: string): string | undefined =>
    config?.env.findLast((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  return {
    ...model,
    config,
    user,
    waste,
    isOwn: (layer) => layer >= baseLayers,
    variable,
    run: (name) =>
      config === undefined || user === undefined
        ? undefined
        : resolveCommand(files, python, { name, path: variable('PATH') ?? DEFAULT_PATH, user, cwd: config.workdir }),
    argv: [...(config?.entrypoint ?? []), ...(config?.cmd ?? [])],
  };
}
