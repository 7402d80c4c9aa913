/** `compose.yaml`, `docker-compose.yml`, `compose.prod.yaml`, and what is merged over them where it stands beside. */
const COMPOSE = /^(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/i;
const BAKE = /^docker-bake(?:[.-][\w.-]+)?\.(?:hcl|json)$/i;

/** A file of Compose or Bake: by its name where it is found, by its ending where it is named. */
export function buildFileKind(path: string, isNamed: boolean): 'compose' | 'bake' | undefined {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  if (COMPOSE.test(name) || (isNamed && /\.ya?ml$/i.test(name))) return 'compose';
  if (BAKE.test(name) || (isNamed && /\.(?:hcl|json)$/i.test(name))) return 'bake';
  return undefined;
}

/** Whether a file may have a Dockerfile in it. */
export function mentionsInline(text: string): boolean {
  return /dockerfile[_-]inline/.test(text);
}
