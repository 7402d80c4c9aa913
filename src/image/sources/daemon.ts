import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { isObject, stringOf } from '../config.ts';
import { ImageError, messageOf } from '../layer.ts';
import { isReference } from './reference.ts';

export interface DaemonImage {
  readonly daemon: 'docker' | 'podman';
  /** The archive that `docker save` would write. */
  readonly chunks: AsyncIterable<Buffer>;
}

/** From version 1.48 of the API on, an archive can be asked for one platform. */
const API_WITH_PLATFORM = 48;

/** What the type declarations of dockerode leave out. */
interface WithImages {
  getImages(options: { names: string; platform?: string }): Promise<AsyncIterable<Buffer>>;
}

/**
 * Asks the Docker or Podman daemon for an image, as one stream. Without `kind` Docker is asked first. Throws an ImageError
 * where no daemon answers or none has the image.
 */
export async function openDaemon(
  kind: 'docker' | 'podman' | undefined,
  reference: string,
  platform: string | undefined,
): Promise<DaemonImage> {
  if (!isReference(reference)) throw new ImageError('neither a file that exists nor the name of an image');
  const failures: string[] = [];
  for (const host of hosts(kind)) {
    const docker = new Docker(connection(host));
    try {
      const version = await docker.version();
      const { ApiVersion } = version;
      const daemon = daemonOf(version);
      if (kind === 'podman' && daemon !== kind) continue;
      await docker.getImage(reference).inspect();
      const canChoose = daemon === 'docker' && Number(ApiVersion.split('.')[1]) >= API_WITH_PLATFORM;
      const [os, architecture, variant] = platform?.split('/') ?? [];
      const chunks = await (docker as unknown as WithImages).getImages({
        names: reference,
        ...(canChoose && platform !== undefined ? { platform: JSON.stringify({ os, architecture, variant }) } : {}),
      });
      return { daemon, chunks };
    } catch (error) {
      const isAbsent = isObject(error) && error.statusCode === 404;
      failures.push(isAbsent ? `${host} has no such image` : `${host} did not answer (${reason(error)})`);
    }
  }
  const hint = `registry:${reference} would ask its registry`;
  throw new ImageError(
    failures.length === 0
      ? `no ${kind ?? 'Docker or Podman'} socket was found${kind === undefined ? `, and there is no such file; ${hint}` : ''}`
      : `${failures.join('; ')}${kind === undefined ? `; and there is no such file; ${hint}` : ''}`,
  );
}

/** A daemon that answers. */
export interface Engine {
  readonly docker: Docker;
  readonly daemon: 'docker' | 'podman';
}

/** The first Docker or Podman daemon that answers; throws an ImageError where none does. */
export async function connectEngine(kind: 'docker' | 'podman' | undefined): Promise<Engine> {
  const failures: string[] = [];
  for (const host of hosts(kind)) {
    const docker = new Docker(connection(host));
    try {
      const daemon = daemonOf(await docker.version());
      if (kind === undefined || kind === daemon) return { docker, daemon };
      failures.push(`${host} is ${daemon}`);
    } catch (error) {
      failures.push(`${host} did not answer (${reason(error)})`);
    }
  }
  throw new ImageError(
    failures.length === 0 ? `no ${kind ?? 'Docker or Podman'} socket was found` : failures.join('; '),
  );
}

function daemonOf({ Components }: Docker.DockerVersion): 'docker' | 'podman' {
  return Components?.some(({ Name }) => Name.startsWith('Podman')) ? 'podman' : 'docker';
}

function reason(error: unknown): string {
  return messageOf(error).split('\n')[0]?.slice(0, 200) ?? '';
}

/** Where daemons listen, the likeliest first; a socket that is not there is left out unless the user named it. */
function hosts(kind: 'docker' | 'podman' | undefined): string[] {
  const found: string[] = [];
  const add = (socket: string): void => {
    if (existsSync(socket)) found.push(`unix://${socket}`);
  };
  const { DOCKER_HOST, CONTAINER_HOST, XDG_RUNTIME_DIR } = process.env;
  const named = DOCKER_HOST || contextHost();
  // Podman's socket may be named by Docker's variable too.
  if (named) found.push(named);
  else if (kind !== 'podman') add('/var/run/docker.sock');
  if (kind !== 'docker') {
    if (CONTAINER_HOST) found.push(CONTAINER_HOST);
    if (XDG_RUNTIME_DIR) add(join(XDG_RUNTIME_DIR, 'podman/podman.sock'));
    add('/run/podman/podman.sock');
  }
  return found;
}

/** The endpoint of the context that `docker context use` chose (docker CLI, cli/context/store). */
function contextHost(): string | undefined {
  const folder = process.env.DOCKER_CONFIG || join(homedir(), '.docker');
  const read = (path: string): unknown => {
    try {
      return JSON.parse(readFileSync(path, 'utf8'));
    } catch {
      return undefined;
    }
  };
  const config = read(join(folder, 'config.json'));
  const name = process.env.DOCKER_CONTEXT || (isObject(config) ? stringOf(config.currentContext) : undefined);
  if (name === undefined || name === 'default') return undefined;
  const id = createHash('sha256').update(name).digest('hex');
  const meta = read(join(folder, 'contexts/meta', id, 'meta.json'));
  const endpoints = isObject(meta) && isObject(meta.Endpoints) ? meta.Endpoints : {};
  return isObject(endpoints.docker) ? stringOf(endpoints.docker.Host) : undefined;
}

function connection(host: string): Docker.DockerOptions {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  if (host.startsWith('npipe://')) return { socketPath: host.slice('npipe://'.length) };
  let url: URL;
  try {
    url = new URL(host.includes('://') ? host : `tcp://${host}`);
  } catch {
    throw new ImageError(`"${host}" is not the address of a daemon`);
  }
  const { DOCKER_TLS_VERIFY, DOCKER_CERT_PATH, SSH_AUTH_SOCK } = process.env;
  if (url.protocol === 'ssh:')
    return {
      protocol: 'ssh',
      host: url.hostname,
      port: url.port || 22,
      username: url.username,
      ...(SSH_AUTH_SOCK ? { sshOptions: { agent: SSH_AUTH_SOCK } } : {}),
    };
  const folder = DOCKER_CERT_PATH || join(homedir(), '.docker');
  const certificates = DOCKER_TLS_VERIFY
    ? {
        ca: readFileSync(join(folder, 'ca.pem')),
        cert: readFileSync(join(folder, 'cert.pem')),
        key: readFileSync(join(folder, 'key.pem')),
      }
    : {};
  return {
    protocol: DOCKER_TLS_VERIFY || url.protocol === 'https:' ? 'https' : 'http',
    host: url.hostname,
    port: url.port || (DOCKER_TLS_VERIFY ? 2376 : 2375),
    ...certificates,
  };
}
