import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { archive, dockerArchive, type Member, ociLayout, type SampleImage, sha256, tarOf } from '../image/archives.ts';

const root = join(import.meta.dirname, '../..');
let folder = '';
let bin = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-inspect-'));
  // The bundle as users have it, with no node_modules near.
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
  bin = join(folder, 'bin/plimsoll.js');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function inspect(args: readonly string[], input: Buffer = Buffer.alloc(0), env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'inspect', ...args], {
    cwd: folder,
    input,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
  });
  return { code: status, out: stdout, err: stderr };
}

const image: SampleImage = {
  layers: [
    archive(
      { name: 'opt/venv/lib/a', body: 'a'.repeat(400_000), mtime: 5 },
      { name: 'opt/venv/lib/b', body: 'b'.repeat(100_000), mtime: 5 },
      { name: 'root/.cache/pip/http/x', body: 'x'.repeat(50_000) },
      { name: 'evil\u001b[2J', body: 'xx' },
    ),
    archive(
      { name: 'opt/venv/lib/a', body: 'a'.repeat(400_000), mtime: 5, mode: 0o775 },
      { name: 'opt/venv/lib/b', body: 'b'.repeat(100_000), mtime: 5, mode: 0o775 },
      { name: 'evil\u001b[2J', body: 'x' },
    ),
    archive({ name: 'root/.cache/.wh.pip' }),
  ],
  history: [
    { created_by: 'RUN /bin/sh -c python3 -m venv /opt/venv && /opt/venv/bin/pip install app # buildkit' },
    { created_by: 'ENV PATH=/opt/venv/bin:/usr/bin', empty_layer: true },
    { created_by: '/bin/sh -c chmod -R g=u /opt/venv' },
    { created_by: 'RUN |1 V=1 /bin/sh -c rm -rf /root/.cache/pip # buildkit' },
  ],
  config: { User: '1001', Env: ['PATH=/opt/venv/bin:/usr/bin'], Entrypoint: ['app'] },
};
const save = (name: string, bytes: Buffer): string => {
  writeFileSync(join(folder, name), bytes);
  return name;
};

test('the text tells what is wasted, by whom, and what to do', () => {
  const { code, out, err } = inspect([save('app.tar', dockerArchive(image))]);
  expect([code, err]).toEqual([0, '']);
  expect(out.replace(/sha256:[a-f0-9]{64}/, 'sha256:…')).toMatchInlineSnapshot(`
    "app:1 (docker-archive, linux/amd64, sha256:…)
      user 1001, workdir /, entrypoint ["app"], cmd none
      PATH=/opt/venv/bin:/usr/bin

      layer    size   stored  entries  wasted  made by
          0  550 kB   554 kB        4  550 kB  RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install app
          1  500 kB   504 kB        3     0 B  RUN chmod -R g=u /opt/venv
          2     0 B  1.54 kB        1     0 B  RUN rm -rf /root/.cache/pip

    1.05 MB in 3 layers: 500 kB live, 550 kB wasted, efficiency 47.6 %

    Wasted
        500 kB  /opt/venv/lib/, 2 files
                written by layer 0 (RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install app)
                copied for another owner or mode by layer 1 (RUN chmod -R g=u /opt/venv)
                mend set owner and mode where the file is made: COPY --chown, COPY --chmod, or in the same RUN
       50.0 kB  /root/.cache/pip/
                written by layer 0 (RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install app)
                deleted by layer 2 (RUN rm -rf /root/.cache/pip)
                mend pip install --no-cache-dir, or a cache mount
           2 B  /evil\\u001b[2J
                written by layer 0 (RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install app)
                overwritten by layer 1 (RUN chmod -R g=u /opt/venv)
                mend write it once: only the last version counts
    "
  `);
});

test('--top cuts the list and says what is left', () => {
  const { out } = inspect([save('app.tar', dockerArchive(image)), '--top', '1']);
  expect(out).toContain('and 50.0 kB in 2 other places; --top 3 shows all');
});

test('JSON as documented', () => {
  const { code, out } = inspect(['-', '--format', 'json'], dockerArchive(image));
  const report = JSON.parse(out);
  expect(code).toBe(0);
  expect(Object.keys(report)).toEqual(['version', 'tool', 'image', 'findings', 'summary']);
  expect(report.image).toMatchObject({
    reference: 'app:1',
    source: 'docker-archive',
    platform: 'linux/amd64',
    digest: expect.stringMatching(/^sha256:[a-f0-9]{64}$/),
    config: {
      user: '1001',
      env: ['PATH=/opt/venv/bin:/usr/bin'],
      workdir: '/',
      entrypoint: ['app'],
      cmd: null,
      shell: null,
    },
    size: {
      total: 1_050_003,
      live: 500_001,
      wasted: 550_002,
      efficiency: 0.4762,
      byCause: { deleted: 50_000, overwritten: 2, metadata: 500_000, opaque: 0 },
    },
  });
  expect(
    report.image.layers.map(({ index, size, entries, wasted, createdBy }: Record<string, unknown>) => [
      index,
      size,
      entries,
      wasted,
      createdBy,
    ]),
  ).toEqual([
    [0, 550_002, 4, 550_002, 'RUN /bin/sh -c python3 -m venv /opt/venv && /opt/venv/bin/pip install app # buildkit'],
    [1, 500_001, 3, 0, '/bin/sh -c chmod -R g=u /opt/venv'],
    [2, 0, 1, 0, 'RUN |1 V=1 /bin/sh -c rm -rf /root/.cache/pip # buildkit'],
  ]);
  for (const field of Object.keys(report.image))
    expect(readFileSync(join(root, 'docs/json.md'), 'utf8')).toContain(`\`image.${field}\``);
});

test('two formats at once', () => {
  const { out } = inspect([save('app.tar', dockerArchive(image)), '--format', 'text', '--format', 'json=report.json']);
  expect(out).toContain('efficiency 47.6 %');
  expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')).version).toBe(1);
});

describe('thresholds', () => {
  const cases: readonly (readonly [args: string[], code: number, err: string])[] = [
    [['--min-efficiency', '0.4'], 0, ''],
    [['--min-efficiency', '90%'], 1, 'plimsoll: efficiency is 47.6 %, less than 90.0 %\n'],
    [['--max-wasted', '1MB'], 0, ''],
    [['--max-wasted', '500kB'], 1, 'plimsoll: 550 kB are wasted, more than 500 kB\n'],
    [
      ['--max-wasted', '1KiB', '--min-efficiency', '1'],
      1,
      'plimsoll: efficiency is 47.6 %, less than 100.0 %\nplimsoll: 550 kB are wasted, more than 1.02 kB\n',
    ],
  ];
  for (const [args, code, err] of cases)
    test(args.join(' '), () => {
      expect(inspect([save('app.tar', dockerArchive(image)), ...args])).toMatchObject({ code, err });
    });
});

describe('mistakes are told in one line, exit code 2', () => {
  const cases: readonly (readonly [args: string[], err: string | RegExp])[] = [
    [[], /inspect takes one image/],
    [['a', 'b'], /inspect takes one image/],
    [['./no.tar'], 'plimsoll: ./no.tar: no such file or directory\n'],
    [['app', '--fix'], 'plimsoll: --fix is an option of lint\n'],
    [['app', '--platform', 'linux'], /--platform takes OS\/ARCH/],
    [['app', '--top', 'x'], /--top takes a number/],
    [['app', '--min-efficiency', '90'], /--min-efficiency takes a part/],
    [['app', '--max-wasted', 'much'], /--max-wasted takes bytes/],
    [['app', '--format', 'sarif'], /--format takes text, json, markdown, not "sarif"/],
    [['docker:app'], /docker:app: (?:no docker socket was found|unix:.*)\n$/],
    [['registry:a b'], 'plimsoll: registry:a b: not the name of an image, such as registry.example/app:1\n'],
  ];
  for (const [args, err] of cases)
    test(args.join(' ') || 'nothing', () => {
      const run = inspect(args);
      expect(run).toMatchObject({ code: 2, out: '' });
      if (typeof err === 'string') expect(run.err).toBe(err);
      else expect(run.err).toMatch(err);
      expect(run.err.trimEnd()).not.toContain('\n');
    });

  test('nobody listens at DOCKER_HOST', () => {
    const { code, err } = inspect(['app:1'], undefined, { DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    expect(code).toBe(2);
    expect(err).toMatch(/^plimsoll: app:1: unix:\/\/\/nowhere\/docker\.sock did not answer \(.*ENOENT.*\).*\n$/);
  });

  test('layers that no engine could unpack', () => {
    const evil = (...members: readonly Member[]): Buffer => dockerArchive({ layers: [archive(...members)] });
    const cases: readonly (readonly [bytes: Buffer, err: string])[] = [
      [evil({ name: '../../etc/passwd' }), 'layer 0: "../../etc/passwd" leaves the image'],
      [
        evil({ name: 'a', type: '2', linkname: 'b' }, { name: 'b', type: '2', linkname: 'a' }, { name: 'a/x' }),
        'layer 0: too many symlinks on the way to "a"',
      ],
      [
        evil({ name: 'a', type: '1', linkname: '/etc/shadow' }),
        'layer 0: "a" is a link to "/etc/shadow", which is not there',
      ],
    ];
    for (const [bytes, err] of cases)
      expect(inspect([save('evil.tar', bytes)])).toEqual({ code: 2, out: '', err: `plimsoll: evil.tar: ${err}\n` });
  });

  test('names in messages hold nothing that a terminal obeys', () => {
    const cut = dockerArchive({ layers: [archive({ name: 'x\u001b[2J', body: 'x' }).subarray(0, 512)] });
    expect(inspect([save('cut.tar', cut)]).err).toMatch(
      /^plimsoll: cut\.tar: layer 0: .*inside "x\\u001b\[2J" at byte 512/,
    );
    expect(inspect(['rootfs:cut.tar']).err).toBe('plimsoll: rootfs:cut.tar: not a directory\n');
  });

  test('several images', () => {
    const files = ociLayout([
      { name: 'one', image },
      { name: 'two', image: { ...image, config: {} } },
    ]);
    const { code, err } = inspect([save('two.tar', tarOf(files))]);
    expect(code).toBe(2);
    expect(err).toBe(
      'plimsoll: two.tar: it holds 2 images; choose one with --image: one (linux/amd64), two (linux/amd64)\n',
    );
    expect(inspect(['two.tar', '--image', 'two']).code).toBe(0);
  });
});

test("lint refuses inspect's options", () => {
  const { status, stderr } = spawnSync(process.execPath, [bin, 'lint', '--platform', 'linux/amd64'], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([2, 'plimsoll: --platform is an option of inspect\n']);
});

describe('layers that several threads share', () => {
  const big = (name: string): Buffer => archive({ name, body: randomBytes(9_000_000) });
  const large: SampleImage = { layers: [big('a'), big('b'), big('c')] };

  test('give what one thread gives', () => {
    const bytes = tarOf(ociLayout([{ image: large }], (layer) => gzipSync(layer, { level: 1 })));
    const facts = (out: string): object => ({ ...JSON.parse(out).image, reference: '' });
    const shared = inspect([save('app.tar', bytes), '--format', 'json']);
    const alone = inspect(['-', '--format', 'json'], bytes);
    expect([shared.code, shared.err]).toEqual([0, '']);
    expect(facts(shared.out)).toEqual(facts(alone.out));
    expect(JSON.parse(shared.out).image.size.total).toBe(27_000_000);
  });

  test.skipIf(availableParallelism() === 1)('(where there are processors for it) really are read by several', () => {
    const bytes = tarOf(ociLayout([{ image: large }], (layer) => gzipSync(layer, { level: 1 })));
    const spy = save(
      'spy.cjs',
      Buffer.from(
        `const threads = require('node:worker_threads');
        threads.Worker = class extends threads.Worker {
          constructor(...given) {
            super(...given);
            process.stderr.write('started\\n');
            this.on('error', (error) => process.stderr.write(error.message + '\\n'));
          }
        };`,
      ),
    );
    const { code, err } = inspect([save('app.tar', bytes)], undefined, { NODE_OPTIONS: `--require ./${spy}` });
    expect(code).toBe(0);
    expect(err).toMatch(/^(?:started\n)+$/);
  });

  test('fail in one line, whichever thread found out', () => {
    const layout = ociLayout([{ image: large }], (layer) => gzipSync(layer, { level: 1 }));
    for (const [at, layer] of large.layers.entries()) {
      const blob = gzipSync(layer, { level: 1 });
      const name = `blobs/sha256/${sha256(blob)}`;
      blob[4_000_000] = (blob[4_000_000] ?? 0) ^ 1;
      const { code, out, err } = inspect([save('app.tar', tarOf({ ...layout, [name]: blob }))]);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(new RegExp(`^plimsoll: app\\.tar: layer ${at}: [^\n]+\n$`));
    }
  });
});

describe('with the Dockerfile', () => {
  const built: SampleImage = {
    layers: [
      archive(
        { name: 'usr/bin/python3.13', mode: 0o755, body: '\u007fELF' },
        { name: 'usr/lib/python3.13/os.py' },
        { name: 'usr/lib/python3.13/EXTERNALLY-MANAGED', body: 'x' },
      ),
      archive({ name: 'usr/lib/python3.13/.wh.EXTERNALLY-MANAGED' }),
    ],
    history: [
      { created_by: '# debian.sh' },
      { created_by: 'RUN /bin/sh -c rm /usr/lib/python3.13/EXTERNALLY-MANAGED # buildkit' },
    ],
    config: { User: '1001', Env: ['HOME=/app'] },
  };
  const text = 'FROM debian:13\nRUN rm /usr/lib/python3.13/EXTERNALLY-MANAGED\n';

  test('findings stand at its lines, in text and in JSON', () => {
    save('Dockerfile', Buffer.from(text));
    const args = [save('app.tar', dockerArchive(built)), '--dockerfile', 'Dockerfile', '--select', 'marker-removed'];
    const shown = inspect([...args, '--top', '0']);
    expect([shown.code, shown.err]).toEqual([1, '']);
    expect(shown.out).toContain(
      '  Dockerfile:2:8 warning marker-removed: removing /usr/lib/python3.13/EXTERNALLY-MANAGED lets',
    );
    expect(shown.out).toContain('    by   layer 1 (RUN rm /usr/lib/python3.13/EXTERNALLY-MANAGED)');
    const { findings, summary } = JSON.parse(inspect([...args, '--format', 'json']).out);
    expect(findings).toMatchObject([
      {
        rule: 'marker-removed',
        subject: 'build',
        path: 'Dockerfile',
        range: { start: { line: 2, column: 8 } },
        image: { layer: 1, path: '/usr/lib/python3.13/EXTERNALLY-MANAGED' },
      },
    ]);
    expect(summary).toMatchObject({ files: 1, warning: 1 });
  });

  test("one that is not the image's is told of, and both are reported", () => {
    save('Dockerfile', Buffer.from(`${text}USER 1001\n`));
    const { code, out, err } = inspect([
      save('app.tar', dockerArchive(built)),
      '--dockerfile',
      'Dockerfile',
      '--select',
      'marker-removed',
      '--format',
      'json',
    ]);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^plimsoll: Dockerfile: the image was not built of this Dockerfile: where that has `USER 1001`[^\n]*\n$/,
    );
    expect(JSON.parse(out).findings.map(({ subject }: { subject: string }) => subject)).toEqual([
      'image',
      'dockerfile',
    ]);
  });

  test('one that is not there', () => {
    const { code, err } = inspect([save('app.tar', dockerArchive(built)), '--dockerfile', 'none']);
    expect([code, err]).toEqual([2, 'plimsoll: none: cannot be read: no such file or directory\n']);
  });

  test('rules are chosen and levels set as in lint', () => {
    const app = save('app.tar', dockerArchive(built));
    expect(inspect([app, '--fail-on', 'error']).code).toBe(0);
    expect(inspect([app, '--ignore', 'marker']).code).toBe(0);
    expect(inspect([app, '--select', 'marker-removed']).code).toBe(1);
    expect(inspect([app, '--base-layers', '2']).code).toBe(0);
    expect(inspect([app, '--target', 'x']).err).toBe('plimsoll: --target goes with --dockerfile\n');
  });
});
