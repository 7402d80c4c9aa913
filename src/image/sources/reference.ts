import { ImageError } from '../layer.ts';

/** The name of an image, taken apart. */
export interface Reference {
  /** As people write it: `docker.io`, `registry.example:5000`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/**
 * A name, by the grammar of distribution's reference package. It becomes part of a URL: a `..` in it once led a daemon to
 * redirect elsewhere.
 */
const NAME =
  /^(?:((?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[a-fA-F0-9:]+\])(?::\d+)?)\/)?([a-z0-9]+(?:(?:[./]|_{1,2}|-+)[a-z0-9]+)*)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}))?$/;
const IMAGE_ID = /^(?:sha256:)?[a-f0-9]{12,64}$/;

/** Whether a daemon may be asked for it: a reference or an image ID. */
export function isReference(text: string): boolean {
  return NAME.test(text) || IMAGE_ID.test(text);
}

/**
 * Reads a reference as Docker does: what stands before the first slash is a registry where it has a dot or a port, or is
 * `localhost`; without one it is Docker Hub, whose official images are below `library`. Without tag and digest, `latest`.
 * Throws an ImageError for what is none.
 */
export function parseReference(text: string): Reference {
  const [, host, rest = '', tag, digest] = NAME.exec(text) ?? [];
  if (rest === '') throw new ImageError('not the name of an image, such as registry.example/app:1');
  const isHost = host !== undefined && (/[.:[A-Z]/.test(host) || host === 'localhost');
  const registry = isHost ? host : 'docker.io';
  const path = isHost || host === undefined ? rest : `${host}/${rest}`;
  const isHub = registry === 'docker.io' || registry === 'index.docker.io';
  return {
    registry: isHub ? 'docker.io' : registry,
    repository: isHub && !path.includes('/') ? `library/${path}` : path,
    tag: tag ?? (digest === undefined ? 'latest' : undefined),
    digest,
  };
}

/** The whole name, nothing left out. */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
