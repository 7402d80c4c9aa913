import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inspectImage } from '../../src/image/inspect.ts';
import { challengesOf } from '../../src/image/sources/challenges.ts';
import { checkTarget, isLoopback } from '../../src/image/sources/hosts.ts';
import { type Image, type OpenOptions, openImage } from '../../src/image/sources/open.ts';
import { formatReference, parseReference } from '../../src/image/sources/reference.ts';
import { archive, configOf, dockerArchive, ociLayout, pieces, type SampleImage, sha256 } from './archives.ts';
import { closeServers, registryOf, serve } from './registry-server.ts';

let folder = '';
const saved = { ...process.env };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-registry-'));
  // Nobody's own credentials, and no proxy.
  setEnvironment({ PATH: `${folder}:${saved.PATH}`, HOME: folder });
});
afterEach(async () => {
  setEnvironment(saved);
  await closeServers();
  rmSync(folder, { recursive: true, force: true });
});

/** In place: the system's own functions do not see another object. */
function setEnvironment(values: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, values);
}

function write(name: string, text: string | object, mode = 0o644): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof text === 'string' ? text : JSON.stringify(text), { mode });
  return path;
}

const image: SampleImage = {
  layers: [archive({ name: 'a', body: 'aaaa' }, { name: 'b', body: 'x'.repeat(300_000) }), archive({ name: '.wh.a' })],
  history: [{ created_by: 'RUN one' }, { created_by: 'RUN two' }],
  config: { User: '1001' },
};
const other: SampleImage = { layers: [archive({ name: 'arm' })], platform: { os: 'linux', architecture: 'arm64' } };
const layout = ociLayout([{ image }, { image: other }]);
const { manifests } = JSON.parse(String(layout['index.json']));
const attestation = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'a'.repeat(64)}`,
  size: 1,
  platform: { os: 'unknown', architecture: 'unknown' },
  annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
};
const index = JSON.stringify({ schemaVersion: 2, manifests: [...manifests, attestation] });
/** Of the image alone. */
const manifest = String(layout[`blobs/${manifests[0].digest.replace(':', '/')}`]);
const layers: { digest: string; size: number }[] = JSON.parse(manifest).layers;

function open(host: string, options: Partial<OpenOptions> = {}, name = 'team/app:1'): Promise<Image> {
  return openImage(`registry:${host}/${name}`, { ...openOptions(), ...options });
}

const bin = join(import.meta.dirname, '../../bin/plimsoll.js');

async function inspect(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [bin, 'inspect', ...args, '--format', 'json'], {
    env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
  });
  const text = async (stream: AsyncIterable<Buffer>) => {
    let all = '';
    for await (const part of stream) all += part;
    return all;
  };
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.on('exit', resolve)),
  ]);
  return { code, out, err };
}

describe('an image in a registry', () => {
  test('is the same as in an archive, and only what is needed is fetched', async () => {
    const { host, seen } = await serve(registryOf(layout, index));
    let expected = 0;
    let read = 0;
    const opened = await open(host, {
      platform: 'linux/amd64',
      expect: (bytes) => {
        expected += bytes;
      },
      progress: (bytes) => {
        read += bytes;
      },
    });
    expect(opened).toMatchObject({
      source: 'registry',
      reference: `${host}/team/app:1`,
      platform: 'linux/amd64',
      digest: manifests[0].digest,
      notes: [],
    });
    const { total, live, waste } = await inspectImage(opened);
    const local = await openImage('-', { ...openOptions(), stdin: () => pieces(dockerArchive(image), 4096) });
    const same = await inspectImage(local);
    expect([total, live, waste, opened.config]).toEqual([same.total, same.live, same.waste, local.config]);
    expect(read).toBe(expected);
    expect(seen.map(({ path }) => path.replace('/v2/team/app/', ''))).toEqual([
      '/v2/',
      'manifests/1',
      `manifests/${manifests[0].digest}`,
      `blobs/${JSON.parse(manifest).config.digest}`,
      ...[...layers].sort((a, b) => b.size - a.size).map(({ digest }) => `blobs/${digest}`),
    ]);
  });

  test('by platform and by digest', async () => {
    const { host } = await serve(registryOf(layout, index));
    expect((await open(host, { platform: 'linux/arm64' })).platform).toBe('linux/arm64');
    await expect(open(host, { platform: 'linux/s390x' })).rejects.toThrow(
      /: nothing for linux\/s390x in it; it holds linux\/amd64, linux\/arm64$/,
    );
    const byDigest = await open(host, {}, `team/app@${manifests[1].digest}`);
    expect([byDigest.platform, byDigest.reference]).toEqual(['linux/arm64', `${host}/team/app@${manifests[1].digest}`]);
  });

  test('variants of an architecture: the plain one is meant, others by name', async () => {
    const variants = [
      ...manifests.slice(0, 1),
      { ...manifests[1], platform: { os: 'linux', architecture: 'amd64', variant: 'v3' } },
    ];
    const { host } = await serve(registryOf(layout, JSON.stringify({ schemaVersion: 2, manifests: variants })));
    expect((await open(host, { platform: 'linux/amd64' })).digest).toBe(manifests[0].digest);
    expect((await open(host, { platform: 'linux/amd64/v3' })).digest).toBe(manifests[1].digest);
    const plain = await serve(registryOf(layout, index));
    expect((await open(plain.host, { platform: 'linux/arm64/v8' })).digest).toBe(manifests[1].digest);
  });

  test('an image without a platform beside its attestation', async () => {
    const { platform, ...bare } = manifests[0];
    const { host } = await serve(
      registryOf(layout, JSON.stringify({ schemaVersion: 2, manifests: [attestation, bare] })),
    );
    expect((await open(host)).platform).toBe(`${platform.os}/${platform.architecture}`);
  });

  test('a single manifest', async () => {
    const { host } = await serve(registryOf(layout, manifest));
    expect((await open(host)).layers).toHaveLength(2);
  });

  test('what is no image', async () => {
    const artifact = JSON.stringify({
      schemaVersion: 2,
      artifactType: 'application/vnd.cncf.helm',
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: `sha256:${sha256('{}')}`, size: 2 },
      layers: [],
    });
    const helm = await serve(registryOf(layout, artifact));
    await expect(open(helm.host)).rejects.toThrow(
      /team\/app:1 is an artifact \(application\/vnd\.cncf\.helm\), not an image$/,
    );
    const old = await serve(registryOf(layout, JSON.stringify({ schemaVersion: 1, fsLayers: [] })));
    await expect(open(old.host)).rejects.toThrow(/a manifest of schema 1, which Docker gave up in 2019/);
    const text = await serve(registryOf(layout, '{"schemaVersion": '));
    await expect(open(text.host)).rejects.toThrow(/is not valid JSON/);
  });

  test('foreign layers are not fetched from where they are said to be', async () => {
    const elsewhere = await serve(() => false);
    const foreign = JSON.parse(manifest);
    foreign.layers[0].mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    foreign.layers[0].urls = [`http://${elsewhere.host}/layer`];
    const { host, seen } = await serve(registryOf(layout, JSON.stringify(foreign)));
    const opened = await open(host);
    expect(opened.layers[0]).toMatchObject({ scanned: undefined, note: expect.stringMatching(/^foreign: /) });
    expect(elsewhere.seen).toEqual([]);
    expect(seen.some(({ path }) => path.endsWith(layers[0]?.digest ?? '?'))).toBe(false);
  });

  test('is not there', async () => {
    const { host } = await serve(registryOf(layout, index));
    await expect(open(host, {}, 'team/app:2')).rejects.toThrow(`${host} has no team/app:2`);
    await expect(open(host, {}, 'Team/app:1')).rejects.toThrow(/not the name of an image/);
    await expect(open(host, {}, '../x:1')).rejects.toThrow(/not the name of an image/);
  });

  test('nobody listens', async () => {
    const { host } = await serve(() => false);
    await closeServers();
    await expect(open(host)).rejects.toThrow(
      /^registry:.*: http:\/\/127\.0\.0\.1:\d+ did not answer \(.*ECONNREFUSED.*\); https:/,
    );
  });
});

function openOptions(): OpenOptions {
  return {
    platform: undefined,
    image: undefined,
    isInsecure: false,
    stdin: () => pieces(Buffer.alloc(0), 1),
    progress: () => {},
    expect: () => {},
    bodies: [],
  };
}

describe('nothing is believed unseen', () => {
  /** A registry that sends something else for one blob or manifest. */
  const lying = (name: string, body: Buffer | string, headers: Record<string, string> = {}) => {
    const honest = registryOf(layout, manifest);
    return serve((request, response, all) => {
      if (!request.path.endsWith(`/${name}`)) return honest(request, response, all);
      response.writeHead(200, headers).end(body);
      return true;
    });
  };
  const [layer = { digest: '', size: 0 }] = layers;
  const blob = layout[`blobs/${layer.digest.replace(':', '/')}`] as Buffer;

  test('a manifest with another digest', async () => {
    const digest = `sha256:${sha256('other')}`;
    const { host } = await lying('1', manifest, { 'docker-content-digest': digest });
    await expect(open(host)).rejects.toThrow(
      `the manifest that ${host} sent has the digest sha256:${sha256(manifest)}, not ${digest}`,
    );
    const asked = await lying(`sha256:${sha256(manifest)}`, `${manifest} `);
    await expect(open(asked.host, {}, `team/app@sha256:${sha256(manifest)}`)).rejects.toThrow(
      /has the digest .*, not /,
    );
  });

  test('a manifest that speaks of schema 1 somewhere is held to its digest all the same', async () => {
    const changed = manifest.replace('{', '{"annotations":{"schemaVersion":1},');
    const digest = `sha256:${'0'.repeat(64)}`;
    const { host } = await lying(
      digest,
      changed.replace('"annotations":{"schemaVersion":1}', '"x":{"schemaVersion":1}'),
    );
    await expect(open(host, {}, `team/app@${digest}`)).rejects.toThrow(/has the digest .*, not sha256:0000/);
  });

  test('sizes that are not those of the descriptors, or missing', async () => {
    const { config, layers: described } = JSON.parse(manifest);
    const wrong = JSON.stringify({ ...JSON.parse(manifest), config: { ...config, size: 7 } });
    const first = await serve(registryOf(layout, wrong));
    await expect(open(first.host)).rejects.toThrow(/bytes, its descriptor says 7$/);
    const bare = described.map(({ size: _, ...rest }: { size: number }) => rest);
    const second = await serve(registryOf(layout, JSON.stringify({ ...JSON.parse(manifest), layers: bare })));
    await expect(open(second.host)).rejects.toThrow(/layer \d: the manifest names no digest or no size$/);
  });

  test('a manifest that is too large', async () => {
    const { host } = await lying('1', Buffer.alloc(17 * 1024 * 1024, ' '));
    await expect(open(host)).rejects.toThrow(
      /manifests\/1 is larger than the 16777216 bytes that such a document may have$/,
    );
  });

  test('a configuration with another digest', async () => {
    const { host } = await lying(`sha256:${sha256(configOf(image))}`, `${configOf(image)} `);
    await expect(open(host)).rejects.toThrow(/its bytes have the digest/);
  });

  test('a layer that is another, shorter or longer', async () => {
    const changed = Buffer.from(blob);
    changed[4] = (changed[4] ?? 0) ^ 1;
    const damaged = await lying(layer.digest, changed);
    await expect(open(damaged.host)).rejects.toThrow(/layer 0: its bytes have the digest sha256:\w+, not sha256:/);
    const short = await lying(layer.digest, blob.subarray(0, -20));
    await expect(open(short.host)).rejects.toThrow(`layer 0: only ${layer.size - 20} of ${layer.size} bytes came`);
    const long = await lying(layer.digest, Buffer.concat([blob, Buffer.alloc(2_000_000)]));
    await expect(open(long.host)).rejects.toThrow(`layer 0: more comes than the ${layer.size} bytes of the manifest`);
  });
});

describe('authorization', () => {
  /** A registry that asks for a token of another server. */
  async function withTokens(
    challenge: (realm: string) => string = (realm) =>
      `Bearer realm="${realm}",service="reg, istry",scope="repository:team/app:pull"`,
    answer: (path: string, method: string) => { status: number; body: string } = () => ({
      status: 200,
      body: '{"token":"t0k"}',
    }),
  ) {
    const tokens = await serve(({ path, method }, response) => {
      const { status, body } = answer(path, method);
      response.writeHead(status).end(body);
      return true;
    });
    const honest = registryOf(layout, manifest);
    const registry = await serve((request, response, all) => {
      if (request.path === '/v2/' || request.authorization === 'Bearer t0k') return honest(request, response, all);
      response.writeHead(401, { 'www-authenticate': challenge(`http://${tokens.host}/token?x=1`) }).end('{}');
      return true;
    });
    return { tokens, registry };
  }
  const login = (host: string): void => {
    write('.docker/config.json', { auths: { [host]: { auth: Buffer.from('alice:s3:cret').toString('base64') } } });
  };
  const basic = `Basic ${Buffer.from('alice:s3:cret').toString('base64')}`;

  test('anonymous, by token', async () => {
    const { tokens, registry } = await withTokens();
    expect((await open(registry.host)).layers).toHaveLength(2);
    expect(tokens.seen).toEqual([
      {
        method: 'GET',
        path: '/token?x=1&service=reg%2C+istry&scope=repository%3Ateam%2Fapp%3Apull',
        authorization: undefined,
        body: '',
      },
    ]);
    expect(registry.seen.filter(({ authorization }) => authorization !== 'Bearer t0k')).toHaveLength(2);
  });

  test('with a name and a password, by token', async () => {
    const { tokens, registry } = await withTokens(
      (realm) => `Basic realm="x", bearer service=s ,realm="${realm}"`,
      () => ({ status: 200, body: '{"access_token":"t0k"}' }),
    );
    login(registry.host);
    await open(registry.host);
    expect(tokens.seen[0]).toMatchObject({
      authorization: basic,
      path: expect.stringMatching(/scope=repository%3Ateam%2Fapp%3Apull$/),
    });
    // The password is for the token server alone.
    expect(registry.seen.map(({ authorization }) => authorization)).not.toContain(basic);
  });

  test('with an identity token', async () => {
    const { tokens, registry } = await withTokens();
    write('.docker/config.json', { auths: { [registry.host]: { identitytoken: 'id&1' } } });
    await open(registry.host);
    expect(tokens.seen).toMatchObject([{ method: 'POST', authorization: undefined, path: '/token?x=1' }]);
    expect(Object.fromEntries(new URLSearchParams(tokens.seen[0]?.body))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'id&1',
      service: 'reg, istry',
      scope: 'repository:team/app:pull',
    });
  });

  test('with an identity token that the server knows nothing of', async () => {
    const { tokens, registry } = await withTokens(undefined, (_, method) =>
      method === 'POST' ? { status: 404, body: '' } : { status: 200, body: '{"token":"t0k"}' },
    );
    write('.docker/config.json', {
      auths: { [registry.host]: { auth: Buffer.from('<token>:id').toString('base64') } },
    });
    await open(registry.host);
    expect(tokens.seen.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  test('a token that runs out is renewed', async () => {
    let number = 0;
    const tokens = await serve((_, response) => {
      response.end(JSON.stringify({ token: `t${++number}` }));
      return true;
    });
    const honest = registryOf(layout, manifest);
    const registry = await serve((request, response, all) => {
      const wanted = request.path.includes('/blobs/') ? 'Bearer t2' : 'Bearer t1';
      if (request.path === '/v2/' || request.authorization === wanted) return honest(request, response, all);
      response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${tokens.host}/"` }).end();
      return true;
    });
    expect((await open(registry.host)).layers).toHaveLength(2);
    expect(number).toBe(2);
  });

  test('basic', async () => {
    const honest = registryOf(layout, manifest);
    const registry = await serve((request, response, all) => {
      if (request.authorization === basic) return honest(request, response, all);
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    });
    await expect(open(registry.host)).rejects.toThrow(
      `${registry.host} shows team/app only to those it knows, or does not have it; log in with docker login ${registry.host}`,
    );
    login(registry.host);
    expect((await open(registry.host)).layers).toHaveLength(2);
    write('.docker/config.json', { auths: { [registry.host]: { username: 'bob', password: 'x' } } });
    await expect(open(registry.host)).rejects.toThrow(/does not accept the credentials that were found/);
  });

  test('layers that are refused at the same time all get through', async () => {
    const honest = registryOf(layout, manifest);
    const registry = await serve((request, response, all) => {
      if (!request.path.includes('/blobs/') || request.authorization === basic) return honest(request, response, all);
      setTimeout(() => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(), 50);
      return true;
    });
    login(registry.host);
    expect((await open(registry.host)).layers).toHaveLength(2);
  });

  test('a token server that says no, nonsense or too much', async () => {
    const no = await withTokens(undefined, () => ({ status: 401, body: '' }));
    await expect(open(no.registry.host)).rejects.toThrow(/only to those it knows/);
    const nonsense = await withTokens(undefined, () => ({ status: 200, body: '{"token":"a\\r\\nb"}' }));
    await expect(open(nonsense.registry.host)).rejects.toThrow(/gave no token that can be read/);
    const much = await withTokens(undefined, () => ({ status: 200, body: ' '.repeat(70_000) }));
    await expect(open(much.registry.host)).rejects.toThrow(/the token of .* is larger than the 65536 bytes/);
    const unknown = await withTokens(() => 'Negotiate');
    await expect(open(unknown.registry.host)).rejects.toThrow(/an authorization that is not known here/);
    const teapot = await withTokens(undefined, () => ({ status: 418, body: '' }));
    await expect(open(teapot.registry.host)).rejects.toThrow(`${teapot.tokens.host} answers 418`);
  });

  test('is not shown to where a blob is redirected', async () => {
    const storage = await serve(({ path, authorization }, response) => {
      // As object stores do with signed URLs.
      if (authorization !== undefined) response.writeHead(400).end();
      else response.end(layout[path.slice(1)]);
      return true;
    });
    const honest = registryOf(layout, manifest);
    const registry = await serve((request, response, all) => {
      if (request.authorization !== basic) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else if (request.path.includes('/blobs/')) {
        const location = `http://${storage.host.replace('127.0.0.1', 'localhost')}/blobs/${request.path.split('/').at(-1)?.replace(':', '/')}`;
        response.writeHead(307, { location }).end();
      } else return honest(request, response, all);
      return true;
    });
    login(registry.host);
    expect((await open(registry.host)).layers).toHaveLength(2);
    expect(storage.seen.map(({ authorization }) => authorization)).toEqual([undefined, undefined, undefined]);
  });

  test('is not what is missing where the place that a blob is redirected to refuses', async () => {
    const storage = await serve((_, response) => {
      response.writeHead(403).end();
      return true;
    });
    const honest = registryOf(layout, manifest);
    const registry = await serve((request, response, all) => {
      if (!request.path.includes('/blobs/')) return honest(request, response, all);
      response.writeHead(307, { location: `http://${storage.host}/x` }).end();
      return true;
    });
    await expect(open(registry.host)).rejects.toThrow(
      `${registry.host} redirects to ${storage.host}, which answers 403`,
    );
  });
});

describe('redirects', () => {
  const cases: readonly [location: string, message: RegExp][] = [
    ['file:///etc/passwd', /redirects to null, which is not https; nothing was sent there/],
    ['ftp://127.0.0.1/x', /redirects to ftp:\/\/127\.0\.0\.1, which is not https/],
    ['http://', /redirects to "http:\/\/", which is no URL/],
    ['/v2/again', /redirects more than 5 times/],
  ];
  for (const [location, message] of cases)
    test(`to ${location}`, async () => {
      const { host } = await serve(({ path }, response) => {
        if (path === '/v2/') response.end('{}');
        else response.writeHead(302, { location }).end();
        return true;
      });
      await expect(open(host)).rejects.toThrow(message);
    });
});

describe('where a registry may send its clients', () => {
  const check = (target: string, registry = 'https://registry.example', isInsecure = false): string => {
    try {
      checkTarget(new URL(target), new URL(registry), isInsecure, 'it points to');
      return 'allowed';
    } catch (error) {
      return (error as Error).message;
    }
  };
  test('allowed', () => {
    for (const target of [
      'https://cdn.example/x',
      'https://registry.example:8443/x',
      'https://8.8.8.8/',
      'https://[2606:4700::1]/',
    ])
      expect(check(target), target).toBe('allowed');
    // A registry that is internal itself.
    expect(check('https://10.0.0.2/', 'https://10.0.0.1')).toBe('allowed');
    expect(check('http://127.0.0.1:9000/', 'http://localhost:5000')).toBe('allowed');
    expect(check('http://cdn.example/', 'https://registry.example', true)).toBe('allowed');
    // A name that begins like this machine's address is not this machine.
    expect(check('https://169.254.169.254/', 'https://127.evil.example')).toMatch(/internal address/);
    expect([isLoopback(new URL('http://127.evil.example')), isLoopback(new URL('http://127.1'))]).toEqual([
      false,
      true,
    ]);
  });
  test('internal addresses, however they are written', () => {
    const targets = [
      'https://169.254.169.254/latest/meta-data',
      'https://127.0.0.1/',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://localhost/',
      'https://x.localhost/',
      'https://10.1.2.3/',
      'https://172.31.0.1/',
      'https://192.168.0.1/',
      'https://100.64.0.1/',
      'https://0.0.0.0/',
      'https://[::1]/',
      'https://[fe80::1]/',
      'https://[fd00::1]/',
      'https://[::ffff:10.0.0.1]/',
      'https://[::]/',
      'https://localhost./',
      'https://[64:ff9b::7f00:1]/',
      'https://[::127.0.0.1]/',
      'https://198.18.0.1/',
    ];
    for (const target of targets) {
      expect(check(target), target).toMatch(
        /^it points to https:.*, which is an internal address; nothing was sent there$/,
      );
      expect(check(target, undefined, true), target).toMatch(/internal address/);
    }
  });
  test('without TLS', () => {
    expect(check('http://cdn.example/')).toBe(
      'it points to http://cdn.example, which is not https; nothing was sent there',
    );
    expect(check('file:///etc/passwd', 'http://localhost', true)).toMatch(/not https/);
  });
});

describe('a network that fails', () => {
  test('is asked again', async () => {
    let failures = 0;
    const honest = registryOf(layout, manifest);
    const { host, seen } = await serve((request, response, all) => {
      if (!request.path.includes('manifests') || failures === 2) return honest(request, response, all);
      failures++;
      response.writeHead(failures === 1 ? 503 : 429, { 'retry-after': '0' }).end();
      return true;
    });
    expect((await open(host)).layers).toHaveLength(2);
    expect(seen.filter(({ path }) => path.includes('manifests'))).toHaveLength(3);
  });

  test('in the middle of a layer: it is read again from the beginning', async () => {
    const honest = registryOf(layout, manifest);
    const [layer = { digest: '' }] = layers;
    const blob = layout[`blobs/${layer.digest.replace(':', '/')}`] as Buffer;
    let tries = 0;
    const { host } = await serve((request, response, all) => {
      if (!request.path.endsWith(layer.digest) || ++tries > 2) return honest(request, response, all);
      response.writeHead(200, { 'content-length': blob.length });
      response.write(blob.subarray(0, 200), () => all.socket.destroy());
      return true;
    });
    const opened = await open(host);
    expect(tries).toBe(3);
    expect(opened.layers[0]?.scanned?.diffId).toBe(`sha256:${sha256(image.layers[0] ?? '')}`);
  });

  test('ends at once where another layer has failed for good', async () => {
    const honest = registryOf(layout, manifest);
    const [first, second] = [...layers].sort((a, b) => b.size - a.size);
    const { host } = await serve((request, response, all) => {
      if (request.path.endsWith(second?.digest ?? '')) return false;
      if (!request.path.endsWith(first?.digest ?? '')) return honest(request, response, all);
      response.writeHead(503, { 'retry-after': '25' }).end();
      return true;
    });
    const start = performance.now();
    const { code, err } = await inspect([`registry:${host}/team/app:1`]);
    expect([code, err]).toEqual([2, expect.stringContaining('the registry does not have')]);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  test('for good', async () => {
    const { host, seen } = await serve(({ path }, response) => {
      response.writeHead(path === '/v2/' ? 200 : 502, { 'retry-after': '0' }).end();
      return true;
    });
    await expect(open(host)).rejects.toThrow(`${host} answers 502`);
    expect(seen).toHaveLength(4);
  });
});

describe('credentials', () => {
  /** What a registry is shown when it asks for a password. */
  async function shown(write: (host: string) => void, name = 'team/app:1'): Promise<string | undefined> {
    const registry = await serve(({ authorization }, response) => {
      if (authorization === undefined) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else response.writeHead(403).end();
      return true;
    });
    write(registry.host);
    await open(registry.host, {}, name).catch(() => undefined);
    const sent = registry.seen.find(({ authorization }) => authorization !== undefined)?.authorization;
    return sent === undefined ? undefined : Buffer.from(sent.replace('Basic ', ''), 'base64').toString();
  }
  const auth = (pair: string): object => ({ auth: Buffer.from(pair).toString('base64') });
  const helper = (name: string, script: string): string =>
    write(`docker-credential-${name}`, `#!/bin/sh\n${script}\n`, 0o755);

  test('from the configuration of Docker, by the names that hosts have in it', async () => {
    for (const key of ['HOST', 'https://HOST', 'https://HOST/v1/', 'https://HOST/v2/', 'HOST/team/app', 'HOST/team'])
      expect(
        await shown((host) => write('.docker/config.json', { auths: { [key.replace('HOST', host)]: auth('u:p') } })),
        key,
      ).toBe('u:p');
    process.env.DOCKER_CONFIG = join(folder, 'elsewhere');
    expect(await shown((host) => write('elsewhere/config.json', { auths: { [host]: auth('else:p') } }))).toBe('else:p');
  });

  test("from Podman's files, the longest path first; Docker's go before", async () => {
    const podman = (host: string) =>
      write('run/containers/auth.json', {
        auths: { [host]: auth('host:p'), [`${host}/team`]: auth('team:p'), [`${host}/tea`]: auth('tea:p') },
      });
    process.env.XDG_RUNTIME_DIR = join(folder, 'run');
    expect(await shown(podman)).toBe('team:p');
    expect(await shown(podman, 'other/app:1')).toBe('host:p');
    process.env.REGISTRY_AUTH_FILE = join(folder, 'mine.json');
    expect(await shown((host) => write('mine.json', { auths: { [host]: auth('mine:p') } }))).toBe('mine:p');
    expect(await shown((host) => write('.docker/config.json', { auths: { [host]: auth('docker:p') } }))).toBe(
      'docker:p',
    );
  });

  test('from a helper, which is given the host', async () => {
    helper('one', 'read host; printf \'{"ServerURL":"%s","Username":"%s","Secret":"p"}\' "$host" "$host"');
    let server = '';
    const found = await shown((host) => {
      server = host;
      write('.docker/config.json', {
        credHelpers: { [host]: 'one' },
        credsStore: 'missing',
        auths: { [host]: auth('no:p') },
      });
    });
    expect(found).toBe(`${server}:p`);
  });

  const notes = async (config: (host: string) => object): Promise<readonly string[]> => {
    const honest = registryOf(layout, manifest);
    const registry = await serve((request, response, all) => {
      if (request.authorization === `Basic ${Buffer.from('u:p').toString('base64')}`)
        return honest(request, response, all);
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    });
    write('.docker/config.json', { auths: { [registry.host]: auth('u:p') }, ...config(registry.host) });
    return (await open(registry.host)).notes;
  };

  test('a helper that is not there, fails or says nonsense is told of', async () => {
    helper('fails', 'exit 3');
    helper('talks', 'echo hello');
    helper('empty', 'echo "credentials not found in native keychain"; exit 1');
    expect(await notes(() => ({ credsStore: 'gone' }))).toEqual([
      'docker-credential-gone is not installed: went on without it',
    ]);
    expect(await notes(() => ({ credsStore: 'fails' }))).toEqual([
      'docker-credential-fails failed: went on without it',
    ]);
    expect(await notes(() => ({ credsStore: 'talks' }))).toEqual([
      'docker-credential-talks gave no credentials that can be read: went on without it',
    ]);
    expect(await notes(() => ({ credsStore: 'empty' }))).toEqual([]);
    expect(await notes(() => ({ credsStore: '../x; touch y' }))).toEqual([
      'the name of the credential helper in the configuration is not one: it was not asked',
    ]);
  });

  test('a configuration that cannot be read is told of', async () => {
    const { host } = await serve((request, response, all) => {
      if (request.authorization !== undefined) return registryOf(layout, manifest)(request, response, all);
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    });
    write('.docker/config.json', '{ no');
    write('.config/containers/auth.json', { auths: { [host]: auth('u:p') } });
    expect((await open(host)).notes).toEqual([
      `${folder}/.docker/config.json is not a JSON object: no credentials were read from it`,
    ]);
  });
});

describe('TLS and proxies, with the bundle', () => {
  const tls = {
    key: readFileSync(join(import.meta.dirname, 'tls/registry.test.key.pem'), 'utf8'),
    cert: readFileSync(join(import.meta.dirname, 'tls/registry.test.cert.pem'), 'utf8'),
  };
  test('a certificate that nobody vouches for', async () => {
    const { host } = await serve(registryOf(layout, manifest), tls);
    const refused = await inspect([`registry:${host}/team/app:1`]);
    expect([refused.code, refused.out]).toEqual([2, '']);
    expect(refused.err).toMatch(/^plimsoll: registry:[^\n]+ \(.*self-signed certificate\)\n$/);
    const accepted = await inspect([`registry:${host}/team/app:1`, '--insecure']);
    expect([accepted.code, accepted.err]).toEqual([0, '']);
    expect(JSON.parse(accepted.out).image).toMatchObject({ source: 'registry', reference: `${host}/team/app:1` });
  });

  test('through the proxy of the environment', async () => {
    const { host } = await serve(registryOf(layout, manifest), tls);
    const asked: string[] = [];
    const proxy = createServer().on('connect', (request, client) => {
      asked.push(request.url ?? '');
      const upstream = connect(Number(host.split(':')[1]), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      client.on('error', () => upstream.destroy());
      upstream.on('error', () => client.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { code, out, err } = await inspect(['registry:registry.test/team/app:1'], {
      HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      NODE_EXTRA_CA_CERTS: join(import.meta.dirname, 'tls/registry.test.cert.pem'),
    });
    const insecure = await inspect(['registry:registry.test/team/app:1', '--insecure'], {
      HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    });
    expect([insecure.code, insecure.err]).toEqual([0, '']);
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out).image.reference).toBe('registry.test/team/app:1');
    expect(new Set(asked)).toEqual(new Set(['registry.test:443']));
  });
});

describe('references', () => {
  const cases: readonly [given: string, whole: string][] = [
    ['python', 'docker.io/library/python:latest'],
    ['python:3.12-slim', 'docker.io/library/python:3.12-slim'],
    ['team/app', 'docker.io/team/app:latest'],
    ['docker.io/python', 'docker.io/library/python:latest'],
    ['index.docker.io/team/app', 'docker.io/team/app:latest'],
    ['localhost/app:1', 'localhost/app:1'],
    ['localhost:5000/a/b/c', 'localhost:5000/a/b/c:latest'],
    ['registry.example/a:1', 'registry.example/a:1'],
    ['[::1]:5000/x', '[::1]:5000/x:latest'],
    ['a', 'docker.io/library/a:latest'],
    [`r.example/x@sha256:${'0'.repeat(64)}`, `r.example/x@sha256:${'0'.repeat(64)}`],
    [`r.example/x:1@sha256:${'0'.repeat(64)}`, `r.example/x:1@sha256:${'0'.repeat(64)}`],
  ];
  for (const [given, whole] of cases)
    test(given, () => {
      expect(formatReference(parseReference(given))).toBe(whole);
    });

  test('what is none', () => {
    for (const given of ['', 'A', '-a', 'a/../b', 'a b', 'a@sha256:1', 'x:', '/a', 'a//b', 'http://x/y', 'a?b'])
      expect(() => parseReference(given), given).toThrow('not the name of an image');
  });
});

describe('challenges', () => {
  const cases: readonly [header: string | string[], ...rest: readonly (readonly [string, Record<string, string>])[]][] =
    [
      ['Basic realm="a, b"', ['basic', { realm: 'a, b' }]],
      ['Bearer realm=https://x/y,service="z"', ['bearer', { realm: 'https://x/y', service: 'z' }]],
      ['Negotiate, Basic realm=x', ['negotiate', {}], ['basic', { realm: 'x' }]],
      [
        'Bearer realm="r" , scope="a:b:c,d" Basic realm="q\\"q"',
        ['bearer', { realm: 'r', scope: 'a:b:c,d' }],
        ['basic', { realm: 'q"q' }],
      ],
      [
        ['Basic realm="x"', 'BEARER Realm="y"'],
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'y' }],
      ],
      ['realm="no scheme"'],
      [''],
    ];
  for (const [header, ...expected] of cases)
    test(String(header), () => {
      expect(challengesOf(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])).toEqual(
        expected,
      );
    });
});
