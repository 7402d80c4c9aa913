import { type Access, accessOf } from './access.ts';
import { ACTIVATION_BODIES, type Activation, activationsOf } from './activation.ts';
import type { BodyWish } from './bodies.ts';
import type { ImageConfig } from './config.ts';
import type { ImagePython } from './exec.ts';
import { FileSystem } from './file-system.ts';
import { PACKAGE_BODIES, type Packages, packagesOf } from './packages/databases.ts';
import { type Distribution, distributionsOf } from './python/distributions.ts';
import { environmentsOf } from './python/environments.ts';
import { interpretersOf } from './python/interpreters.ts';
import { PYTHON_BODIES, surveyOf } from './python/survey.ts';
import type { FileTree } from './tree.ts';

/** Files whose content the model wants to see. */
export const MODEL_BODIES: readonly BodyWish[] = [...PACKAGE_BODIES, ...PYTHON_BODIES, ...ACTIVATION_BODIES];

/** What an image means: its packages, its Pythons, who gets which and who may use it. */
export interface ImageModel {
  readonly files: FileSystem;
  readonly packages: Packages;
  readonly python: ImagePython;
  readonly distributions: readonly Distribution[];
  /** Empty without a configuration. */
  readonly activations: readonly Activation[];
  readonly accesses: readonly Access[];
}

/** Reads the files of an image; nothing of them is run. */
export async function modelOf(tree: FileTree, config: ImageConfig | undefined): Promise<ImageModel> {
  const files = new FileSystem(tree);
  const survey = surveyOf(files);
  const packages = await packagesOf(
    files,
    survey.condaPrefixes.map(({ path }) => path),
  );
  const interpreters = interpretersOf(files, survey, packages);
  const environments = environmentsOf(files, survey, interpreters);
  const python = { interpreters, environments };
  return {
    files,
    packages,
    python,
    distributions: distributionsOf(files, survey, interpreters, environments),
    activations: config === undefined ? [] : activationsOf(files, python, config),
    accesses: config === undefined ? [] : accessOf(files, environments, config),
  };
}
