import type { Readable } from 'node:stream';
import { isObject, stringOf } from '../config.ts';
import { ImageError, messageOf } from '../layer.ts';
import type { Engine } from './daemon.ts';

export interface BuildRequest {
  readonly tag: string;
  /** Name of the Dockerfile in the context. */
  readonly dockerfile: string;
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly network: string | undefined;
  /** The file needs BuildKit: heredocs, RUN --mount, COPY --link. */
  readonly needsBuildKit: boolean;
}

/** A build that failed, with what it printed. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
  readonly log: readonly string[];

  constructor(message: string, log: readonly string[]) {
    super(message);
    this.log = log;
  }
}

/** What the type declarations of docker-modem leave out. */
interface Modem {
  dial(options: object, callback: (error: unknown, stream: NodeJS.ReadableStream) => void): void;
}

/**
 * Builds an image of a context with an engine; nothing is pushed. Podman's builder reads all of today's Dockerfiles, Docker's
 * classic one not those that need BuildKit. Throws a BuildError with the log where the build fails.
 */
export async function buildImage({ docker, daemon }: Engine, context: Readable, request: BuildRequest): Promise<void> {
  const { tag, dockerfile, target, buildArgs, network, needsBuildKit } = request;
  const options = {
    t: tag,
    dockerfile,
    rm: true,
    forcerm: true,
    buildargs: JSON.stringify(buildArgs),
    ...(target === undefined ? {} : { target }),
    ...(network === undefined ? {} : { networkmode: network }),
    ...(daemon === 'docker' ? { version: needsBuildKit ? '2' : '1' } : {}),
  };
  const printed: string[] = [];
  const tell = (text: string): void => {
    for (const line of text.split(/\r?\n/)) {
      if (line.trim() === '') continue;
      printed.push(line);
    }
  };
  try {
    const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      (docker.modem as unknown as Modem).dial(
        {
          path: '/build?',
          method: 'POST',
          file: context,
          options,
          isStream: true,
          statusCodes: { 200: true, 500: 'server error' },
        },
        (error, answer) => (error ? reject(error) : resolve(answer)),
      );
    });
    const failure = await follow(docker, stream, tell);
    if (failure !== undefined) throw new ImageError(failure);
  } catch (error) {
    throw new BuildError(messageOf(error).split('\n')[0] ?? 'it failed', printed);
  }
}

/** Reads a stream of progress to its end; what went wrong, where something did. */
function follow(
  docker: Engine['docker'],
  stream: NodeJS.ReadableStream,
  tell: (text: string) => void,
): Promise<string | undefined> {
  let failure: string | undefined;
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error: Error | null) => (error === null ? resolve(failure) : reject(error)),
      (item: unknown) => {
        if (!isObject(item)) return;
        failure = stringOf(item.error) ?? failure;
        const text = stringOf(item.stream);
        if (text !== undefined) tell(text);
        const trace = item.id === 'moby.buildkit.trace' ? stringOf(item.aux) : undefined;
        if (trace !== undefined) tell(logsOf(Buffer.from(trace, 'base64')));
      },
    );
  });
}

/** What steps print, from BuildKit's StatusResponse: `repeated VertexLog logs = 3`, in each `bytes msg = 4` (moby/buildkit, control.proto). */
function logsOf(message: Buffer): string {
  return fieldsOf(message)
    .filter(({ number }) => number === 3)
    .flatMap(({ bytes }) => fieldsOf(bytes))
    .filter(({ number }) => number === 4)
    .map(({ bytes }) => bytes.toString('utf8'))
    .join('');
}

/** The fields with a length of a protobuf message; others are passed over. */
function fieldsOf(message: Buffer): { readonly number: number; readonly bytes: Buffer }[] {
  const fields: { number: number; bytes: Buffer }[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; at < message.length; shift *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * shift;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < message.length) {
    const key = varint();
    const kind = key % 8;
    if (kind === 0) varint();
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else if (kind === 2) {
      const length = varint();
      fields.push({ number: Math.floor(key / 8), bytes: message.subarray(at, at + length) });
      at += length;
    } else break;
  }
  return fields;
}
