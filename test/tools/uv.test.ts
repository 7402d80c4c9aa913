import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import {
  type Base,
  BLOCKED,
  claim,
  type Env,
  files,
  folder,
  MARKED,
  makeBase,
  makeProject,
  makeVenv,
  makeWheel,
  markedBase,
  must,
  needsPython,
  needsTool,
  needsWheel,
  PIP,
  read,
  run,
  site,
  tool,
  wheels,
  write,
} from './toolbox.ts';

// The rules base-uv-*, bytecode-policy, editable-source-missing, half-activated and lock-not-enforced rest on these.
const here = [needsPython, needsTool('uv'), needsWheel('pip', PIP), needsWheel('poetry-core', '2.5.0')];
let flask = '';
let other = '';
beforeAll(() => {
  if (needsPython !== undefined) return;
  flask = makeWheel(folder('wheels'), 'flask', '1.0', { script: true });
  other = makeWheel(folder('wheels'), 'other');
});

interface Options {
  readonly cwd?: string;
  readonly env?: Env;
}

/** uv in an image with that base; its project builds come from the wheels of install-tools.sh. */
function uv(base: Base, args: readonly string[], { cwd = folder('cwd'), env = {} }: Options = {}) {
  const PATH = `${base.prefix}/bin:/usr/bin:/bin`;
  return run([tool('uv'), ...args], { cwd, env: { PATH, UV_NO_INDEX: '1', UV_FIND_LINKS: wheels, ...env } });
}

function good(outcome: ReturnType<typeof uv>): string {
  expect(outcome.code, outcome.text).toBe(0);
  return outcome.text;
}

const importing = (venv: string, module: string) =>
  run([join(venv, 'bin/python'), '-c', `import ${module}`]).code === 0;

describe('uv pip and the marker', () => {
  let shared: Base;
  beforeAll(() => {
    if (here.every((need) => need === undefined)) shared = markedBase();
  });

  const stops = (title: string, args: (base: Base) => string[], env: Env = {}) =>
    claim(
      title,
      () => {
        const { code, err } = uv(shared, ['pip', ...args(shared)], { env });
        expect(err).toMatch(BLOCKED);
        expect(code).toBe(2);
        expect(shared.has('flask')).toBe(false);
      },
      ...here,
    );
  stops('install --system stops, with exit code 2', () => ['install', '--system', flask]);
  stops('install --python PATH stops', (base) => ['install', '--python', base.python, flask]);
  stops('UV_SYSTEM_PYTHON=1 stops as well', () => ['install', flask], { UV_SYSTEM_PYTHON: '1' });
  stops('uninstall --system stops', () => ['uninstall', '--system', 'pip']);
  stops('sync --system stops', () => ['sync', '--system', write(join(folder(), 'r.txt'), `${flask}\n`)]);
  stops('install --dry-run stops as well', () => ['install', '--system', '--dry-run', flask]);
  stops('PIP_BREAK_SYSTEM_PACKAGES is not heard', () => ['install', '--system', flask], {
    PIP_BREAK_SYSTEM_PACKAGES: '1',
  });
  stops('UV_BREAK_SYSTEM_PACKAGES=0 leaves it on', () => ['install', '--system', flask], {
    UV_BREAK_SYSTEM_PACKAGES: '0',
  });

  claim(
    'its Error text is what the user reads',
    () => expect(uv(shared, ['pip', 'install', '--system', flask]).err).toContain(MARKED),
    ...here,
  );

  claim(
    'pip.conf and PIP_TARGET are not heard',
    () => {
      const elsewhere = folder('target');
      const env = {
        PIP_TARGET: elsewhere,
        PIP_CONFIG_FILE: write(join(folder(), 'pip.conf'), '[global]\nbreak-system-packages = true\n'),
      };
      expect(uv(shared, ['pip', 'install', '--system', flask], { env }).err).toMatch(BLOCKED);
      expect(files(elsewhere, /./)).toEqual([]);
    },
    ...here,
  );

  claim(
    'list and freeze do not stop',
    () => {
      for (const command of ['list', 'freeze']) good(uv(shared, ['pip', command, '--system']));
    },
    ...here,
  );

  claim(
    'an empty marker still stops',
    () => {
      const { code, err } = uv(makeBase(''), ['pip', 'install', '--system', flask]);
      expect(err).toMatch(BLOCKED);
      expect(code).toBe(2);
    },
    ...here,
  );

  for (const [name, text] of [
    ['of another section', '[other]\nError=x\n'],
    ['that cannot be parsed', 'no section\n'],
  ] as const) {
    claim(
      `a marker ${name} still stops`,
      () => {
        const base = makeBase(text);
        expect(uv(base, ['pip', 'install', '--system', flask]).err).toMatch(BLOCKED);
        expect(base.has('flask')).toBe(false);
      },
      ...here,
    );
  }

  claim(
    'a marker that is not UTF-8 does not stop uv, though it stops pip',
    () => {
      const base = makeBase(undefined);
      write(base.marker, Buffer.from('[externally-managed]\nError=\xff\n', 'latin1'));
      expect(run([...base.pip, 'install', flask]).err).toMatch(BLOCKED);
      good(uv(base, ['pip', 'install', '--system', flask]));
      expect(base.has('flask')).toBe(true);
    },
    ...here,
  );

  const lands = (title: string, args: (base: Base) => string[], env: Env = {}) =>
    claim(
      title,
      () => {
        const base = markedBase();
        good(uv(base, ['pip', 'install', ...args(base), flask], { env }));
        expect(files(base.prefix, /(^|\/)flask\.py$/)).toHaveLength(1);
      },
      ...here,
    );
  lands('--break-system-packages installs', () => ['--system', '--break-system-packages']);
  lands('UV_BREAK_SYSTEM_PACKAGES=1 installs', () => ['--system'], { UV_BREAK_SYSTEM_PACKAGES: '1' });
  lands('UV_BREAK_SYSTEM_PACKAGES=true installs', () => ['--system'], { UV_BREAK_SYSTEM_PACKAGES: 'true' });
  lands('--target at the very same tree is not checked', (base) => ['--system', '--target', base.site]);
  lands('--prefix at the very same tree is not checked', (base) => ['--system', '--prefix', base.prefix]);

  claim(
    'break-system-packages in uv.toml installs',
    () => {
      const base = markedBase();
      const cwd = folder('cwd');
      write(join(cwd, 'uv.toml'), '[pip]\nbreak-system-packages = true\n');
      good(uv(base, ['pip', 'install', '--system', flask], { cwd }));
      expect(base.has('flask')).toBe(true);
    },
    ...here,
  );

  claim(
    '--break is not read as --break-system-packages',
    () => {
      const { code, err } = uv(shared, ['pip', 'install', '--system', '--break', flask]);
      expect(err).toContain("unexpected argument '--break' found");
      expect(code).toBe(2);
    },
    ...here,
  );

  claim(
    '--user is an error',
    () => {
      const { code, err } = uv(shared, ['pip', 'install', '--user', flask]);
      expect(err).toContain("pip's `--user` is unsupported");
      expect(code).toBe(2);
    },
    ...here,
  );
});

describe('where uv pip installs', () => {
  const fresh = () => {
    const base = makeBase(undefined);
    return { base, venv: makeVenv(join(folder(), 'venv'), base, '--without-pip') };
  };

  claim(
    'VIRTUAL_ENV alone is enough',
    () => {
      const { base, venv } = fresh();
      good(uv(base, ['pip', 'install', flask], { env: { VIRTUAL_ENV: venv } }));
      expect([importing(venv, 'flask'), base.has('flask')]).toEqual([true, false]);
    },
    ...here,
  );

  for (const [name, args, env] of [
    ['--system', ['--system'], {}],
    ['UV_SYSTEM_PYTHON=1', [], { UV_SYSTEM_PYTHON: '1' }],
  ] as [string, string[], Env][]) {
    claim(
      `${name} leaves VIRTUAL_ENV aside: the base gets the package`,
      () => {
        const { base, venv } = fresh();
        good(uv(base, ['pip', 'install', ...args, flask], { env: { VIRTUAL_ENV: venv, ...env } }));
        expect([importing(venv, 'flask'), base.has('flask')]).toEqual([false, true]);
      },
      ...here,
    );
  }

  claim(
    '--system passes over an environment that is first on PATH as well',
    () => {
      const { base, venv } = fresh();
      const PATH = `${venv}/bin:${base.prefix}/bin:/usr/bin:/bin`;
      good(uv(base, ['pip', 'install', '--system', flask], { env: { PATH, VIRTUAL_ENV: venv } }));
      expect([importing(venv, 'flask'), base.has('flask')]).toEqual([false, true]);
    },
    ...here,
  );

  claim(
    'PATH alone, without VIRTUAL_ENV, is enough when the environment is first on it',
    () => {
      const { base, venv } = fresh();
      const PATH = `${venv}/bin:${base.prefix}/bin:/usr/bin:/bin`;
      good(uv(base, ['pip', 'install', flask], { env: { PATH } }));
      expect([importing(venv, 'flask'), base.has('flask')]).toEqual([true, false]);
    },
    ...here,
  );

  claim(
    'PATH with the environment behind the base, without VIRTUAL_ENV: no virtual environment found',
    () => {
      const { base, venv } = fresh();
      const PATH = `${base.prefix}/bin:${venv}/bin:/usr/bin:/bin`;
      const { code, err } = uv(base, ['pip', 'install', flask], { env: { PATH } });
      expect(err).toContain('No virtual environment found');
      expect(code).toBe(2);
    },
    ...here,
  );

  claim(
    'neither of them: no virtual environment found, and nothing goes to the base',
    () => {
      const { base } = fresh();
      const { code, err } = uv(base, ['pip', 'install', flask]);
      expect(err).toContain('No virtual environment found');
      expect([code, base.has('flask')]).toEqual([2, false]);
    },
    ...here,
  );

  claim(
    'a .venv in the working folder or above is found without any of them',
    () => {
      const { base } = fresh();
      const cwd = folder('cwd');
      const venv = makeVenv(join(cwd, '.venv'), base, '--without-pip');
      must(['mkdir', '-p', join(cwd, 'a/b')]);
      good(uv(base, ['pip', 'install', flask], { cwd: join(cwd, 'a/b') }));
      expect(importing(venv, 'flask')).toBe(true);
    },
    ...here,
  );
});

describe('uv venv', () => {
  let base: Base;
  beforeAll(() => {
    if (here.every((need) => need === undefined)) base = markedBase();
  });

  claim(
    'has no pip, unless --seed asks for it',
    () => {
      const [bare, seeded] = [join(folder(), 'venv'), join(folder(), 'venv')];
      good(uv(base, ['venv', bare]));
      good(uv(base, ['venv', '--seed', seeded]));
      expect([existsSync(join(bare, 'bin/pip')), importing(bare, 'pip')]).toEqual([false, false]);
      expect(existsSync(join(seeded, 'bin/pip'))).toBe(true);
    },
    ...here,
  );

  claim(
    'pip then is that of the base, which stops at its marker although the environment is active',
    () => {
      const venv = join(folder(), 'venv');
      good(uv(base, ['venv', venv]));
      // The pip command of the image: the environment has none that would come before it on PATH.
      const bin = folder('bin');
      write(join(bin, 'pip'), `#!/bin/sh\nexec ${base.python} -m pip "$@"\n`, 0o755);
      const env = { VIRTUAL_ENV: venv, PATH: `${venv}/bin:${bin}:/usr/bin:/bin` };
      expect(run(['pip', 'install', flask], { env }).err).toMatch(BLOCKED);
    },
    ...here,
  );

  claim(
    'UV_VENV_RELOCATABLE=1 is read like --relocatable',
    () => {
      for (const [args, env] of [
        [['--relocatable'], {}],
        [[], { UV_VENV_RELOCATABLE: '1' }],
      ] as [string[], Env][]) {
        const venv = join(folder(), 'venv');
        good(uv(base, ['venv', ...args, venv], { env }));
        expect(read(join(venv, 'pyvenv.cfg'))).toContain('relocatable = true\n');
      }
    },
    ...here,
  );

  claim(
    'a relocatable one can be moved; its scripts start with #!/bin/sh',
    () => {
      const [old, now] = ['old', 'now'].map((name) => join(folder(), name)) as [string, string];
      good(uv(base, ['venv', '--relocatable', old]));
      good(uv(base, ['pip', 'install', flask], { env: { VIRTUAL_ENV: old } }));
      renameSync(old, now);
      expect(read(join(now, 'bin/flask')).split('\n')[0]).toBe('#!/bin/sh');
      expect(must([join(now, 'bin/flask')])).toContain(now);
      expect(must(['bash', '-c', `. ${now}/bin/activate && echo "$VIRTUAL_ENV"`])).toBe(now);
    },
    ...here,
  );

  claim(
    'any other has the path where it was made in its scripts and in activate',
    () => {
      const [old, now] = ['old', 'now'].map((name) => join(folder(), name)) as [string, string];
      good(uv(base, ['venv', old]));
      good(uv(base, ['pip', 'install', flask], { env: { VIRTUAL_ENV: old } }));
      renameSync(old, now);
      expect(read(join(now, 'bin/flask')).split('\n')[0]).toBe(`#!${old}/bin/python`);
      expect(must(['bash', '-c', `. ${now}/bin/activate && echo "$VIRTUAL_ENV"`])).toBe(old);
    },
    ...here,
  );

  for (const [name, args, env, compiled] of [
    ['does not compile', [], {}, false],
    ['compiles with --compile-bytecode', ['--compile-bytecode'], {}, true],
    ['compiles with UV_COMPILE_BYTECODE=1', [], { UV_COMPILE_BYTECODE: '1' }, true],
    ['compiles in spite of PYTHONDONTWRITEBYTECODE', ['--compile-bytecode'], { PYTHONDONTWRITEBYTECODE: '1' }, true],
  ] as [string, string[], Env, boolean][]) {
    claim(
      `uv pip install ${name}`,
      () => {
        const venv = makeVenv(join(folder(), 'venv'), base, '--without-pip');
        good(uv(base, ['pip', 'install', ...args, flask], { env: { VIRTUAL_ENV: venv, ...env } }));
        expect(files(site(venv), /flask.*\.pyc$/)).toHaveLength(compiled ? 1 : 0);
      },
      ...here,
    );
  }
});

describe('uv sync', () => {
  let base: Base;
  beforeAll(() => {
    if (here.every((need) => need === undefined)) base = makeBase(undefined);
  });

  /** A project with a lock that is up to date. */
  function locked(): string {
    const cwd = makeProject(join(folder(), 'app'), 'app');
    good(uv(base, ['lock'], { cwd }));
    return cwd;
  }
  const editable = (cwd: string) => files(site(join(cwd, '.venv')), /^(?:app\.pth|app\/__init__\.py)$/);

  claim(
    'installs the project as editable: a .pth names its source',
    () => {
      const cwd = locked();
      good(uv(base, ['sync', '--locked'], { cwd }));
      expect(editable(cwd)).toEqual(['app.pth']);
      expect(read(join(site(join(cwd, '.venv')), 'app.pth'))).toContain(cwd);
      renameSync(join(cwd, 'app'), join(cwd, 'gone'));
      expect(run([join(cwd, '.venv/bin/python'), '-c', 'import app'], { cwd: '/' }).code).toBe(1);
    },
    ...here,
  );

  claim(
    '--no-editable copies it; UV_NO_EDITABLE=1 does too; --no-install-project leaves it out',
    () => {
      for (const [args, env, expected] of [
        [['--no-editable'], {}, ['app/__init__.py']],
        [[], { UV_NO_EDITABLE: '1' }, ['app/__init__.py']],
        [['--no-install-project'], {}, []],
      ] as [string[], Env, string[]][]) {
        const cwd = locked();
        good(uv(base, ['sync', ...args], { cwd, env }));
        expect(editable(cwd)).toEqual(expected);
      }
    },
    ...here,
  );

  claim(
    'a project without a build system is not installed at all',
    () => {
      const cwd = makeProject(join(folder(), 'app'), 'app', 'none');
      good(uv(base, ['sync'], { cwd }));
      expect(editable(cwd)).toEqual([]);
    },
    ...here,
  );

  claim(
    '--locked fails without a lock and with a stale one; UV_LOCKED=1 is the same',
    () => {
      const missing = makeProject(join(folder(), 'app'), 'app');
      const stale = locked();
      write(join(stale, 'pyproject.toml'), read(join(stale, 'pyproject.toml')).replace('>=3.10', '>=3.9'));
      for (const [cwd, message] of [
        [missing, /Unable to find lockfile/],
        [stale, /lockfile .*needs to be updated/],
      ] as const) {
        for (const [args, env] of [
          [['--locked'], {}],
          [[], { UV_LOCKED: '1' }],
        ] as [string[], Env][]) {
          const { code, err } = uv(base, ['sync', ...args], { cwd, env });
          expect(err).toMatch(message);
          expect(code).toBe(1);
        }
      }
    },
    ...here,
  );

  claim(
    'without --locked a stale lock is rewritten without a word of it, and a missing one is made',
    () => {
      const cwd = locked();
      write(join(cwd, 'pyproject.toml'), read(join(cwd, 'pyproject.toml')).replace('>=3.10', '>=3.9'));
      expect(good(uv(base, ['sync'], { cwd }))).not.toMatch(/lockfile|uv\.lock/);
      expect(read(join(cwd, 'uv.lock'))).toContain('requires-python = ">=3.9"');
      const fresh = makeProject(join(folder(), 'app'), 'app');
      good(uv(base, ['sync'], { cwd: fresh }));
      expect(existsSync(join(fresh, 'uv.lock'))).toBe(true);
    },
    ...here,
  );

  claim(
    '--frozen takes a stale lock as it is, and fails without one',
    () => {
      const cwd = locked();
      write(join(cwd, 'pyproject.toml'), read(join(cwd, 'pyproject.toml')).replace('>=3.10', '>=3.9'));
      good(uv(base, ['sync', '--frozen'], { cwd }));
      expect(read(join(cwd, 'uv.lock'))).toContain('requires-python = ">=3.10"');
      expect(uv(base, ['sync', '--frozen'], { cwd: makeProject(join(folder(), 'app'), 'app') }).code).not.toBe(0);
    },
    ...here,
  );

  claim(
    'does not compile unless asked',
    () => {
      const cwd = locked();
      good(uv(base, ['sync', '--no-editable'], { cwd }));
      expect(files(join(cwd, '.venv'), /\.pyc$/)).toEqual([]);
      good(uv(base, ['sync', '--no-editable', '--compile-bytecode'], { cwd }));
      expect(files(join(cwd, '.venv'), /\.pyc$/)).not.toEqual([]);
    },
    ...here,
  );

  claim(
    'does not use VIRTUAL_ENV, says so, and makes a .venv; --active uses it',
    () => {
      const cwd = locked();
      const venv = makeVenv(join(folder(), 'venv'), base, '--without-pip');
      expect(good(uv(base, ['sync'], { cwd, env: { VIRTUAL_ENV: venv } }))).toMatch(/VIRTUAL_ENV=.* does not match/);
      expect([existsSync(join(cwd, '.venv')), importing(venv, 'app')]).toEqual([true, false]);
      good(uv(base, ['sync', '--active'], { cwd, env: { VIRTUAL_ENV: venv } }));
      expect(importing(venv, 'app')).toBe(true);
    },
    ...here,
  );

  claim(
    'UV_PROJECT_ENVIRONMENT at a path that is not there yet makes a virtual environment',
    () => {
      const UV_PROJECT_ENVIRONMENT = join(folder(), 'opt/venv');
      good(uv(base, ['sync'], { cwd: locked(), env: { UV_PROJECT_ENVIRONMENT } }));
      expect(existsSync(join(UV_PROJECT_ENVIRONMENT, 'pyvenv.cfg'))).toBe(true);
    },
    ...here,
  );

  claim(
    'UV_PROJECT_ENVIRONMENT at a full folder without a Python is an error',
    () => {
      const UV_PROJECT_ENVIRONMENT = folder('full');
      write(join(UV_PROJECT_ENVIRONMENT, 'lib/file'), '');
      const { code, err } = uv(base, ['sync'], { cwd: locked(), env: { UV_PROJECT_ENVIRONMENT } });
      expect(err).toMatch(/cannot be used because it is not a (?:valid|virtual)/);
      expect(code).toBe(2);
    },
    ...here,
  );
});

describe('UV_PROJECT_ENVIRONMENT at the prefix of a marked base', () => {
  /** What is left of a marked base with a foreign package by a uv command in a project. */
  function left(...args: string[]) {
    const base = markedBase();
    const cwd = makeProject(join(folder(), 'app'), 'app');
    must([...base.pip, 'install', '--break-system-packages', flask]);
    const outcome = uv(base, args, { cwd, env: { UV_PROJECT_ENVIRONMENT: base.prefix } });
    return {
      ...outcome,
      app: base.has('app'),
      flask: base.has('flask'),
      pip: base.has('pip'),
      marked: existsSync(base.marker),
    };
  }

  claim(
    'uv sync does not look at the marker, and removes what the lock does not name, apart from pip',
    () => expect(left('sync')).toMatchObject({ code: 0, app: true, flask: false, pip: true, marked: true }),
    ...here,
  );

  claim(
    'UV_PROJECT_ENVIRONMENT at /usr/local, where the base is in /usr, is an error as soon as there is anything in it',
    () => {
      const base = markedBase();
      const env = {
        UV_PROJECT_ENVIRONMENT: write(join(base.prefix, 'local/share/file'), '').replace('/share/file', ''),
      };
      const { code, err } = uv(base, ['sync'], { cwd: makeProject(join(folder(), 'app'), 'app'), env });
      expect(err).toMatch(/cannot be used because it is not a (?:valid|virtual)/);
      expect(code).toBe(2);
    },
    ...here,
  );

  claim(
    'uv sync --inexact does not look at it either, and removes nothing',
    () => expect(left('sync', '--inexact')).toMatchObject({ code: 0, app: true, flask: true, pip: true }),
    ...here,
  );

  claim(
    'uv run syncs past the marker, and removes nothing',
    () => expect(left('run', 'true')).toMatchObject({ code: 0, app: true, flask: true, pip: true }),
    ...here,
  );

  claim(
    'uv run --exact removes what the lock does not name',
    () => expect(left('run', '--exact', 'true')).toMatchObject({ code: 0, app: true, flask: false }),
    ...here,
  );

  claim(
    'uv add installs past the marker, and removes nothing',
    () => expect(left('add', other)).toMatchObject({ code: 0, app: true, flask: true, pip: true }),
    ...here,
  );
});
