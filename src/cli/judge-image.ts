import type { BuildContext } from '../dockerfile/context.ts';
import { checkImage } from '../engine/image.ts';
import { joinFindings, joinHistory } from '../engine/join.ts';
import { lintText } from '../engine/lint.ts';
import { modelOf } from '../engine/model.ts';
import type { Rule } from '../engine/rule.ts';
import { inspectImage } from '../image/inspect.ts';
import { printableText } from '../image/tree.ts';
import type { InspectReport } from '../report/inspect-report.ts';
import { lookInto, toldOf, type UNATTENDED } from './look.ts';
import type { worldOf } from './world.ts';

/** The Dockerfile that an image was built of. */
export interface GivenDockerfile {
  readonly path: string;
  readonly text: string;
  readonly context: BuildContext | undefined;
}

export interface JudgeOptions {
  /** How the image is opened where that differs from UNATTENDED. */
  readonly open: Partial<typeof UNATTENDED>;
  /** For the check of the Dockerfile. */
  readonly world: ReturnType<typeof worldOf>;
  /** How many layers are the base image's; undefined: the Dockerfile says it, or it is guessed. */
  readonly baseLayers: number | undefined;
  readonly target: string | undefined;
  readonly pedantic: boolean;
  readonly dockerfile: GivenDockerfile | undefined;
}

export interface JudgedImage {
  readonly report: InspectReport;
  /** Rules that failed: bugs of ours. */
  readonly failures: readonly { readonly path: string; readonly rule: string; readonly error: Error }[];
  /** Why the Dockerfile is not the image's, in words. */
  readonly misfit: string | undefined;
}

/**
 * Opens an image, reads what is in it and checks it, with its Dockerfile where one is given. Throws a UsageError with one line
 * for people where it cannot be read.
 */
export async function judgeImage(given: string, rules: readonly Rule[], options: JudgeOptions): Promise<JudgedImage> {
  const { dockerfile, pedantic } = options;
  try {
    const image = await lookInto(
      given,
      rules.flatMap(({ check }) => check.bodies ?? []),
      options.open,
    );
    const { history = [] } = image.config ?? {};
    const join =
      dockerfile &&
      joinHistory(modelOf(dockerfile.text, dockerfile).stages, history, image.layers.length, options.target);
    const baseLayers = typeof join === 'object' ? join.baseLayers : undefined;
    const inspection = await inspectImage(image, options.baseLayers ?? baseLayers);
    const { findings, failures } = checkImage(inspection.model, rules, pedantic);
    const result =
      dockerfile &&
      lintText(dockerfile.text, rules, {
        ...options.world,
        pedantic,
        path: dockerfile.path,
        context: dockerfile.context,
        build: { target: options.target },
      });
    const together =
      typeof join === 'object' && result !== undefined
        ? joinFindings(result.findings, findings, join, rules)
        : {
            dockerfile: result?.findings ?? [],
            image: findings.map((finding) => ({ ...finding, instruction: undefined })),
          };
    return {
      report: {
        inspection,
        findings: together.image,
        dockerfile: dockerfile && result && { path: dockerfile.path, result, findings: together.dockerfile },
      },
      failures: [
        ...failures.map((failure) => ({ path: given, ...failure })),
        ...(result?.failures.map((failure) => ({ path: dockerfile?.path ?? '', ...failure })) ?? []),
      ],
      misfit: typeof join === 'string' ? printableText(join) : undefined,
    };
  } catch (error) {
    throw toldOf(error, given);
  }
}
