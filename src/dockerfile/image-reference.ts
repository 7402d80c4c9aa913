/** `[registry/]repository[:tag][@digest]`, with Docker's defaults filled in. */
export interface ImageReference {
  /** `docker.io` where none is named. */
  readonly registry: string;
  /** Without the registry; `library/python` for the official `python`. */
  readonly repository: string;
  /** Absent where none is named: `latest`, unless there is a digest. A `$` in it stands for a part that is not known. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/**
 * Splits an image reference as the distribution project does: the first part names a registry if it holds a dot or a colon
 * or is `localhost`. Undefined for text that is no reference (unexpanded variables, blanks).
 */
export function parseImageReference(text: string): ImageReference | undefined {
  const match = /^([\w.\-/:]+?)(?::([\w][\w.-]*))?(?:@([\w+.-]+:[0-9a-fA-F]+))?$/.exec(text);
  if (match === null) return undefined;
  const [, name = '', tag, digest] = match;
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const hasRegistry = first === 'localhost' || first.includes('.') || first.includes(':');
  const registry = hasRegistry ? first : 'docker.io';
  let repository = hasRegistry ? name.slice(slash + 1) : name;
  if (registry === 'docker.io' && !repository.includes('/')) repository = `library/${repository}`;
  return { registry: registry === 'index.docker.io' ? 'docker.io' : registry, repository, tag, digest };
}

/** Host and port, path components, tag, digest: distribution/reference, regexp.go. */
const REFERENCE =
  /^(?:[\w.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@[A-Za-z][\w+.-]*:[0-9a-fA-F]{32,})?$/;

/** Whether a text can name an image. */
export function isImageReference(text: string): boolean {
  return text.length <= 512 && REFERENCE.test(text);
}
