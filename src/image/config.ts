import { ImageError } from './layer.ts';

/** A step of an image's history (OCI image configuration, `history`). */
export interface HistoryEntry {
  readonly createdBy: string | undefined;
  readonly comment: string | undefined;
  readonly isEmptyLayer: boolean;
}

/** An image's configuration (OCI image configuration; Docker's has the same shape), with what it leaves out made plain. */
export interface ImageConfig {
  readonly platform: string | undefined;
  readonly user: string;
  readonly env: readonly string[];
  readonly workdir: string;
  readonly entrypoint: readonly string[] | null;
  readonly cmd: readonly string[] | null;
  readonly shell: readonly string[] | null;
  /** Instructions that run in builds on top of the image. */
  readonly onBuild: readonly string[];
  readonly diffIds: readonly string[];
  readonly history: readonly HistoryEntry[];
}

type Json = Readonly<Record<string, unknown>>;

/** Reads a JSON document that has to be an object; throws an ImageError that names it. */
export function parseObject(body: Buffer, name: string): Json {
  const value = parseJson(body, name);
  if (!isObject(value)) throw new ImageError(`${name}: a JSON object is expected`);
  return value;
}

export function parseJson(body: Buffer, name: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ImageError(`${name} is not valid JSON`);
  }
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Reads a configuration; throws an ImageError where it is none. `name` stands in messages. */
export function parseConfig(body: Buffer, name: string): ImageConfig {
  const document = parseObject(body, name);
  const config = isObject(document.config) ? document.config : {};
  const rootfs = isObject(document.rootfs) ? document.rootfs : {};
  const history = Array.isArray(document.history) ? document.history : [];
  return {
    platform: platformOf(document),
    user: stringOf(config.User) ?? '',
    env: strings(config.Env, name, 'Env') ?? [],
    workdir: stringOf(config.WorkingDir) ?? '/',
    entrypoint: strings(config.Entrypoint, name, 'Entrypoint'),
    cmd: strings(config.Cmd, name, 'Cmd'),
    shell: strings(config.Shell, name, 'Shell'),
    onBuild: strings(config.OnBuild, name, 'OnBuild') ?? [],
    diffIds: strings(rootfs.diff_ids, name, 'rootfs.diff_ids') ?? [],
    history: history.filter(isObject).map((entry) => ({
      createdBy: stringOf(entry.created_by),
      comment: stringOf(entry.comment),
      isEmptyLayer: entry.empty_layer === true,
    })),
  };
}

/** `os/architecture[/variant]`, as --platform takes it. */
export function platformOf(value: Json): string | undefined {
  const parts = [stringOf(value.os), stringOf(value.architecture), stringOf(value.variant)];
  return parts[0] === undefined || parts[1] === undefined ? undefined : parts.filter(Boolean).join('/');
}

function strings(value: unknown, name: string, key: string): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value;
  throw new ImageError(`${name}: ${key} is not a list of strings`);
}
