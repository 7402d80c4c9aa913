import { createReadStream, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import Docker from 'dockerode';
import { afterAll, describe, expect, test } from 'vitest';
import { archive } from '../image/archives.ts';
import { makeWheel } from '../tools/toolbox.ts';
import { folder, missing, orStop, run, startDocker, stopAll, toFile } from './engines.ts';
import { inspect, title } from './reports.ts';
import { finish } from './sample.ts';

// Images of the real dockerd with this machine's own Debian Python in them: its interpreter, its standard library with the
// marker, its shells, and the part of dpkg's database that knows them.

afterAll(stopAll);

const BASE = 'localhost/plimsoll-debian:1';
const docker = new Docker({ socketPath: join(folder, 'd.sock') });

/** The base image from files of this machine; returns why that is not possible. */
async function build(): Promise<string | undefined> {
  const absent = missing('dockerd', 'dpkg', 'bash', 'su', 'ldd');
  if (absent !== undefined) return absent;
  const version = existsSync('/usr/bin/python3')
    ? run('/usr/bin/python3', '-c', 'import sys; print("%d.%d" % sys.version_info[:2])').trim()
    : '';
  if (!existsSync(`/usr/lib/python${version}/EXTERNALLY-MANAGED`))
    return 'this machine has no Debian Python with a marker';
  if (!existsSync(`/usr/lib/python${version}/ensurepip/__init__.py`))
    return 'python3-venv is not installed (scripts/install-tools.sh)';
  const failure = await startDocker();
  if (failure !== undefined) return failure;
  const packages = [
    `python${version}-minimal`,
    `libpython${version}-minimal`,
    `libpython${version}-stdlib`,
    'python3-minimal',
    `python${version}-venv`,
    'bash',
    'dash',
    'base-files',
    'login',
    'util-linux',
    'coreutils',
    'libpam-runtime',
    'libpam-modules',
    'sed',
    'libc-bin',
  ];
  const installed = packages.filter(
    (name) =>
      run('sh', '-c', `dpkg -s ${name} 2>/dev/null | grep -c '^Status: install ok installed' || true`).trim() === '1',
  );
  const listed = installed
    .flatMap((name) => run('dpkg', '-L', name).split('\n'))
    .filter(
      (path) =>
        path !== '' &&
        path !== '/.' &&
        !path.startsWith('/usr/share/doc') &&
        !path.startsWith('/usr/share/man') &&
        !path.startsWith('/usr/share/locale'),
    );
  const programs = [
    '/bin/bash',
    '/bin/dash',
    '/bin/su',
    '/bin/cp',
    '/bin/rm',
    '/bin/chmod',
    '/bin/mv',
    '/bin/sed',
    `/usr/bin/python${version}`,
    '/usr/bin/id',
    '/usr/bin/env',
  ];
  const libraries = programs.flatMap((path) => run('ldd', path).match(/\/\S+/g) ?? []);
  const modules = run(
    'sh',
    '-c',
    'ls /lib/*/security/*.so /usr/lib/*/libpam*.so* /lib/*/libpam*.so* /lib/*/libaudit*.so* /lib/*/libcap-ng*.so* /lib/*/libnss*.so* /lib/*/libcrypt*.so* 2>/dev/null || true',
  )
    .trim()
    .split('\n');
  const database = installed.flatMap((name) => [
    `/var/lib/dpkg/info/${name}.list`,
    `/var/lib/dpkg/info/${name}.md5sums`,
    `/var/lib/dpkg/info/${name}:amd64.list`,
    `/var/lib/dpkg/info/${name}:amd64.md5sums`,
  ]);
  const trees = ['/etc/pam.d', '/usr/share/python-wheels'].flatMap((path) =>
    run('sh', '-c', `find ${path} 2> /dev/null || true`).trim().split('\n'),
  );
  const others = [
    ...trees,
    '/bin',
    '/sbin',
    '/lib',
    '/lib64',
    '/etc/passwd',
    '/etc/group',
    '/etc/shadow',
    '/etc/profile',
    '/etc/login.defs',

    '/etc/nsswitch.conf',

    '/var/lib/dpkg/status',
    '/usr/bin/python3',
    '/bin/sh',
  ];
  const isLink = (path: string): boolean => run('sh', '-c', `test -L ${path} && echo y || true`).trim() === 'y';
  const names = [...new Set([...listed, ...libraries, ...modules, ...database, ...others])]
    // Directories come with what is in them; /bin and its like are links on a merged system.
    .filter(
      (path) =>
        path !== '' && existsSync(path) && (!['/bin', '/sbin', '/lib', '/lib64'].includes(path) || isLink(path)),
    );
  // By its one name each: on a merged system /lib/x is /usr/lib/x.
  // What links lead to comes along.
  const own = names.flatMap((path) => [join(realpathSync(dirname(path)), basename(path)), realpathSync(path)]);
  const list = join(folder, 'list');
  writeFileSync(list, [...new Set(own)].join('\n'));
  run('tar', 'cf', join(folder, 'root.tar'), '--no-recursion', '-C', '/', '-T', list);
  const [repo, tag] = BASE.split(':');
  await finish(docker, await docker.importImage(createReadStream(join(folder, 'root.tar')) as never, { repo, tag }));
  return undefined;
}

const reason = await orStop(build());
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const HEAD = `FROM ${BASE}\nENV PATH=${PATH}\nENV HOME=/root\n`;
const GOOD = `FROM ${BASE} AS build
ENV PATH=${PATH}
RUN python3 -m venv /opt/venv
COPY wheels /wheels
RUN /opt/venv/bin/pip install --no-cache-dir --no-index --find-links=/wheels demo

FROM ${BASE}
COPY --from=build /opt/venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH=/opt/venv/bin:${PATH}
ENV HOME=/app
WORKDIR /app
USER 10001:0
CMD ["demo"]
`;

/** Dockerfile by name, with the findings of its image: rule, path and layer above the base. */
const samples: Readonly<Record<string, readonly [dockerfile: string, findings: readonly string[]]>> = {
  good: [GOOD, []],
  'marker removed': [
    `${HEAD}RUN rm /usr/lib/python3*/EXTERNALLY-MANAGED\n`,
    ['marker-removed MARKER @1', 'marker-removed-needless MARKER @1'],
  ],
  'marker moved': [
    `${HEAD}RUN cd /usr/lib/python3.*/ && mv EXTERNALLY-MANAGED EXTERNALLY-MANAGED.old\n`,
    ['marker-removed MARKER @1', 'marker-removed-needless MARKER @1'],
  ],
  'marker edited': [
    `${HEAD}RUN echo '[externally-managed]' > $(echo /usr/lib/python3.*/EXTERNALLY-MANAGED)\n`,
    ['marker-db-mismatch MARKER @1'],
  ],
  'the guard off': [`${HEAD}ENV PIP_BREAK_SYSTEM_PACKAGES=1\n`, ['marker-bypass-config  @?']],
  'packages in the base': [
    `${HEAD}COPY wheels /wheels\nRUN python3 -m venv /opt/tools && /opt/tools/bin/pip --python /usr/bin/python3 install --no-cache-dir --break-system-packages --no-index --find-links=/wheels demo\n`,
    ['base-pip-install /usr/local/lib/PYTHON/dist-packages @2'],
  ],
  'another python3': [
    `${HEAD}RUN mkdir -p /usr/local/bin && cp /usr/bin/python3 /usr/local/bin/python3.99 && ln -sf /usr/local/bin/python3.99 /usr/bin/python3\n`,
    ['base-python-hijack /usr/bin/python3 @1'],
  ],
  'venv moved': [
    GOOD.replace('COPY --from=build /opt/venv /opt/venv', 'COPY --from=build /opt/venv /srv/venv')
      .replaceAll('VIRTUAL_ENV=/opt', 'VIRTUAL_ENV=/srv')
      .replace('PATH=/opt/venv/bin', 'PATH=/srv/venv/bin'),
    ['venv-copy-path-mismatch /srv/venv @1'],
  ],
  'interpreter missing': [
    `${HEAD}RUN python3 -m venv --without-pip /opt/venv && ln -sf /usr/local/bin/python3.99 /opt/venv/bin/python3\n`,
    ['venv-interpreter-missing /opt/venv @1'],
  ],
  'venv below /root': [
    `${HEAD}RUN chmod 700 /root && python3 -m venv --without-pip /root/venv\nENV HOME=/tmp\nUSER 10001:0\n`,
    ['venv-private-home /root/venv @1'],
  ],
  'venv that its user may not read': [
    `${HEAD}RUN python3 -m venv --without-pip /opt/venv && chmod 700 /opt/venv\nUSER 10001:0\n`,
    ['uid-perms /opt/venv @1'],
  ],
  'venv that anybody may write': [
    `${HEAD}RUN python3 -m venv --without-pip /opt/venv && chmod -R a+w /opt/venv\n`,
    ['world-writable-venv /opt/venv/bin @1'],
  ],
  'a late chmod': [
    `${HEAD}RUN python3 -m venv /opt/venv\nRUN chmod -R g=u /opt/venv\n`,
    ['metadata-layer-duplication /opt/venv @2'],
  ],
  'a late rm': [`${HEAD}RUN python3 -m venv /opt/venv\nRUN rm -rf /opt/venv\n`, ['late-delete /opt/venv @2']],
  'command outside of the venv': [
    GOOD.replace(`ENV PATH=/opt/venv/bin:${PATH}`, `ENV PATH=${PATH}`).replace('ENV VIRTUAL_ENV=/opt/venv\n', ''),
    ['cmd-outside-venv /opt/venv/bin/demo @1'],
  ],
  'a cache of pip': [
    `${HEAD}RUN mkdir -p /root/.cache/pip/http && cp /usr/bin/python3 /root/.cache/pip/http/x\nRUN rm -rf /root/.cache\n`,
    ['pip-cache-in-layer /root/.cache/pip @1', 'late-delete /root/.cache/pip/http/x @2'],
  ],
  'settings of pip': [
    `${HEAD}RUN python3 -m venv /opt/venv\nENV PATH=/opt/venv/bin:${PATH}\nENV PIP_USER=1\nENV PIP_NO_COMPILE=1\n`,
    ['pip-inverted-env  @?', 'pip-user-in-venv  @?'],
  ],
  'a login shell': [GOOD.replace('CMD ["demo"]', 'CMD ["bash", "-lc", "demo"]'), ['login-shell-reset  @?']],
};

const wheels = join(folder, 'wheels');

async function image(name: string, dockerfile: string): Promise<string> {
  mkdirSync(wheels, { recursive: true });
  const wheel = makeWheel(wheels, 'demo', '1.0', { script: true });
  const context = archive(
    { name: 'Dockerfile', body: dockerfile },
    { name: `wheels/${wheel.split('/').at(-1)}`, body: readFileSync(wheel) },
  );
  const tag = `localhost/sample-${name.replace(/\W/g, '-')}:1`;
  await finish(
    docker,
    await docker.buildImage(Readable.from([context]), { t: tag, networkmode: 'none', version: '1' }),
  );
  return tag;
}

describe(title('images with a Debian Python', reason), () => {
  for (const [name, [dockerfile, expected]] of Object.entries(samples))
    test.skipIf(reason)(name, async () => {
      const tag = await image(name, dockerfile);
      const report = inspect(await toFile(await docker.getImage(tag).get(), `${name.replace(/\W/g, '-')}.tar`), {}, [
        '--fail-on',
        'never',
        // Most of the samples run as root, which is not what they are about.
        '--ignore',
        'runs-as-root',
        '--base-layers',
        '1',
      ]);
      const found = report.findings.map(
        ({ rule, image: { path = '', layer = '?' } }) =>
          `${rule} ${path.replace(/^\/usr\/lib\/python3\.\d+\/EXTERNALLY-MANAGED$/, 'MARKER').replace(/python3\.\d+/, 'PYTHON')} @${layer}`,
      );
      expect(found).toEqual(expected);
    });

  test.skipIf(reason)('findings stand in the Dockerfile that the image was built of', async () => {
    const [dockerfile] = samples['marker removed'] ?? [''];
    const file = join(folder, 'Dockerfile.marker');
    writeFileSync(file, dockerfile);
    const saved = await toFile(await docker.getImage(await image('marker removed', dockerfile)).get(), 'joined.tar');
    const { findings } = inspect(saved, {}, ['--fail-on', 'never', '--select', 'marker-removed', '--dockerfile', file]);
    expect(findings).toMatchObject([
      { rule: 'marker-removed', subject: 'build', range: { start: { line: 4, column: 8 } }, image: { layer: 1 } },
    ]);
  });

  test.skipIf(reason)('who gets which Python is what containers say', async () => {
    const tag = await image('good', GOOD);
    const probe = 'for name in python python3 pip; do command -v $name || echo none; done; echo "${VIRTUAL_ENV-none}"';
    const ways: readonly (readonly [how: string, argv: readonly string[], user?: string])[] = [
      ['exec', ['/bin/sh', '-c', probe]],
      ['sh', ['sh', '-c', probe]],
      ['login-shell', ['bash', '-lc', probe]],
      ['su-login', ['su', '-', 'root', '-c', probe], 'root'],
    ];
    const { activation } = inspect(await toFile(await docker.getImage(tag).get(), 'entered.tar'), {}, [
      '--fail-on',
      'never',
    ]);
    for (const [how, argv, user] of ways) {
      const container = await docker.createContainer({
        Image: tag,
        Cmd: [...argv],
        Tty: true,
        ...(user === undefined ? {} : { User: user }),
        HostConfig: { NetworkMode: 'none' },
      });
      const output = await container.attach({ stream: true, stdout: true, stderr: true });
      let text = '';
      output.on('data', (data: Buffer) => {
        text += data.toString();
      });
      await container.start();
      await container.wait();
      await container.remove();
      const row = activation.find((one) => one.how === how);
      expect([
        how,
        row?.python ?? 'none',
        row?.python3 ?? 'none',
        row?.pip ?? 'none',
        row?.virtualEnv ?? 'none',
      ]).toEqual([how, ...text.trim().split(/\r?\n/)]);
    }
  });
});
