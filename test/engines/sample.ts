import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { archive, type Member } from '../image/archives.ts';

export const NAME = 'localhost/plimsoll-sample:1';
export const BASE = 'localhost/plimsoll-base:1';

/** What the sample image is built of. */
export const DOCKERFILE = `FROM ${BASE}
ENV PATH=/bin
COPY app /app
RUN chmod -R g=u /app
RUN rm -rf /app/cache
RUN rm -rf /app/data && mkdir /app/data && echo new > /app/data/x
RUN echo longer > /app/file && ln /app/file /app/hard && ln -s file /app/soft
RUN echo more >> /linked/new
USER 1001:0
CMD ["sh"]
`;

/** The build context of the sample image, as a tar archive. */
export const context = archive(
  { name: 'Dockerfile', body: DOCKERFILE },
  { name: 'app/file', body: 'short' },
  { name: 'app/big', body: 'b'.repeat(300_000) },
  { name: 'app/cache/c', body: 'c'.repeat(70_000) },
  { name: 'app/data/d', body: 'd'.repeat(20_000) },
  { name: `app/${'long/'.repeat(30)}name`, body: 'n'.repeat(1000) },
);

/** Makes the base image of a static busybox and builds the sample on it; `builder`: 1 the classic one, 2 BuildKit. */
export async function buildSample(docker: Docker, builder: '1' | '2'): Promise<void> {
  const tools = ['sh', 'chmod', 'rm', 'mkdir', 'ln', 'echo'];
  const root = archive(
    { name: 'bin/', type: '5', mode: 0o755 },
    { name: 'bin/busybox', mode: 0o755, body: readFileSync('/bin/busybox') },
    ...tools.map((tool): Member => ({ name: `bin/${tool}`, type: '2', linkname: 'busybox' })),
    { name: 'etc/passwd', body: 'root:x:0:0:root:/:/bin/sh\n' },
    { name: 'usr/linked/', type: '5', mode: 0o755 },
    { name: 'linked', type: '2', linkname: 'usr/linked' },
  );
  const [repo, tag] = BASE.split(':');
  await finish(docker, await docker.importImage(Readable.from([root]) as never, { repo, tag }));
  await finish(
    docker,
    await docker.buildImage(Readable.from([context]), { t: NAME, networkmode: 'none', version: builder }),
  );
}

/** Waits for a stream of progress; an error is one of its items. */
export async function finish(docker: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  const items = await new Promise<Progress[]>((resolve, reject) => {
    docker.modem.followProgress(stream, (error: Error | null, list: Progress[]) =>
      error === null ? resolve(list) : reject(error),
    );
  });
  const failed = items.find(({ error }) => error !== undefined);
  const printed = items.flatMap((item) => item.stream ?? []).join('');
  if (failed !== undefined) throw new Error(`${failed.error}\n${printed.split('\n').slice(-30).join('\n')}`);
}

interface Progress {
  readonly error?: string;
  /** What the build prints. */
  readonly stream?: string;
}
