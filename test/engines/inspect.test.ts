import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import Docker from 'dockerode';
import { afterAll, describe, expect, test } from 'vitest';
import { archive, type Member } from '../image/archives.ts';
import { folder, missing, run, start, stopAll, toFile } from './engines.ts';

const bin = join(import.meta.dirname, '../../bin/plimsoll.js');
const NAME = 'localhost/plimsoll-sample:1';

const DOCKERFILE = `FROM localhost/plimsoll-base:1
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

afterAll(stopAll);

const docker = new Docker({ socketPath: join(folder, 'd.sock') });

/** Starts dockerd and builds the image; returns why that is not possible. */
async function build(): Promise<string | undefined> {
  const absent = missing('dockerd', 'busybox');
  if (absent !== undefined) return absent;
  const failure = await start(
    join(folder, 'd.sock'),
    'dockerd',
    ...['--host', `unix://${folder}/d.sock`, '--data-root', `${folder}/data`, '--exec-root', `${folder}/exec`],
    ...['--pidfile', `${folder}/d.pid`, '--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-masq=false'],
  );
  if (failure !== undefined) return failure;
  const tools = ['sh', 'chmod', 'rm', 'mkdir', 'ln', 'echo'];
  const root = archive(
    { name: 'bin/', type: '5', mode: 0o755 },
    { name: 'bin/busybox', mode: 0o755, body: readFileSync('/bin/busybox') },
    ...tools.map((tool): Member => ({ name: `bin/${tool}`, type: '2', linkname: 'busybox' })),
    { name: 'etc/passwd', body: 'root:x:0:0:root:/:/bin/sh\n' },
    { name: 'usr/linked/', type: '5', mode: 0o755 },
    { name: 'linked', type: '2', linkname: 'usr/linked' },
  );
  const dialled = await docker.importImage(Readable.from([root]) as never, {
    repo: 'localhost/plimsoll-base',
    tag: '1',
  });
  await finish(dialled);
  const context = archive(
    { name: 'Dockerfile', body: DOCKERFILE },
    { name: 'app/file', body: 'short' },
    { name: 'app/big', body: 'b'.repeat(300_000) },
    { name: 'app/cache/c', body: 'c'.repeat(70_000) },
    { name: 'app/data/d', body: 'd'.repeat(20_000) },
    { name: `app/${'long/'.repeat(30)}name`, body: 'n'.repeat(1000) },
  );
  await finish(await docker.buildImage(Readable.from([context]), { t: NAME, networkmode: 'none', version: '1' }));
  return undefined;
}

/** Waits for a stream of progress; an error is one of its items. */
async function finish(stream: NodeJS.ReadableStream): Promise<void> {
  const items = await new Promise<{ error?: string }[]>((resolve, reject) => {
    docker.modem.followProgress(stream, (error: Error | null, list: { error?: string }[]) =>
      error === null ? resolve(list) : reject(error),
    );
  });
  const failed = items.find(({ error }) => error !== undefined);
  if (failed !== undefined) throw new Error(failed.error);
}

interface Report {
  readonly source: string;
  readonly reference: string;
  readonly config: object | null;
  readonly layers: readonly Record<string, unknown>[];
  readonly size: { readonly total: number; readonly live: number; readonly wasted: number; readonly byCause: object };
  readonly waste: readonly object[];
}

function inspect(image: string, env: Record<string, string> = {}): Report {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'inspect', image, '--format', 'json'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
  });
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout).image;
}

/** What has to be the same from every source. */
function facts({ layers, size, waste, config }: Report): object {
  return {
    layers: layers.map(({ diffId, size: own, entries, wasted, createdBy }) => ({
      diffId,
      own,
      entries,
      wasted,
      createdBy,
    })),
    size,
    waste,
    config,
  };
}

const noDocker = await build();
const noSkopeo = noDocker ?? missing('skopeo');
const noPodman = noDocker ?? missing('podman', 'runc');
const title = (text: string, reason: string | undefined): string =>
  reason === undefined ? text : `${text} (skipped: ${reason})`;

let expected: object = {};
let saved = '';
if (noDocker === undefined) {
  saved = await toFile(await docker.getImage(NAME).get(), 'docker.tar');
  expected = facts(inspect(saved));
}

describe(title('dockerd', noDocker), () => {
  test.skipIf(noDocker)('the waste is what the Dockerfile makes', () => {
    const { size, waste, source, reference } = inspect(saved);
    expect([source, reference]).toEqual(['docker-archive', NAME]);
    expect(size.total).toBe(size.live + size.wasted);
    // The copy of all for chmod; the cache and the data as chmod had left them; the file that grew.
    expect(size.byCause).toMatchObject({ metadata: 300_000 + 70_000 + 20_000 + 1000 + 5, overwritten: 5 });
    expect(size.wasted).toBe(391_005 + 70_000 + 20_000 + 5);
    expect(waste[0]).toMatchObject({ path: '/app/', cause: 'metadata', writtenBy: 1, killedBy: 2, files: 5 });
    expect(waste).toContainEqual(
      expect.objectContaining({ path: '/app/cache/', cause: 'deleted', size: 70_000, writtenBy: 2, killedBy: 3 }),
    );
  });

  test.skipIf(noDocker)('the daemon gives the same image', () => {
    const env = { DOCKER_HOST: `unix://${folder}/d.sock` };
    for (const name of [NAME, `docker:${NAME}`]) {
      const report = inspect(name, env);
      expect(report.source).toBe('docker');
      expect(facts(report)).toEqual(expected);
    }
  });

  test.skipIf(noDocker)('a container of it has as many bytes as are live', async () => {
    const container = await docker.createContainer({ Image: NAME, HostConfig: { NetworkMode: 'none' } });
    const exported = await toFile(await container.export(), 'rootfs.tar');
    await container.remove();
    const root = join(folder, 'rootfs');
    mkdirSync(root);
    run('tar', 'xf', exported, '-C', root);
    const seen = new Set<number>();
    let bytes = 0;
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      const stat = lstatSync(join(root, name));
      if (!stat.isFile() || seen.has(stat.ino)) continue;
      seen.add(stat.ino);
      bytes += stat.size;
    }
    expect(inspect(saved).size.live).toBe(bytes);
    expect(inspect(`rootfs:${root}`).size).toMatchObject({ live: bytes, wasted: 0 });
  });
});

describe(title('skopeo', noSkopeo), () => {
  const forms: readonly (readonly [form: string, source: string, ...args: string[]])[] = [
    ['oci:gzip', 'oci'],
    ['oci:zstd', 'oci', '--dest-compress-format', 'zstd'],
    ['oci-archive:oci.tar', 'oci-archive'],
    ['docker-archive:skopeo.tar', 'docker-archive'],
    ['oci:mislabelled', 'oci', '--dest-oci-accept-uncompressed-layers'],
  ];
  for (const [form, source, ...args] of forms)
    test.skipIf(noSkopeo)(`${form} ${args.join(' ')}`.trim(), () => {
      const [transport = '', name = ''] = form.split(':');
      run(
        'skopeo',
        '--insecure-policy',
        'copy',
        '-q',
        ...args,
        `docker-archive:${saved}`,
        `${transport}:${join(folder, name)}:x/y:1`,
      );
      const report = inspect(`${transport}:${join(folder, name)}`);
      expect(report.source).toBe(source);
      if (args.includes('zstd')) for (const { mediaType } of report.layers) expect(mediaType).toMatch(/\+zstd$/);
      expect(facts(report)).toEqual(expected);
    });

  test.skipIf(noSkopeo)('layers that are really uncompressed', () => {
    run(
      'skopeo',
      '--insecure-policy',
      'copy',
      '-q',
      '--dest-decompress',
      `docker-archive:${saved}`,
      `dir:${folder}/dir`,
    );
    run('skopeo', '--insecure-policy', 'copy', '-q', '--preserve-digests', `dir:${folder}/dir`, `oci:${folder}/raw:v1`);
    const report = inspect(join(folder, 'raw'));
    for (const { digest, diffId } of report.layers) expect(digest).toBe(diffId);
    expect(facts(report)).toEqual(expected);
  });
});

describe(title('podman', noPodman), () => {
  test.skipIf(noPodman)('its daemon and its archives give the same image', async () => {
    const storage = [
      '--root',
      `${folder}/graph`,
      '--runroot',
      `${folder}/run`,
      '--storage-driver',
      'vfs',
      '--runtime',
      'runc',
    ];
    run('podman', ...storage, 'load', '-q', '-i', saved);
    for (const format of ['docker-archive', 'oci-archive']) {
      run('podman', ...storage, 'save', '-q', '--format', format, '-o', join(folder, `podman.${format}`), NAME);
      const report = inspect(join(folder, `podman.${format}`));
      expect(report.source).toBe(format);
      expect(facts(report)).toEqual(expected);
    }
    expect(
      await start(`${folder}/p.sock`, 'podman', ...storage, 'system', 'service', '--time=0', `unix://${folder}/p.sock`),
    ).toBeUndefined();
    const report = inspect(`podman:${NAME}`, { CONTAINER_HOST: `unix://${folder}/p.sock` });
    expect(report.source).toBe('podman');
    expect(facts(report)).toEqual(expected);
  });
});
