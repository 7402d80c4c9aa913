import type { Value } from './expand.ts';

/** What a build is told besides the Dockerfile and its files: the options of `docker build`, or what Compose and Bake give. */
export interface BuildSettings {
  /** Name or number of the stage that is built; undefined: the last one. */
  readonly target?: string | undefined;
  /** `--build-arg`: they hold against what ARG says. */
  readonly args?: ReadonlyMap<string, Value> | undefined;
  /**
   * `--build-context`: names that FROM and --from find before any image, with the image that stands for them; undefined where
   * that is something else, such as a directory or another build.
   */
  readonly contexts?: ReadonlyMap<string, string | undefined> | undefined;
  /** Variables of whoever wrote the Dockerfile into another file: what they hold is filled in before the build, and not known. */
  readonly unknown?: ReadonlySet<string> | undefined;
}

/** The settings that `--target` and `--build-arg` make. */
export function buildSettings(target: string | undefined, args: Readonly<Record<string, string>> = {}): BuildSettings {
  return { target, args: new Map(Object.entries(args).map(([name, text]) => [name, { text, known: true }])) };
}

/** The image that a named context stands for (buildx build, `--build-context name=docker-image://…`). */
export function imageOfContext(value: string): string | undefined {
  return /^docker-image:\/\/(.+)$/.exec(value)?.[1];
}
