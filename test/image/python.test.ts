import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveCommand } from '../../src/image/exec.ts';
import { sudoersOf } from '../../src/image/sudoers.ts';
import { ARBITRARY, userOf } from '../../src/image/users.ts';
import { ELF, type Layer, modelOfLayers } from './model-of.ts';

const fixture = (path: string): string => readFileSync(join(import.meta.dirname, 'fixtures', path), 'utf8');
const marker = fixture('dpkg-trixie/EXTERNALLY-MANAGED');
const MARKER = '/usr/lib/python3.13/EXTERNALLY-MANAGED';

/** Debian 13's python3 as far as it matters, its marker packaged by dpkg. */
const debian: Layer = {
  '/usr/bin/python3.13': ELF,
  '/usr/bin/python3': '-> python3.13',
  '/usr/lib/python3.13/os.py': '',
  '/usr/lib/python3.13/EXTERNALLY-MANAGED': marker,
  '/var/lib/dpkg/status': fixture('dpkg-trixie/status.excerpt'),
  '/var/lib/dpkg/info/libpython3.13-stdlib:amd64.list': fixture('dpkg-trixie/libpython3.13-stdlib_amd64.list'),
  '/var/lib/dpkg/info/libpython3.13-stdlib:amd64.md5sums': fixture('dpkg-trixie/libpython3.13-stdlib_amd64.md5sums'),
};
const without = (layer: Layer, path: string): Layer =>
  Object.fromEntries(Object.entries(layer).filter(([name]) => name !== path));

describe('the marker', () => {
  const state = async (...layers: readonly Layer[]): Promise<object | undefined> =>
    (await modelOfLayers(layers)).python.interpreters[0]?.marker;
  const found = { path: MARKER, owner: 'libpython3.13-stdlib', changedBy: undefined, evidence: undefined };

  test('the fixture is what Debian packaged', () => {
    expect(createHash('md5').update(marker).digest('hex')).toBe('22a1ad9bc94dcb10d30f87850399068d');
  });

  test('intact', async () => {
    expect(await state(debian)).toEqual({ ...found, state: 'intact' });
    // Gentoo's is a link.
    expect(
      await state({
        ...without(debian, MARKER),
        '/usr/lib/python/EXTERNALLY-MANAGED': marker,
        [MARKER]: '-> ../python/EXTERNALLY-MANAGED',
      }),
    ).toEqual({ ...found, state: 'intact' });
  });

  test('edited, emptied', async () => {
    expect(await state(debian, { [MARKER]: `${marker}\n` })).toEqual({ ...found, state: 'edited', changedBy: 1 });
    expect(await state(debian, { x: '' }, { [MARKER]: '' })).toEqual({ ...found, state: 'edited', changedBy: 2 });
  });

  test('removed: by a whiteout, with its directory made anew, in the layer of its package, before another layer', async () => {
    const whiteout = { '/usr/lib/python3.13/.wh.EXTERNALLY-MANAGED': '' };
    expect(await state(debian, whiteout)).toEqual({ ...found, state: 'removed', changedBy: 1, evidence: 'whiteout' });
    expect(await state(debian, { x: '' }, whiteout, { y: '' })).toEqual({
      ...found,
      state: 'removed',
      changedBy: 2,
      evidence: 'whiteout',
    });
    const opaque = { '/usr/lib/python3.13/.wh..wh..opq': '', '/usr/lib/python3.13/os.py': '' };
    expect(await state(debian, opaque)).toEqual({ ...found, state: 'removed', changedBy: 1, evidence: 'whiteout' });
    expect(await state({ x: '' }, without(debian, MARKER))).toEqual({
      ...found,
      state: 'removed',
      changedBy: 1,
      evidence: 'database',
    });
  });

  test('removed and put back', async () => {
    expect(await state(debian, { '/usr/lib/python3.13/.wh.EXTERNALLY-MANAGED': '' }, { [MARKER]: marker })).toEqual({
      ...found,
      state: 'intact',
    });
  });

  test('suppressed', async () => {
    const policy = { '/etc/dpkg/dpkg.cfg.d/x': 'path-exclude=*/EXTERNALLY-MANAGED\n' };
    expect(await state(policy, without(debian, MARKER))).toEqual({ ...found, state: 'suppressed', changedBy: 0 });
  });

  test('absent: never shipped, or the library is gone', async () => {
    const official = { '/usr/local/bin/python3.13': ELF, '/usr/local/lib/python3.13/os.py': '' };
    expect(await state(official)).toEqual({
      path: '/usr/local/lib/python3.13/EXTERNALLY-MANAGED',
      owner: undefined,
      changedBy: undefined,
      evidence: undefined,
      state: 'absent',
    });
    expect(await state(debian, { '/usr/lib/.wh.python3.13': '' })).toEqual({ ...found, state: 'absent' });
  });
});

test('interpreters by what they are', async () => {
  const uv = '/root/.local/share/uv/python/cpython-3.12.3-linux-x86_64-gnu';
  const { python } = await modelOfLayers([
    debian,
    {
      '/usr/local/bin/python3.12': ELF,
      '/usr/local/bin/python3.12-config': '#!/bin/sh\n',
      '/opt/conda/bin/python3.11': ELF,
      '/opt/conda/conda-meta/history': '',
      [`${uv}/bin/python3.12`]: ELF,
      '/root/.pyenv/versions/3.10.1/bin/python3.10': ELF,
      '/root/.pyenv/shims/python3.10': '#!/usr/bin/env bash\n',
      '/nix/store/abc-python3-3.12.4/bin/python3.12': ELF,
      '/usr/bin/python3.9': ELF,
      '/usr/lib64/python3.9/os.py': '',
      '/opt/py/bin/python3.14t': ELF,
      // A copy in a venv, and a file that nobody may run.
      '/opt/venv/pyvenv.cfg': 'home = /usr/bin\n',
      '/opt/venv/bin/python3.13': ELF,
      '/srv/python3.13': ELF,
    },
  ]);
  expect(python.interpreters.map(({ path, kind, version, stdlib }) => [path, kind, version, stdlib])).toEqual([
    ['/nix/store/abc-python3-3.12.4/bin/python3.12', 'nix', '3.12', '/nix/store/abc-python3-3.12.4/lib/python3.12'],
    ['/opt/conda/bin/python3.11', 'conda', '3.11', '/opt/conda/lib/python3.11'],
    ['/opt/py/bin/python3.14t', 'other', '3.14', '/opt/py/lib/python3.14t'],
    [`${uv}/bin/python3.12`, 'uv', '3.12', `${uv}/lib/python3.12`],
    ['/root/.pyenv/versions/3.10.1/bin/python3.10', 'pyenv', '3.10', '/root/.pyenv/versions/3.10.1/lib/python3.10'].map(
      String,
    ),
    ['/usr/bin/python3.13', 'distribution', '3.13', '/usr/lib/python3.13'],
    ['/usr/bin/python3.9', 'distribution', '3.9', '/usr/lib64/python3.9'],
    ['/usr/local/bin/python3.12', 'official', '3.12', '/usr/local/lib/python3.12'],
  ]);
});

describe('environments', () => {
  const venv = (cfg: string, path = '/opt/venv', more: Layer = {}): Layer => ({
    ...debian,
    [`${path}/pyvenv.cfg`]: fixture(`pyvenv/${cfg}`),
    [`${path}/bin/python`]: '-> /usr/bin/python3',
    [`${path}/lib/python3.13/site-packages/x.py`]: 'x'.repeat(100),
    ...more,
  });
  const only = async (layer: Layer) => (await modelOfLayers([layer])).python.environments[0];

  test('as python -m venv and virtualenv write them', async () => {
    expect(await only(venv('venv-trixie-system.cfg'))).toMatchObject({
      path: '/opt/venv',
      kind: 'venv',
      createdAt: '/opt/venv',
      version: '3.13',
      interpreter: { path: '/usr/bin/python3.13' },
      target: '/usr/bin/python3.13',
      seesBase: false,
      isRelocatable: false,
    });
    expect(await only(venv('virtualenv-20.31-debian.cfg'))).toMatchObject({ kind: 'virtualenv', version: '3.13' });
  });

  test('that were moved: by the command, by activate, by the script of pip', async () => {
    expect(await only(venv('venv-trixie-system.cfg', '/app/env'))).toMatchObject({ createdAt: '/opt/venv' });
    const activate = 'VIRTUAL_ENV="/build/venv"\nexport VIRTUAL_ENV\n';
    expect(await only(venv('venv-3.9.18.cfg', '/app/env', { '/app/env/bin/activate': activate }))).toMatchObject({
      createdAt: '/build/venv',
    });
    const pip = fixture('shebangs/pip-venv-3.9.18.txt');
    expect(await only(venv('venv-3.9.18.cfg', '/app/env', { '/app/env/bin/pip': pip }))).toMatchObject({
      createdAt: '/opt/venv',
    });
    expect((await only(venv('venv-3.9.18.cfg')))?.createdAt).toBeUndefined();
  });

  test('whose interpreter is not there, is a copy, or is another', async () => {
    expect(
      await only(venv('venv-3.12.1.cfg', '/opt/venv', { '/opt/venv/bin/python': '-> /usr/local/bin/python3.12' })),
    ).toMatchObject({
      interpreter: undefined,
      target: '/usr/local/bin/python3.12',
      version: '3.12',
    });
    expect(await only(venv('venv-trixie-system.cfg', '/opt/venv', { '/opt/venv/bin/python': ELF }))).toMatchObject({
      interpreter: { path: '/usr/bin/python3.13' },
    });
  });

  test('conda', async () => {
    const { python } = await modelOfLayers([
      {
        '/opt/conda/bin/python3.11': ELF,
        '/opt/conda/conda-meta/history': '',
        '/opt/conda/envs/app/conda-meta/history': '',
        '/opt/conda/envs/app/bin/python3.12': ELF,
      },
    ]);
    expect(python.environments.map(({ path, kind, version }) => [path, kind, version])).toEqual([
      ['/opt/conda', 'conda', '3.11'],
      ['/opt/conda/envs/app', 'conda', '3.12'],
    ]);
  });
});

describe('what a command becomes', () => {
  const layer: Layer = {
    ...debian,
    '/bin/': '',
    '/bin/sh': ELF,
    '/usr/bin/env': ELF,
    '/opt/venv/pyvenv.cfg': fixture('pyvenv/venv-trixie-system.cfg'),
    '/opt/venv/bin/python': '-> /usr/bin/python3',
    '/opt/venv/bin/python3': '-> python',
    '/opt/venv/bin/app': '#!/opt/venv/bin/python\n',
    '/opt/venv/bin/by-env': '#!/usr/bin/env python3\n',
    '/opt/venv/bin/by-split': '#!/usr/bin/env -S python3 -u\n',
    '/opt/venv/bin/long': fixture('shebangs/trampoline-long.txt').replace(
      '/very/long/path/bin/python3',
      '/opt/venv/bin/python',
    ),
    '/opt/venv/bin/moved': '#!/build/venv/bin/python\n',
    '/opt/venv/bin/closed': { body: '#!/bin/sh\n', mode: 0o700 },
    '/opt/venv/bin/round': '#!/opt/venv/bin/round\n',
    '/usr/local/bin/app-link': '-> /opt/venv/bin/app',
    '/usr/local/bin/python-link': '-> /opt/venv/bin/python',
    '/usr/bin/script': '#!/bin/sh\necho\n',
    '/root/': { type: '5', mode: 0o700 },
    '/root/venv/bin/tool': ELF,
  };
  const run = async (name: string, path = '/opt/venv/bin:/usr/local/bin:/usr/bin:/bin', user = ARBITRARY) => {
    const { files, python } = await modelOfLayers([layer]);
    const { steps, interpreter, environment, failure } = resolveCommand(files, python, {
      name,
      path,
      user,
      cwd: '/opt',
    });
    return { steps, interpreter: interpreter?.path, environment: environment?.path, failure };
  };
  const inVenv = { interpreter: '/usr/bin/python3.13', environment: '/opt/venv', failure: undefined };

  test('python of a venv, and scripts of it', async () => {
    expect(await run('python3')).toEqual({ ...inVenv, steps: ['/opt/venv/bin/python3', '/usr/bin/python3.13'] });
    expect(await run('./venv/bin/python')).toMatchObject(inVenv);
    for (const name of ['app', 'by-env', 'by-split', 'long', 'app-link'])
      expect(await run(name), name).toMatchObject(inVenv);
  });

  test('links to the python of a venv are not in the venv: pyvenv.cfg does not stand beside them', async () => {
    expect(await run('python-link')).toMatchObject({ interpreter: '/usr/bin/python3.13', environment: undefined });
    expect(await run('by-env', '/usr/bin:/opt/venv/bin')).toMatchObject({ environment: undefined });
  });

  test('what cannot start, and why', async () => {
    expect(await run('moved')).toMatchObject({ failure: '/build/venv/bin/python is not there' });
    expect(await run('closed')).toMatchObject({ steps: [], failure: '/opt/venv/bin/closed 0700 0:0' });
    expect(await run('round')).toMatchObject({ failure: 'round: scripts name each other without end' });
    expect(await run('nothing')).toMatchObject({ failure: 'nothing is not on PATH' });
    expect(await run('/root/venv/bin/tool')).toMatchObject({ failure: '/root 0700 0:0' });
    expect(await run('/opt/venv')).toMatchObject({ failure: '/opt/venv is not a file' });
  });

  test('what is no Python', async () => {
    expect(await run('script')).toEqual({
      steps: ['/usr/bin/script', '/bin/sh'],
      interpreter: undefined,
      environment: undefined,
      failure: undefined,
    });
  });
});

test('a file of profile.d may be a link', async () => {
  const { activations } = await modelOfLayers(
    [
      {
        '/bin/sh': ELF,
        '/etc/profile': 'PATH=/bin; for i in /etc/profile.d/*.sh; do . $i; done',
        '/etc/profile.d/conda.sh': '-> /opt/conda/etc/profile.d/conda.sh',
        '/opt/conda/etc/profile.d/conda.sh': 'PATH=/opt/conda/bin:$PATH',
      },
    ],
    { env: ['PATH=/usr/bin'] },
  );
  expect(activations.map(({ how, path }) => [how, path])).toEqual([
    ['exec', '/usr/bin'],
    ['sh', '/usr/bin'],
    ['login-shell', '/opt/conda/bin:/bin'],
  ]);
});

describe('users', () => {
  const passwd = {
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\napp:x:1001:1002::/home/app:/bin/sh\n#x:1:1\nbroken\n',
    '/etc/group': 'root:x:0:\napp:x:1002:\nstaff:x:50:app,other\n',
  };
  const cases: readonly [given: string, expected: object | undefined][] = [
    ['', { uid: 0, gid: 0, groups: [0], name: 'root', home: '/root' }],
    ['app', { uid: 1001, gid: 1002, groups: [1002, 50], home: '/home/app' }],
    ['1001', { uid: 1001, gid: 1002, name: 'app' }],
    ['1001:0', { uid: 1001, gid: 0, groups: [0] }],
    ['app:staff', { uid: 1001, gid: 50, groups: [50] }],
    ['10001', { uid: 10001, gid: 0, groups: [0], name: undefined, home: '/' }],
    ['nobody-knows', undefined],
    ['app:nobody-knows', undefined],
  ];
  for (const [given, expected] of cases)
    test(given || 'none', async () => {
      const { files } = await modelOfLayers([passwd]);
      if (expected === undefined) expect(userOf(files, given)).toBeUndefined();
      else expect(userOf(files, given)).toMatchObject(expected);
    });
});

describe('sudoers', () => {
  const read = async (more: Layer, invoker = 'app') => {
    const { files } = await modelOfLayers([{ '/etc/sudoers': fixture('sudo-debian/sudoers'), ...more }]);
    return sudoersOf(files, invoker);
  };
  const own = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

  test("Debian's", async () => {
    expect(await read({})).toEqual({ securePath: own, securePathFile: '/etc/sudoers', resets: true, keeps: [] });
  });

  test('included files hold against it, in the order of their names; backups and names with dots do not', async () => {
    expect(
      await read({
        '/etc/sudoers.d/10-a': 'Defaults secure_path = /a\n',
        '/etc/sudoers.d/20-b': 'Defaults env_keep += "PYTHONPATH FOO_*", \\\n  secure_path=/b:/c # why\n',
        '/etc/sudoers.d/30.conf': 'Defaults secure_path=/x\n',
        '/etc/sudoers.d/40~': 'Defaults secure_path=/y\n',
      }),
    ).toEqual({
      securePath: '/b:/c',
      securePathFile: '/etc/sudoers.d/20-b',
      resets: true,
      keeps: ['PYTHONPATH', 'FOO_*'],
    });
  });

  test('settings for others do not count', async () => {
    const lines = 'Defaults:bob secure_path=/bob\nDefaults!/usr/bin/x secure_path=/cmd\nDefaults>www !env_reset\n';
    expect(await read({ '/etc/sudoers.d/x': lines })).toMatchObject({ securePath: own, resets: true });
    expect(await read({ '/etc/sudoers.d/x': lines }, 'bob')).toMatchObject({ securePath: '/bob' });
    expect(await read({ '/etc/sudoers.d/x': 'Defaults !secure_path, !env_reset\n' })).toMatchObject({
      securePath: undefined,
      resets: false,
    });
  });
});
