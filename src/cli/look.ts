import type { BodyWish } from '../image/bodies.ts';
import { ImageError } from '../image/layer.ts';
import { MODEL_BODIES } from '../image/model.ts';
import { type Image, type OpenOptions, openImage } from '../image/sources/open.ts';
import { printableText } from '../image/tree.ts';
import { UsageError } from './errors.ts';

/** How an image is opened where nobody sits before it: no progress, no choice, nothing from standard input. */
export const UNATTENDED: Omit<OpenOptions, 'bodies' | 'budget'> = {
  platform: undefined,
  image: undefined,
  isInsecure: false,
  stdin: () => {
    throw new ImageError('standard input is not read here');
  },
  progress: () => {},
  expect: () => {},
};

/** An ImageError as what is told to the user; any other error as it is. */
export function toldOf(error: unknown, name: string): unknown {
  if (!(error instanceof ImageError)) return error;
  const message = printableText(error.message);
  return new UsageError(message.startsWith(`${name}: `) ? message : `${name}: ${message}`);
}

/** Opens an image and reads what every look needs of it, and `bodies`. Throws an ImageError. */
export function lookInto(
  name: string,
  bodies: readonly BodyWish[] = [],
  options: Partial<typeof UNATTENDED> = {},
): Promise<Image> {
  return openImage(name, { ...UNATTENDED, ...options, bodies: [...MODEL_BODIES, ...bodies] });
}
