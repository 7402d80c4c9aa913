import type { BodyWish } from '../../src/image/bodies.ts';
import type { ImageConfig } from '../../src/image/config.ts';
import { scanLayer } from '../../src/image/layer.ts';
import { type ImageModel, MODEL_BODIES, modelOf } from '../../src/image/model.ts';
import { FileTree } from '../../src/image/tree.ts';
import { archive, type Member, pax, pieces } from './archives.ts';

/** A file by its content, a directory where the path ends in a slash, a symlink `-> target`, or fields. */
export type Given =
  | string
  | Buffer
  | (Partial<Member> & { readonly link?: string; readonly records?: Readonly<Record<string, string>> });
export type Layer = Readonly<Record<string, Given>>;

/** Bytes that begin as those of a program do. */
export const ELF = Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]), Buffer.alloc(600)]);

/** A configuration that says nothing but what is given. */
export function configOf(given: Partial<ImageConfig>): ImageConfig {
  return {
    platform: 'linux/amd64',
    user: '',
    env: [],
    workdir: '/',
    entrypoint: null,
    cmd: null,
    shell: null,
    onBuild: [],
    diffIds: [],
    history: [],
    ...given,
  };
}

/** The model of an image with these layers; files in `bin` may be executed. */
export async function modelOfLayers(
  layers: readonly Layer[],
  config: Partial<ImageConfig> = {},
  bodies: readonly BodyWish[] = [],
): Promise<ImageModel> {
  const tree = new FileTree();
  for (const layer of layers) {
    const bytes = archive(...Object.entries(layer).flatMap(([path, given]) => membersOf(path, given)));
    tree.apply((await scanLayer(pieces(bytes, 4096), 'layer', { bodies: [...MODEL_BODIES, ...bodies] })).entries);
  }
  return modelOf(tree, configOf(config));
}

/** A member, behind its PAX records where it has any. */
function membersOf(path: string, given: Given): (Member | Buffer)[] {
  const records = typeof given === 'string' || Buffer.isBuffer(given) ? undefined : given.records;
  const member = memberOf(path, given);
  return records === undefined ? [member] : [pax(records), member];
}

function memberOf(path: string, given: Given): Member {
  const name = path.replace(/^\//, '');
  if (typeof given !== 'string' && !Buffer.isBuffer(given)) {
    const { link, ...fields } = given;
    return link === undefined
      ? { name, mode: modeOf(name), ...fields }
      : { name, type: '2', linkname: link, ...fields };
  }
  if (name.endsWith('/')) return { name, type: '5', mode: 0o755 };
  if (typeof given === 'string' && given.startsWith('-> ')) return { name, type: '2', linkname: given.slice(3) };
  return { name, body: given, mode: modeOf(name) };
}

function modeOf(name: string): number {
  return name.endsWith('/') || /(?:^|\/)s?bin\//.test(name) ? 0o755 : 0o644;
}
