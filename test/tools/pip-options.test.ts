import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import {
  type Base,
  claim,
  type Env,
  FIRST_PIP,
  files,
  flask,
  folder,
  machine,
  makeBase,
  makeProject,
  makeVenv,
  makeWheel,
  must,
  needsPython,
  needsWheel,
  PIP,
  run,
  site,
  wheels,
  write,
} from './toolbox.ts';

// The rules pip-inverted-env, pip-cache-in-layer, pip-user-in-venv, bytecode-policy and base-user-install rest on these.
describe.each([FIRST_PIP, PIP])('variables of pip %s', (version) => {
  const here = [needsPython, needsWheel('pip', version)];
  let base: Base;
  beforeAll(() => {
    if (here.every((need) => need === undefined)) base = makeBase(undefined, version);
  });

  /** Installs into a folder, so that the base stays as it is. */
  function target(args: readonly string[], env: Env): { readonly path: string; readonly err: string } {
    const path = folder('target');
    const { code, err } = run([...base.pip, 'install', '--target', path, ...args, flask()], { env });
    expect(code).toBe(0);
    return { path, err };
  }

  for (const [env, compiled] of [
    [{ PIP_NO_COMPILE: '1' }, true],
    [{ PIP_NO_COMPILE: '0' }, false],
    [{ PIP_COMPILE: '0' }, false],
    [{ PIP_COMPILE: '1' }, true],
    [{ PYTHONDONTWRITEBYTECODE: '1' }, true],
  ] as [Env, boolean][]) {
    const [[name, value] = []] = Object.entries(env);
    claim(
      `${name}=${value} ${compiled ? 'leaves compiling on' : 'switches compiling off'}`,
      () => expect(files(target([], env).path, /\.pyc$/)).toHaveLength(compiled ? 1 : 0),
      ...here,
    );
  }

  claim(
    'the option --no-compile is not inverted',
    () => expect(files(target(['--no-compile'], {}).path, /\.pyc$/)).toEqual([]),
    ...here,
  );

  const LOCATION = /which is not on PATH/;
  const CONFLICT = /user 1\.0 requires lib==1\.0, but you have lib 2\.0/;
  function warnings(argv: readonly string[], env: Env): string {
    const { code, err } = run(argv, { env });
    expect(code).toBe(0);
    return err;
  }

  claim(
    'PIP_NO_WARN_SCRIPT_LOCATION=1 keeps the warning, =0 silences it, like the option',
    () => {
      const located = (env: Env, ...args: string[]) =>
        warnings([...base.pip, 'install', '--user', ...args, flask()], { HOME: folder('home'), ...env });
      expect(located({})).toMatch(LOCATION);
      expect(located({ PIP_NO_WARN_SCRIPT_LOCATION: '1' })).toMatch(LOCATION);
      expect(located({ PIP_NO_WARN_SCRIPT_LOCATION: '0' })).not.toMatch(LOCATION);
      expect(located({}, '--no-warn-script-location')).not.toMatch(LOCATION);
    },
    ...here,
  );

  claim(
    'PIP_NO_WARN_CONFLICTS=1 keeps the warning, =0 silences it, like the option',
    () => {
      const directory = folder('wheels');
      const user = makeWheel(directory, 'user', '1.0', { requires: ['lib==1.0'] });
      const [old, now] = ['1.0', '2.0'].map((number) => makeWheel(directory, 'lib', number));
      const venv = makeVenv(join(folder(), 'venv'), base, '--without-pip');
      const install = [...base.pip, '--python', join(venv, 'bin/python'), 'install', '--no-compile'];
      const text = (env: Env, ...args: string[]) => {
        must([...install, user, old ?? '']);
        return warnings([...install, ...args, now ?? ''], env);
      };
      expect(text({})).toMatch(CONFLICT);
      expect(text({ PIP_NO_WARN_CONFLICTS: '1' })).toMatch(CONFLICT);
      expect(text({ PIP_NO_WARN_CONFLICTS: '0' })).not.toMatch(CONFLICT);
      expect(text({}, '--no-warn-conflicts')).not.toMatch(CONFLICT);
    },
    ...here,
  );

  claim(
    'PIP_NO_BUILD_ISOLATION=1 keeps the isolation, =0 ends it, like the option',
    () => {
      const project = makeProject(join(folder(), 'app'), 'app', 'poetry');
      const build = (env: Env, ...args: string[]) =>
        run([...base.pip, 'wheel', '--find-links', wheels, '--wheel-dir', folder(), ...args, project], { env }).code;
      // The backend is among the wheels, and not in the environment.
      expect(build({})).toBe(0);
      expect(build({ PIP_NO_BUILD_ISOLATION: '1' })).toBe(0);
      expect(build({ PIP_NO_BUILD_ISOLATION: '0' })).not.toBe(0);
      expect(build({}, '--no-build-isolation')).not.toBe(0);
    },
    ...here,
    needsWheel('poetry-core', '2.5.0'),
  );

  claim(
    'PIP_NO_USER=1 forces a user install, =0 does not',
    () => {
      for (const [value, user] of [
        ['1', true],
        ['0', false],
      ] as const) {
        const HOME = folder('home');
        const { prefix, pip } = makeBase(undefined, version);
        must([...pip, 'install', flask()], { env: { HOME, PIP_NO_USER: value } });
        expect(files(HOME, /flask\.py$/)).toHaveLength(user ? 1 : 0);
        expect(files(prefix, /flask\.py$/)).toHaveLength(user ? 0 : 1);
      }
    },
    ...here,
  );

  claim(
    'PIP_NO_CACHE_DIR: every value that is not empty switches the cache off, 0, false, no and off too',
    () => {
      const disabled = (value: string) =>
        /cache is disabled/.test(run([...base.pip, 'cache', 'info'], { env: { PIP_NO_CACHE_DIR: value } }).err);
      for (const value of ['1', 'true', 'on', 'yes', '0', 'false', 'no', 'off'])
        expect(disabled(value), value).toBe(true);
      expect(disabled('')).toBe(false);
    },
    ...here,
  );

  claim(
    'PIP_NO_CACHE_DIR: a value that is no boolean is an error',
    () => {
      const { code, err } = run([...base.pip, 'cache', 'dir'], { env: { PIP_NO_CACHE_DIR: 'junk' } });
      expect(err).toContain('invalid truth value');
      expect(code).toBe(2);
    },
    ...here,
  );
});

describe('user installs', () => {
  const here = [needsPython, needsWheel('pip', PIP)];
  let base: Base;
  beforeAll(() => {
    if (here.every((need) => need === undefined)) base = makeBase(undefined);
  });
  const pip = (venv: string) => [...base.pip, '--python', join(venv, 'bin/python'), 'install'];
  const user = (home: string) =>
    files(join(home, '.local/lib', `python${machine.version}`, 'site-packages'), /^flask\.py$/);

  const ways: [string, string[], (home: string) => Env][] = [
    ['--user', ['--user'], () => ({})],
    ['PIP_USER=1', [], () => ({ PIP_USER: '1' })],
    ['PIP_NO_USER=1', [], () => ({ PIP_NO_USER: '1' })],
    [
      '`user = true` in pip.conf',
      [],
      (home) => ({ PIP_CONFIG_FILE: write(join(home, 'pip.conf'), '[install]\nuser = true\n') }),
    ],
  ];
  for (const [name, args, env] of ways) {
    claim(
      `${name} stops in a virtual environment`,
      () => {
        const HOME = folder('home');
        const venv = makeVenv(join(folder(), 'venv'), base, '--without-pip');
        const { code, err } = run([...pip(venv), ...args, flask()], { env: { HOME, ...env(HOME) } });
        expect(err).toContain(
          "Can not perform a '--user' install. User site-packages are not visible in this virtualenv.",
        );
        expect(code).toBe(1);
      },
      ...here,
    );

    claim(
      `${name} installs outside of a virtual environment with system-site-packages`,
      () => {
        const HOME = folder('home');
        const venv = makeVenv(join(folder(), 'venv'), base, '--without-pip', '--system-site-packages');
        must([...pip(venv), ...args, flask()], { env: { HOME, ...env(HOME) } });
        expect(files(site(venv), /^flask\.py$/)).toEqual([]);
        expect(user(HOME)).toHaveLength(1);
      },
      ...here,
    );
  }

  claim(
    'PIP_TARGET and PIP_PREFIX lead an install out of a virtual environment',
    () => {
      const venv = makeVenv(join(folder(), 'venv'), base, '--without-pip');
      for (const name of ['PIP_TARGET', 'PIP_PREFIX']) {
        const path = folder('elsewhere');
        must([...pip(venv), flask()], { env: { [name]: path } });
        expect(files(path, /flask\.py$/)).toHaveLength(1);
      }
      expect(files(site(venv), /^flask\.py$/)).toEqual([]);
    },
    ...here,
  );

  claim(
    'what --user installed shadows nothing for another HOME, and -s hides it',
    () => {
      const HOME = folder('home');
      must([...base.pip, 'install', '--user', flask()], { env: { HOME } });
      const seen = (home: string, ...args: string[]) =>
        run([base.python, ...args, '-c', 'import flask'], { env: { HOME: home } }).code === 0;
      expect([seen(HOME), seen(folder('home')), seen('/'), seen(HOME, '-s')]).toEqual([true, false, false, false]);
    },
    ...here,
  );

  claim(
    'PYTHONUSERBASE moves the user install',
    () => {
      const PYTHONUSERBASE = folder('userbase');
      must([...base.pip, 'install', '--user', flask()], { env: { PYTHONUSERBASE } });
      expect(files(PYTHONUSERBASE, /(^|\/)flask\.py$/)).toHaveLength(1);
    },
    ...here,
  );
});
