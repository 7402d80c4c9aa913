import type { Activation } from './activation.ts';
import type { ImageSubject } from './subject.ts';

/** Bytes as megabytes for people: `21.7`, `0.3`. */
export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0);
}

/** The deepest directory that has both paths. */
export function commonDirectory(one: string, two: string): string {
  const parts = one.split('/');
  const others = two.split('/');
  const end = parts.findIndex((part, at) => part !== others[at]);
  if (end === -1 && parts.length === others.length) return one;
  return parts.slice(0, end === -1 ? parts.length : end).join('/') || '/';
}

/** All bodies of all layers by their paths: those of the image, and those that are in none of its files any more. */
export function* bodiesOf({ files, waste }: ImageSubject): Generator<{
  readonly path: string;
  readonly size: number;
  readonly layer: number;
  /** Names that it has in the image. */
  readonly links: number;
}> {
  for (const { path, size, writtenBy } of waste) yield { path, size, layer: writtenBy, links: 0 };
  for (const { path, node } of files.below('/')) {
    const { size, layer, links } = node.inode;
    if (size > 0) yield { path, size, layer, links };
  }
}

/** The directories of the image's PATH, no slash at their ends. */
export function pathOf({ variable }: ImageSubject): string[] {
  return (variable('PATH') ?? '').split(':').map((directory) => directory.replace(/\/$/, ''));
}

/** What somebody gets who comes in that way; undefined where the image has not got it. */
export function wayOf({ activations }: ImageSubject, how: Activation['how']): Activation | undefined {
  return activations.find((one) => one.how === how);
}

/** Whether something in the image leads to an environment: PATH, VIRTUAL_ENV, the command; or whether it is the only one. */
export function isLedTo(image: ImageSubject, path: string): boolean {
  const { python, argv, variable } = image;
  if (python.environments.length === 1) return true;
  return (
    pathOf(image).includes(`${path}/bin`) ||
    variable('VIRTUAL_ENV')?.replace(/\/$/, '') === path ||
    argv.some((word) => word.startsWith(`${path}/`))
  );
}
