import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inspectImage } from '../../src/image/inspect.ts';
import { ImageError, LIMITS, scanLayer } from '../../src/image/layer.ts';
import { type OpenOptions, openImage } from '../../src/image/sources/open.ts';
import {
  archive,
  configOf,
  docker25Archive,
  dockerArchive,
  ociLayout,
  otherArchive,
  pieces,
  podmanArchive,
  type SampleImage,
  sha256,
  tarOf,
} from './archives.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-image-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, bytes: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

function writeAll(directory: string, files: Record<string, string | Buffer>): string {
  for (const [name, bytes] of Object.entries(files)) write(`${directory}/${name}`, bytes);
  return join(folder, directory);
}

function open(image: string, options: Partial<OpenOptions> = {}): ReturnType<typeof openImage> {
  const stdin = () => pieces(Buffer.alloc(0), 1);
  return openImage(image, {
    platform: undefined,
    image: undefined,
    stdin,
    progress: () => {},
    expect: () => {},
    bodies: [],
    isInsecure: false,
    ...options,
  });
}

const sample: SampleImage = {
  layers: [
    archive({ name: 'etc/', type: '5' }, { name: 'etc/a', body: 'aaaa' }, { name: 'etc/b', body: 'bb' }),
    archive({ name: 'etc/a', body: 'aaaaaa' }, { name: 'etc/.wh.b' }, { name: 'c', body: 'x'.repeat(3000) }),
  ],
  history: [
    { created_by: '/bin/sh -c #(nop) ADD file:abc in / ' },
    { created_by: '/bin/sh -c #(nop)  CMD ["sh"]', empty_layer: true },
    { created_by: 'RUN /bin/sh -c make # buildkit' },
  ],
  config: { User: '1001', Env: ['PATH=/bin'], Cmd: ['sh'], WorkingDir: '/app' },
};

/** What must be the same however an image came. */
async function facts(image: string, options: Partial<OpenOptions> = {}): Promise<object> {
  const opened = await open(image, options);
  const { layers, total, live, wasted, byCause, waste } = await inspectImage(opened);
  return {
    layers: layers.map(({ diffId, size, entries, wasted: own, instruction }) => ({
      diffId,
      size,
      entries,
      own,
      instruction,
    })),
    total,
    live,
    wasted,
    byCause,
    waste,
    config: opened.config,
  };
}

const stream = (bytes: Buffer, length = 700) => ({ stdin: () => pieces(bytes, length) });

describe('one image in all its forms', () => {
  test('is the same image', async () => {
    const expected = await facts(write('docker.tar', dockerArchive(sample)));
    expect(expected).toMatchObject({
      total: 3012,
      live: 3006,
      wasted: 6,
      byCause: { deleted: 2, overwritten: 4, metadata: 0, opaque: 0 },
      layers: [{ instruction: 'ADD file:abc in /' }, { instruction: 'RUN make' }],
      config: { user: '1001', workdir: '/app', cmd: ['sh'], entrypoint: null },
    });
    const layout = ociLayout([{ name: 'app', image: sample }]);
    const forms: Record<string, () => Promise<object>> = {
      podman: () => facts(write('podman.tar', podmanArchive(sample))),
      'docker 25': () => facts(write('docker25.tar', docker25Archive(sample))),
      kaniko: () => facts(write('kaniko.tar', otherArchive(sample, 'kaniko'))),
      jib: () => facts(write('jib.tar', otherArchive(sample, 'jib'))),
      'hard links': () => facts(write('links.tar', otherArchive(sample, 'hard links'))),
      'standard input, hard links': () => facts('-', stream(otherArchive(sample, 'hard links'))),
      'standard input, kaniko': () => facts('-', stream(otherArchive(sample, 'kaniko'))),
      'oci directory': () => facts(writeAll('layout', layout)),
      'oci archive': () => facts(write('oci.tar', tarOf(layout))),
      'oci raw layers with a media type that lies': () =>
        facts(
          writeAll(
            'raw',
            ociLayout([{ image: sample }], (layer) => layer),
          ),
        ),
      'oci with layers of several gzip members': () =>
        facts(
          writeAll(
            'members',
            ociLayout([{ image: sample }], (layer) =>
              Buffer.concat([gzipSync(layer.subarray(0, 700)), gzipSync(layer.subarray(700))]),
            ),
          ),
        ),
      'a gzip archive': () => facts(write('docker.tar.gz', gzipSync(dockerArchive(sample)))),
      'standard input': () => facts('-', stream(dockerArchive(sample))),
      'standard input, podman, in small pieces': () => facts('-', stream(podmanArchive(sample), 13)),
      'standard input, gzip': () => facts('-', stream(gzipSync(docker25Archive(sample)))),
      'standard input, oci': () => facts('-', stream(tarOf(layout))),
      'an archive that was unpacked': () => facts(writeAll('unpacked', { 'oci-layout': '{}', ...layout })),
    };
    for (const [form, read] of Object.entries(forms))
      expect({ form, ...(await read()) }).toEqual({ form, ...expected });
  });

  test('says where it came from and what it is', async () => {
    const id = `sha256:${sha256(configOf(sample))}`;
    expect(await open(write('a.tar', dockerArchive(sample)))).toMatchObject({
      source: 'docker-archive',
      reference: 'app:1',
      digest: id,
      platform: 'linux/amd64',
    });
    const layout = ociLayout([{ name: 'app', image: sample }]);
    const { digest } = JSON.parse(String(layout['index.json'])).manifests[0];
    expect(await open(writeAll('l', layout))).toMatchObject({ source: 'oci', reference: 'app', digest });
    expect(await open(write('o.tar', tarOf(layout)))).toMatchObject({
      source: 'oci-archive',
      reference: 'app',
      digest,
    });
  });

  test('zstd: several frames, cut off, with something behind, asking for too much memory', async () => {
    const raw = archive({ name: 'f', body: 'hello' });
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]);
    const scan = (bytes: Buffer, length = 100) => scanLayer(pieces(bytes, length), 'layer 0', { bodies: [] });
    const two = Buffer.concat([skippable, rawZstd(raw.subarray(0, 700)), rawZstd(raw.subarray(700)), skippable]);
    for (const length of [1, 7, 100_000])
      expect((await scan(two, length)).diffId, String(length)).toBe(`sha256:${sha256(raw)}`);
    await expect(scan(two.subarray(0, -3))).rejects.toThrow('layer 0: unexpected end of file');
    await expect(scan(rawZstd(raw).subarray(0, -3))).rejects.toThrow(/^layer 0: /);
    await expect(scan(Buffer.concat([rawZstd(raw), Buffer.from('garbage')]))).rejects.toThrow(
      'layer 0: data behind the end',
    );
    const greedy = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x01, 0x00, 0x00]);
    await expect(scan(greedy)).rejects.toThrow('layer 0: a window of more than 134217728 bytes');
  });

  test('a zstd layer', async () => {
    // A frame of raw blocks, made by hand; compressed ones come from the real tool in test/engines.
    const raw = archive({ name: 'f', body: 'hello' });
    const frame = rawZstd(raw);
    async function* chunks(): AsyncGenerator<Buffer> {
      yield* pieces(frame, 100);
    }
    const layer = await scanLayer(chunks(), 'layer 0', { bodies: [] });
    expect(layer).toMatchObject({ compression: 'zstd', diffId: `sha256:${sha256(raw)}` });
    expect([...layer.entries].map(({ name, size }) => [name, size])).toEqual([['f', 5]]);
  });
});

/** A zstd frame of raw blocks (RFC 8878, 3.1.1). */
function rawZstd(bytes: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt32LE(0xfd2fb528, 0);
  header[4] = 0xa0;
  header.writeUInt32LE(bytes.length, 5);
  const block = Buffer.alloc(3);
  block.writeUIntLE((bytes.length << 3) | 1, 0, 3);
  return Buffer.concat([header, block, bytes]);
}

describe('a root directory', () => {
  test('is one layer', async () => {
    write('root/etc/a', 'aaaa');
    linkSync(join(folder, 'root/etc/a'), join(folder, 'root/etc/hard'));
    symlinkSync('/outside', join(folder, 'root/etc/soft'));
    write('root/proc/1/mem', 'not read');
    const image = await open(`rootfs:${join(folder, 'root')}`);
    expect(image).toMatchObject({ source: 'rootfs', digest: undefined, config: undefined });
    const entries = [...(image.layers[0]?.scanned?.entries ?? [])];
    expect(entries.map(({ name, type, size }) => `${type} ${name} ${size}`)).toEqual([
      '5 etc 0',
      '5 proc 0',
      '0 etc/a 4',
      '1 etc/hard 0',
      '2 etc/soft 0',
    ]);
    expect(await inspectImage(image)).toMatchObject({ total: 4, live: 4, wasted: 0, efficiency: 1 });
    expect((await open(join(folder, 'root'))).source).toBe('rootfs');
  });
});

describe('several images', () => {
  const other: SampleImage = { ...sample, platform: { os: 'linux', architecture: 'arm64' } };
  const both = [
    { name: 'one', image: sample },
    { name: 'two', image: other },
  ];

  test('are told apart by platform, name or digest', async () => {
    const layout = writeAll('l', ociLayout(both));
    expect((await open(layout, { platform: 'linux/arm64' })).reference).toBe('two');
    expect((await open(layout, { image: 'one' })).reference).toBe('one');
    expect((await open(`oci:${layout}:two`)).platform).toBe('linux/arm64');
    expect((await open(layout, { image: sha256(configOf(other)).slice(0, 12) })).reference).toBe('two');
    await expect(open(layout, { image: 'three' })).rejects.toThrow(
      'no image "three" in it; it holds one (linux/amd64), two (linux/arm64)',
    );
    await expect(open(layout, { platform: 'linux/s390x' })).rejects.toThrow('nothing for linux/s390x');
  });

  test('of one platform have to be chosen', async () => {
    const layout = writeAll('l', ociLayout([...both, { name: 'three', image: { ...sample, config: { User: '2' } } }]));
    await expect(open(layout)).rejects.toThrow(/it holds 3 images; choose one with --image/);
  });

  test('attestations, absent platforms and artifacts are no choice', async () => {
    const files = ociLayout([{ name: 'app', image: sample }]);
    const index = JSON.parse(String(files['index.json']));
    const blob = (value: object, mediaType: string): object => {
      const text = JSON.stringify(value);
      files[`blobs/sha256/${sha256(text)}`] = text;
      return { mediaType, digest: `sha256:${sha256(text)}`, size: text.length };
    };
    const manifest = 'application/vnd.oci.image.manifest.v1+json';
    const empty = blob({}, 'application/vnd.oci.empty.v1+json');
    index.manifests.push(
      {
        mediaType: manifest,
        digest: `sha256:${'0'.repeat(64)}`,
        size: 9,
        platform: { os: 'linux', architecture: 's390x' },
      },
      {
        mediaType: manifest,
        digest: `sha256:${'1'.repeat(64)}`,
        size: 9,
        platform: { os: 'unknown', architecture: 'unknown' },
      },
      blob({ schemaVersion: 2, artifactType: 'application/vnd.cncf.helm', config: empty, layers: [] }, manifest),
    );
    const nested = JSON.stringify(index);
    files[`blobs/sha256/${sha256(nested)}`] = nested;
    files['index.json'] = JSON.stringify({ manifests: [{ digest: `sha256:${sha256(nested)}`, size: nested.length }] });
    const image = await open(writeAll('l', files));
    expect(image.reference).toBe('app');
    expect(image.notes.toSorted()).toEqual([
      'linux/s390x is named but not there',
      expect.stringContaining('is an artifact (application/vnd.cncf.helm), not an image'),
    ]);
  });

  test('the index of Docker 25.0.0 without layers gives way to manifest.json', async () => {
    const files = ociLayout([{ image: sample }], (layer) => layer);
    const config = sha256(configOf(sample));
    const manifest = JSON.stringify({
      schemaVersion: 2,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: `sha256:${config}` },
      layers: [],
    });
    files[`blobs/sha256/${sha256(manifest)}`] = manifest;
    files['index.json'] = JSON.stringify({ manifests: [{ digest: `sha256:${sha256(manifest)}` }] });
    files['manifest.json'] = JSON.stringify([
      {
        Config: `blobs/sha256/${config}`,
        RepoTags: null,
        Layers: sample.layers.map((layer) => `blobs/sha256/${sha256(layer)}`),
      },
    ]);
    expect(await facts(write('a.tar', tarOf(files)))).toMatchObject({ total: 3012 });
  });
});

describe('what is wrong is said in one line', () => {
  const config = configOf(sample);
  const manifestOf = (extra: object): string =>
    JSON.stringify([{ Config: 'c.json', RepoTags: ['app:1'], Layers: ['0.tar', '1.tar'], ...extra }]);
  const parts = {
    'manifest.json': manifestOf({}),
    'c.json': config,
    '0.tar': sample.layers[0] ?? '',
    '1.tar': sample.layers[1] ?? '',
  };
  const cases: readonly { title: string; bytes: Buffer; error: RegExp }[] = [
    { title: 'text', bytes: Buffer.alloc(2000, 'text'), error: /no tar header \(wrong checksum\) at byte 0/ },
    {
      title: 'nothing',
      bytes: Buffer.alloc(0),
      error: /: (?:it is empty|not an image: it has neither manifest\.json nor index\.json)$/,
    },
    {
      title: 'an archive of something else',
      bytes: archive({ name: 'f', body: 'x' }),
      error: /not an image: it has neither manifest.json nor index.json/,
    },
    { title: 'an archive of Docker before 1.10', bytes: tarOf({ repositories: '{}' }), error: /before 1\.10/ },
    {
      title: 'a manifest that is no JSON',
      bytes: tarOf({ ...parts, 'manifest.json': '[{' }),
      error: /manifest.json is not valid JSON/,
    },
    {
      title: 'a manifest of another shape',
      bytes: tarOf({ ...parts, 'manifest.json': '{"a":1}' }),
      error: /manifest.json: a list of objects is expected/,
    },
    {
      title: 'a configuration that is missing',
      bytes: tarOf({ ...parts, 'manifest.json': manifestOf({ Config: 'no.json' }) }),
      error: /names no.json, which is not there/,
    },
    {
      title: 'a layer that is missing',
      bytes: tarOf({ ...parts, 'manifest.json': manifestOf({ Layers: ['0.tar', 'no.tar'] }) }),
      error: /layer 1: no.tar is not in the archive/,
    },
    {
      title: 'fewer layers than diffIDs',
      bytes: tarOf({ ...parts, 'manifest.json': manifestOf({ Layers: ['0.tar'] }) }),
      error: /1 layers, but the configuration lists 2/,
    },
    {
      title: 'layers in the wrong order',
      bytes: tarOf({ ...parts, 'manifest.json': manifestOf({ Layers: ['1.tar', '0.tar'] }) }),
      error: /layer 0: its content has the diffID/,
    },
    {
      title: 'a layer that is damaged',
      bytes: tarOf({ ...parts, '1.tar': gzipSync(sample.layers[1] ?? '').subarray(0, 60) }),
      error: /layer 1: damaged compressed data/,
    },
    {
      title: 'a layer that is no archive',
      bytes: tarOf({ ...parts, '1.tar': 'x'.repeat(1024) }),
      error: /layer 1: no tar header/,
    },
    {
      title: 'a name of a configuration that is not its digest',
      bytes: tarOf({
        ...parts,
        [`${'0'.repeat(64)}.json`]: config,
        'manifest.json': manifestOf({ Config: `${'0'.repeat(64)}.json` }),
      }),
      error: /its content has the digest/,
    },
    {
      title: 'links that go round',
      bytes: archive(
        { name: 'manifest.json', type: '2', linkname: 'b' },
        { name: 'b', type: '2', linkname: 'manifest.json' },
      ),
      error: /round in circles/,
    },
    {
      title: 'an environment that is no list',
      bytes: tarOf({ ...parts, 'c.json': JSON.stringify({ config: { Env: 'x' } }) }),
      error: /Env is not a list of strings/,
    },
    { title: 'an archive that is cut off', bytes: dockerArchive(sample).subarray(0, 2000), error: /cut off/ },
  ];
  for (const { title, bytes, error } of cases)
    test(title, async () => {
      const file = write('image.tar', bytes);
      for (const read of [() => open(file), () => open('-', stream(bytes))]) {
        await expect(read()).rejects.toThrow(ImageError);
        await expect(read()).rejects.toThrow(error);
      }
    });

  const layouts: readonly {
    title: string;
    change: (files: Record<string, string | Buffer>) => void;
    error: RegExp;
  }[] = [
    {
      title: 'a blob with other bytes',
      change: (files) => {
        const name =
          Object.keys(files).find(
            (path) => String(files[path]).includes('schemaVersion') && path.startsWith('blobs'),
          ) ?? '';
        files[name] = `${files[name]} `;
      },
      error: /its bytes have the digest/,
    },
    {
      title: 'a digest that is a path',
      change: (files) => {
        files['index.json'] = JSON.stringify({ manifests: [{ digest: '../../etc/passwd' }] });
      },
      error: /is not a digest/,
    },
    {
      title: 'a manifest and an index at once',
      change: (files) => {
        const text = JSON.stringify({ manifests: [], layers: [] });
        files[`blobs/sha256/${sha256(text)}`] = text;
        files['index.json'] = JSON.stringify({ manifests: [{ digest: `sha256:${sha256(text)}` }] });
      },
      error: /CVE-2021-41190/,
    },
    {
      title: 'a manifest of schema 1',
      change: (files) => {
        const text = JSON.stringify({ schemaVersion: 1, fsLayers: [] });
        files[`blobs/sha256/${sha256(text)}`] = text;
        files['index.json'] = JSON.stringify({ manifests: [{ digest: `sha256:${sha256(text)}` }] });
      },
      error: /schema 1/,
    },
    {
      title: 'indexes in indexes',
      change: (files) => {
        let text = JSON.stringify({ manifests: [] });
        for (let depth = 0; depth < 12; depth++) {
          files[`blobs/sha256/${sha256(text)}`] = text;
          text = JSON.stringify({ manifests: [{ digest: `sha256:${sha256(text)}` }] });
        }
        files['index.json'] = text;
      },
      error: /nested more than 8 deep/,
    },
    {
      title: 'a document that is too large',
      change: (files) => {
        files['index.json'] = `{${' '.repeat(17 * 1024 * 1024)}`;
      },
      error: /index.json is larger than/,
    },
    {
      title: 'only what is not there',
      change: (files) => {
        files['index.json'] = JSON.stringify({
          manifests: [{ digest: `sha256:${'0'.repeat(64)}`, platform: { os: 'linux', architecture: 'arm' } }],
        });
      },
      error: /linux\/arm is named but not there/,
    },
  ];
  for (const { title, change, error } of layouts)
    test(title, async () => {
      const files = ociLayout([{ image: sample }]);
      change(files);
      await expect(open(writeAll('layout', files))).rejects.toThrow(error);
      await expect(open('-', stream(tarOf(files), 100_000))).rejects.toThrow(error);
    });

  test('a blob that is a symlink', async () => {
    const layout = writeAll('layout', ociLayout([{ image: sample }]));
    rmSync(join(layout, 'index.json'));
    symlinkSync('/etc/passwd', join(layout, 'index.json'));
    await expect(open(`oci:${layout}`)).rejects.toThrow(/is a symlink/);
  });

  test('a name that is nowhere', async () => {
    await expect(open('./no-such.tar')).rejects.toThrow('./no-such.tar: no such file or directory');
    await expect(open('docker:../x')).rejects.toThrow(/neither a file that exists nor the name of an image/);
  });

  test('a layer that inflates without end stops at the limit', async () => {
    async function* bomb(): AsyncGenerator<Buffer> {
      yield* pieces(gzipSync(Buffer.alloc(20_000_000)), 1000);
    }
    await expect(
      scanLayer(bomb(), 'layer 0', { bodies: [], limits: { ...LIMITS, inflated: 1_000_000 } }),
    ).rejects.toThrow(/layer 0: more than 1000000 bytes uncompressed/);
  });

  test('more entries or longer names than a layer may have', async () => {
    const layer = archive({ name: 'aaaa' }, { name: 'bbbb' }, { name: 'cccc' });
    const scan = (limits: Partial<typeof LIMITS>) =>
      scanLayer(pieces(layer, 700), 'layer 0', { bodies: [], limits: { ...LIMITS, ...limits } });
    await expect(scan({ entries: 2 })).rejects.toThrow('layer 0: more than 2 entries at byte 1536 of the archive');
    await expect(scan({ text: 11 })).rejects.toThrow('layer 0: more than 11 bytes of names');
    expect((await scan({ entries: 3, text: 12 })).entries.length).toBe(3);
  });

  test('what several layers take counts together', async () => {
    const layer = (name: string): Buffer => archive({ name: `${name}1` }, { name: `${name}2` });
    const image: SampleImage = { layers: [layer('a'), layer('b')] };
    const limits = { ...LIMITS, entries: 3 };
    for (const read of [
      () => open(write('l.tar', dockerArchive(image)), { limits }),
      () => open('-', { ...stream(dockerArchive(image)), limits }),
    ])
      await expect(read()).rejects.toThrow(
        /layer 1: more than 3 entries$|layer.tar: more than 3 entries$|more than 3 entries/,
      );
    expect(
      (await open(write('l.tar', dockerArchive(image)), { limits: { ...LIMITS, entries: 4 } })).layers,
    ).toHaveLength(2);
  });

  test('documents without end in a stream', async () => {
    const document = { body: `[${' '.repeat(15_000_000)}]` };
    const bytes = archive(...Array.from({ length: 6 }, (_, at) => ({ name: `${at}.json`, ...document })));
    await expect(open('-', stream(bytes, 100_000))).rejects.toThrow(/not an image/);
  });

  test('a pipe that gives one byte at first', async () => {
    async function* slowly(bytes: Buffer): AsyncGenerator<Buffer> {
      yield bytes.subarray(0, 1);
      yield bytes.subarray(1, 3);
      yield* pieces(bytes.subarray(3), 500);
    }
    const bytes = gzipSync(dockerArchive(sample));
    expect(await facts('-', { stdin: () => slowly(bytes) })).toEqual(
      await facts(write('x.tar', dockerArchive(sample))),
    );
  });

  test('damage anywhere ends in an error of one line or in the same image', async () => {
    const bytes = docker25Archive(sample);
    const { layers, ...whole } = await inspectImage(await open('-', stream(bytes)));
    let same = 0;
    for (let at = 0; at < bytes.length; at += 193) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      for (const read of [() => open(write('d.tar', damaged)), () => open('-', stream(damaged, 5000))])
        try {
          const found = await inspectImage(await read());
          expect(found.layers).toEqual(layers);
          expect([found.total, found.live, found.waste]).toEqual([whole.total, whole.live, whole.waste]);
          same++;
        } catch (error) {
          if (!(error instanceof ImageError)) throw error;
          expect(error.message).not.toContain('\n');
        }
    }
    // Flips in what nobody reads; the archive has far more bytes that count.
    expect(same).toBeGreaterThan(0);
  });
});
