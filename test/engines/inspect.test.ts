import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, describe, expect, test } from 'vitest';
import { folder, freePort, missing, orStop, run, start, startDocker, startHttp, stopAll, toFile } from './engines.ts';
import { bin, facts, inspect, sums, title } from './reports.ts';
import { BASE, buildSample, context, DOCKERFILE, finish, NAME } from './sample.ts';

afterAll(stopAll);

const docker = new Docker({ socketPath: join(folder, 'd.sock') });

/** Starts dockerd and builds the image; returns why that is not possible. */
async function build(): Promise<string | undefined> {
  const absent = missing('dockerd', 'busybox');
  if (absent !== undefined) return absent;
  const failure = await startDocker();
  if (failure !== undefined) return failure;
  await buildSample(docker, '1');
  return undefined;
}

const noDocker = await orStop(build());
const noSkopeo = noDocker ?? missing('skopeo');
const noPodman = noDocker ?? missing('podman', 'runc');
const noRegistry = noDocker ?? missing('docker-registry', 'htpasswd', 'openssl');
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

  test.skipIf(noDocker)('its history fits the Dockerfile', () => {
    const file = join(folder, 'Dockerfile');
    writeFileSync(file, DOCKERFILE);
    inspect(saved, {}, ['--fail-on', 'never', '--dockerfile', file]);
    writeFileSync(file, `${DOCKERFILE}EXPOSE 80\n`);
    const misfit = spawnSync(process.execPath, [bin, 'inspect', saved, '--dockerfile', file], { encoding: 'utf8' });
    expect(misfit.stderr).toContain('was not built of this Dockerfile');
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
    // What podman builds itself of the same Dockerfile has the same bytes. Its vfs driver writes a whiteout for each file
    // where Docker's overlay2 writes an opaque one.
    const directory = join(folder, 'context');
    mkdirSync(directory);
    writeFileSync(`${directory}.tar`, context);
    run('tar', 'xf', `${directory}.tar`, '-C', directory);
    const base = await toFile(await docker.getImage(BASE).get(), 'base.tar');
    run('podman', ...storage, 'load', '-q', '-i', base);
    run('podman', ...storage, 'build', '-q', '--network=none', '-t', 'localhost/own:1', directory);
    run('podman', ...storage, 'save', '-q', '-o', join(folder, 'own.tar'), 'localhost/own:1');
    expect(sums(inspect(join(folder, 'own.tar')))).toEqual(sums(inspect(saved)));
    // Its history, too, fits the Dockerfile: a word to standard error would fail this.
    inspect(join(folder, 'own.tar'), {}, ['--fail-on', 'never', '--dockerfile', join(directory, 'Dockerfile')]);
    expect(
      await start(`${folder}/p.sock`, 'podman', ...storage, 'system', 'service', '--time=0', `unix://${folder}/p.sock`),
    ).toBeUndefined();
    const report = inspect(`podman:${NAME}`, { CONTAINER_HOST: `unix://${folder}/p.sock` });
    expect(report.source).toBe('podman');
    expect(facts(report)).toEqual(expected);
  });
});

describe(title('docker-registry', noRegistry), () => {
  const PASSWORD = 'alice:s3cret';
  /** What has been pushed is served by every registry. */
  async function serve(auth: string): Promise<{ host: string; failure: string | undefined }> {
    const port = await freePort();
    const config = join(folder, `registry${port}.yml`);
    writeFileSync(
      config,
      `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${folder}/registry}}\nhttp: {addr: "127.0.0.1:${port}"}\n${auth}\n`,
    );
    const failure = await startHttp(port, 'docker-registry', 'serve', config);
    return { host: `127.0.0.1:${port}`, failure };
  }
  const login = (host: string, home: string): Record<string, string> => {
    mkdirSync(join(folder, home), { recursive: true });
    const auths = { [host]: { auth: Buffer.from(PASSWORD).toString('base64') } };
    writeFileSync(join(folder, home, 'config.json'), JSON.stringify({ auths }));
    return { DOCKER_CONFIG: join(folder, home) };
  };

  test.skipIf(noRegistry)('open: pushed by Docker; and by skopeo, as OCI with zstd', async () => {
    const { host, failure } = await serve('');
    expect(failure).toBeUndefined();
    const image = docker.getImage(NAME);
    await image.tag({ repo: `${host}/team/app`, tag: '1' });
    await finish(docker, await docker.getImage(`${host}/team/app:1`).push({ authconfig: { serveraddress: host } }));
    const report = inspect(`registry:${host}/team/app:1`);
    expect([report.source, report.reference]).toEqual(['registry', `${host}/team/app:1`]);
    expect(facts(report)).toEqual(expected);
    if (noSkopeo !== undefined) return;
    const zstd = ['--dest-tls-verify=false', '--format', 'oci', '--dest-compress-format', 'zstd'];
    run('skopeo', '--insecure-policy', 'copy', '-q', ...zstd, `docker-archive:${saved}`, `docker://${host}/team/z:1`);
    const packed = inspect(`registry:${host}/team/z:1`);
    for (const { mediaType } of packed.layers) expect(mediaType).toMatch(/\+zstd$/);
    expect(facts(packed)).toEqual(expected);
  });

  test.skipIf(noRegistry)('with a password, and with a token for a password', async () => {
    const htpasswd = join(folder, 'htpasswd');
    writeFileSync(htpasswd, run('htpasswd', '-Bbn', ...PASSWORD.split(':')));
    const basic = await serve(`auth: {htpasswd: {realm: test, path: ${htpasswd}}}`);
    const [key, certificate] = [join(folder, 'token.key'), join(folder, 'token.pem')];
    run(
      'openssl',
      ...[
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        key,
        '-out',
        certificate,
        '-subj',
        '/CN=test',
        '-days',
        '2',
      ],
    );
    const port = await freePort();
    const server = join(import.meta.dirname, 'token-server.mjs');
    expect(await startHttp(port, process.execPath, server, String(port), key, certificate, PASSWORD)).toBeUndefined();
    const bearer = await serve(
      `auth: {token: {realm: "http://127.0.0.1:${port}/token", service: test, issuer: test-issuer, rootcertbundle: ${certificate}}}`,
    );
    expect([basic.failure, bearer.failure]).toEqual([undefined, undefined]);
    for (const { host } of [basic, bearer]) {
      const name = `registry:${host}/team/app:1`;
      const refused = spawnSync(process.execPath, [bin, 'inspect', name], { encoding: 'utf8', env: { HOME: folder } });
      expect([refused.status, refused.stderr]).toEqual([
        2,
        `plimsoll: ${name}: ${host} shows team/app only to those it knows, or does not have it; log in with docker login ${host}\n`,
      ]);
      expect(facts(inspect(name, login(host, host.replace(':', '-'))))).toEqual(expected);
    }
  });
});
