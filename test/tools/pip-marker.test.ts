import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import {
  type Base,
  BLOCKED,
  claim,
  type Env,
  FIRST_PIP,
  files,
  flask,
  folder,
  install,
  MARKED,
  makeBase,
  makeVenv,
  markedBase,
  must,
  needsPython,
  needsWheel,
  PIP,
  read,
  run,
  site,
  wheelFile,
  write,
} from './toolbox.ts';

// The rules marker-bypass-*, marker-blind-installer, break-flag-unsupported and base-pip-install rest on these.
describe.each([FIRST_PIP, PIP])('pip %s and the marker', (version) => {
  const here = [needsPython, needsWheel('pip', version)];
  let shared: Base;
  // Only for claims that leave the base as it is.
  beforeAll(() => {
    if (here.every((need) => need === undefined)) shared = markedBase(version);
  });

  const stops = (title: string, args: readonly string[], env: Env = {}) =>
    claim(
      title,
      () => {
        const { code, err } = run([...shared.pip, ...args.map((arg) => (arg === 'WHEEL' ? flask() : arg))], { env });
        expect(err).toMatch(BLOCKED);
        expect(code).toBe(1);
        expect(shared.has('flask')).toBe(false);
      },
      ...here,
    );

  stops('install stops at it', ['install', 'WHEEL']);
  stops('install --user stops as well', ['install', '--user', 'WHEEL']);
  stops('install --dry-run stops as well', ['install', '--dry-run', 'WHEEL']);
  stops('install --upgrade pip stops', ['install', '--upgrade', 'pip']);
  stops('uninstall stops at it', ['uninstall', '--yes', 'pip']);
  stops('PIP_USER=1 stops as well', ['install', 'WHEEL'], { PIP_USER: '1' });
  stops('PIP_DRY_RUN=1 stops as well', ['install', 'WHEEL'], { PIP_DRY_RUN: '1' });
  stops('--isolated does not hear PIP_BREAK_SYSTEM_PACKAGES', ['--isolated', 'install', '--no-index', 'WHEEL'], {
    PIP_BREAK_SYSTEM_PACKAGES: '1',
  });

  claim('its Error text is what the user reads', () => expect(install(shared, []).err).toContain(MARKED), ...here);

  claim(
    '--dry-run with --report does not stop, and installs nothing',
    () => {
      expect(install(shared, ['--dry-run', '--quiet', '--report', '-']).code).toBe(0);
      expect(shared.has('flask')).toBe(false);
    },
    ...here,
  );

  claim(
    'download, wheel, list, freeze, check, show, config and cache do not stop',
    () => {
      const out = folder('out');
      for (const args of [
        ['download', '--dest', out, flask()],
        ['wheel', '--wheel-dir', out, flask()],
        ['list'],
        ['freeze'],
        ['check'],
        ['show', 'pip'],
        ['config', 'list'],
        ['cache', 'dir'],
      ]) {
        expect(run([...shared.pip, ...args]), args.join(' ')).toMatchObject({ code: 0 });
      }
      expect(files(out, /flask/)).toHaveLength(1);
    },
    ...here,
  );

  claim(
    'an empty marker still stops, with a text of its own',
    () => {
      const { code, err } = install(makeBase('', version), []);
      expect(code).toBe(1);
      expect(err).toMatch(BLOCKED);
    },
    ...here,
  );

  claim(
    'a marker that cannot be parsed still stops',
    () => {
      const base = makeBase('no section\n', version);
      for (const text of [
        'no section\n',
        '[other]\nError=x\n',
        '[externally-managed]\n',
        Buffer.from([0xff, 0xfe, 0]),
      ]) {
        write(base.marker, text);
        expect(install(base, []).err).toMatch(BLOCKED);
      }
    },
    ...here,
  );

  claim(
    'a removed marker stops nothing',
    () => {
      const base = makeBase(undefined, version);
      expect(install(base, []).code).toBe(0);
      expect(base.has('flask')).toBe(true);
    },
    ...here,
  );

  claim(
    'a virtual environment of a marked Python takes installs',
    () => {
      const venv = makeVenv(join(folder(), 'venv'), shared, '--without-pip');
      must([...shared.pip, '--python', join(venv, 'bin/python'), 'install', flask()]);
      expect(existsSync(join(site(venv), 'flask.py'))).toBe(true);
      expect(shared.has('flask')).toBe(false);
    },
    ...here,
  );

  // The same tree, by a side door.
  const lands = (title: string, args: (base: Base) => readonly string[], env: (base: Base) => Env = () => ({})) =>
    claim(
      title,
      () => {
        const base = markedBase(version);
        expect(install(base, args(base), env(base))).toMatchObject({ code: 0 });
        expect(files(base.prefix, /(^|\/)flask\.py$/)).toHaveLength(1);
      },
      ...here,
    );
  const prefix = (base: Base) => base.prefix;
  lands('--prefix at the very same tree is not checked', (base) => ['--prefix', prefix(base)]);
  lands('--target at the very same tree is not checked', (base) => ['--target', base.site]);
  lands('--root / is not checked', () => ['--root', '/']);
  lands(
    'PIP_PREFIX is not checked either',
    () => [],
    (base) => ({ PIP_PREFIX: prefix(base) }),
  );
  lands(
    'PIP_TARGET is not checked either',
    () => [],
    (base) => ({ PIP_TARGET: base.site }),
  );
  lands(
    'PIP_ROOT is not checked either',
    () => [],
    () => ({ PIP_ROOT: '/' }),
  );
  lands('--break-system-packages installs', () => ['--break-system-packages']);
  lands('--break is read as --break-system-packages', () => ['--break']);
  lands('--br is read as --break-system-packages', () => ['--br']);

  claim(
    'uninstall takes --break-system-packages, --break and PIP_BREAK_SYSTEM_PACKAGES',
    () => {
      const base = markedBase(version);
      const ways: [string[], Env][] = [
        [['--break-system-packages'], {}],
        [['--break'], {}],
        [[], { PIP_BREAK_SYSTEM_PACKAGES: '1' }],
      ];
      for (const [args, env] of ways) {
        must([...base.pip, 'install', '--break-system-packages', flask()]);
        must([...base.pip, 'uninstall', '--yes', ...args, 'flask'], { env });
        expect(base.has('flask')).toBe(false);
      }
    },
    ...here,
  );

  claim(
    'PIP_BREAK_SYSTEM_PACKAGES: 1, true, yes, on, y, t in any case switch the marker off',
    () => {
      for (const value of ['1', 'true', 'yes', 'on', 'y', 't', 'True', 'YES']) {
        const env = { PIP_BREAK_SYSTEM_PACKAGES: value };
        expect(install(shared, ['--dry-run'], env), value).toMatchObject({ code: 0 });
      }
    },
    ...here,
  );

  claim(
    'PIP_BREAK_SYSTEM_PACKAGES: 0, false, no, off, n, f and nothing leave it on',
    () => {
      for (const value of ['0', 'false', 'no', 'off', 'n', 'f', '']) {
        const { code, err } = install(shared, ['--dry-run'], { PIP_BREAK_SYSTEM_PACKAGES: value });
        expect([code, BLOCKED.test(err)], value).toEqual([1, true]);
      }
    },
    ...here,
  );

  claim(
    'PIP_BREAK_SYSTEM_PACKAGES: any other value is an error',
    () => {
      for (const value of ['2', 'please']) {
        const { code, err } = install(shared, ['--dry-run'], { PIP_BREAK_SYSTEM_PACKAGES: value });
        expect(err).toMatch(/is not a valid value for (?:--)?break-system-packages option/);
        expect(code).toBe(2);
      }
    },
    ...here,
  );

  claim(
    'pip.conf switches it off in [global] and in [install], with hyphens and with underscores',
    () => {
      for (const section of ['global', 'install']) {
        for (const key of ['break-system-packages', 'break_system_packages']) {
          const PIP_CONFIG_FILE = write(join(folder(), 'pip.conf'), `[${section}]\n${key} = true\n`);
          expect(install(shared, ['--dry-run'], { PIP_CONFIG_FILE }), `${section} ${key}`).toMatchObject({ code: 0 });
        }
      }
    },
    ...here,
  );

  claim(
    'pip.conf: [install] is not heard by uninstall, and [uninstall] not by install',
    () => {
      for (const [section, args] of [
        ['install', ['uninstall', '--yes', 'pip']],
        ['uninstall', ['install', flask()]],
      ] as const) {
        const PIP_CONFIG_FILE = write(join(folder(), 'pip.conf'), `[${section}]\nbreak-system-packages = true\n`);
        expect(run([...shared.pip, ...args], { env: { PIP_CONFIG_FILE } }).err).toMatch(BLOCKED);
      }
    },
    ...here,
  );

  claim(
    '`pip config set` writes to the user scope, so another HOME is still stopped',
    () => {
      const [mine, other] = [folder('home'), folder('home')];
      must([...shared.pip, 'config', 'set', 'global.break-system-packages', 'true'], { env: { HOME: mine } });
      expect(read(join(mine, '.config/pip/pip.conf'))).toBe('[global]\nbreak-system-packages = true\n\n');
      expect(install(shared, ['--dry-run'], { HOME: mine }).code).toBe(0);
      expect(install(shared, ['--dry-run'], { HOME: other }).err).toMatch(BLOCKED);
    },
    ...here,
  );

  claim(
    'PIP_REQUIRE_VIRTUALENV=1 ends uninstall, download and wheel as well; list, config and cache go on',
    () => {
      const env = { PIP_REQUIRE_VIRTUALENV: '1' };
      const out = folder('out');
      const code = (...args: string[]) => run([...shared.pip, ...args], { env }).code;
      expect(code('uninstall', '--yes', 'pip')).toBe(3);
      expect(code('download', '--dest', out, flask())).toBe(3);
      expect(code('wheel', '--wheel-dir', out, flask())).toBe(3);
      for (const args of [['list'], ['config', 'list'], ['cache', 'dir']]) expect(code(...args)).toBe(0);
    },
    ...here,
  );

  claim(
    'PIP_REQUIRE_VIRTUALENV=1 ends every install outside a venv with exit code 3, marked or not, even with --target',
    () => {
      const env = { PIP_REQUIRE_VIRTUALENV: '1' };
      for (const base of [shared, makeBase(undefined, version)]) {
        for (const args of [[], ['--break-system-packages'], ['--target', folder()]]) {
          const { code, err } = install(base, args, env);
          expect(err).toContain('Could not find an activated virtualenv (required).');
          expect(code).toBe(3);
        }
      }
      const venv = makeVenv(join(folder(), 'venv'), shared, '--without-pip');
      must([join(venv, 'bin/python'), `${wheelFile('pip', version)}/pip`, 'install', flask()], { env });
    },
    ...here,
  );
});
