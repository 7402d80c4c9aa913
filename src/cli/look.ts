import type { BodyWish } from '../image/bodies.ts';
import { ImageError } from '../image/layer.ts';
import { MODEL_BODIES } from '../image/model.ts';
import { type Image, openImage } from '../image/sources/open.ts';

/** Opens an image that is looked into by the way: no progress, no choice, nothing from standard input. Throws an ImageError. */
export function lookInto(name: string, bodies: readonly BodyWish[] = []): Promise<Image> {
  return openImage(name, {
    platform: undefined,
    image: undefined,
    isInsecure: false,
    stdin: () => {
      throw new ImageError('standard input is not read here');
    },
    progress: () => {},
    expect: () => {},
    bodies: [...MODEL_BODIES, ...bodies],
  });
}
