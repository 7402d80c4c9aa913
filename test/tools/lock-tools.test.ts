import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import {
  type Base,
  BLOCKED,
  claim,
  type Env,
  files,
  folder,
  hosted,
  makeBase,
  makeProject,
  makeVenv,
  makeWheel,
  markedBase,
  needsPython,
  needsTool,
  needsWheel,
  PIP,
  read,
  run,
  site,
  write,
} from './toolbox.ts';

// The rules marker-blind-installer, base-lockfile-tool-system, venv-path-unstable and lock-not-enforced rest on these.

const importing = (venv: string, module: string) =>
  run([join(venv, 'bin/python'), '-c', `import ${module}`], { cwd: '/' }).code === 0;

/** Where the base's Python and a tool in an image are found: the copy is before the machine's own. */
const path = (base: Base, ...before: string[]) => [...before, `${base.prefix}/bin`, '/usr/bin', '/bin'].join(':');

interface Session {
  readonly base: Base;
  readonly cwd: string;
  readonly HOME: string;
  run(args: readonly string[], env?: Env): ReturnType<typeof run>;
  must(args: readonly string[], env?: Env): string;
}

function session(tool: 'poetry' | 'pipenv' | 'pdm', cwd: string, base: Base): Session {
  const HOME = folder('home');
  const command = hosted(tool, base);
  const call = (args: readonly string[], env: Env = {}) =>
    run([...command, ...args], { cwd, env: { HOME, PATH: path(base), PDM_CHECK_UPDATE: '0', ...env } });
  return {
    base,
    cwd,
    HOME,
    run: call,
    must: (args, env) => {
      const { code, text } = call(args, env);
      expect(code, text).toBe(0);
      return text;
    },
  };
}

describe('poetry', () => {
  const here = [needsPython, needsTool('poetry'), needsWheel('pip', PIP)];
  const poetry = (base = markedBase()) => session('poetry', makeProject(join(folder(), 'app'), 'app'), base);
  const cached = (home: string) =>
    files(join(home, '.cache/pypoetry/virtualenvs'), /^[^/]+$/).filter((name) => /^app-/.test(name));

  claim(
    'with virtualenvs.create off by variable, by `poetry config` or by poetry.toml, install goes past the marker',
    () => {
      const ways: ((one: Session) => Env)[] = [
        () => ({ POETRY_VIRTUALENVS_CREATE: 'false' }),
        ({ must: poetry }) => {
          poetry(['config', 'virtualenvs.create', 'false']);
          return {};
        },
        ({ cwd }) => {
          write(join(cwd, 'poetry.toml'), '[virtualenvs]\ncreate = false\n');
          return {};
        },
      ];
      for (const way of ways) {
        const one = poetry();
        one.must(['install'], way(one));
        expect(one.base.has('app')).toBe(true);
        expect(files(one.HOME, /app\.pth$/)).toEqual([]);
      }
    },
    ...here,
  );

  claim(
    'pip would have stopped there',
    () => {
      const { base } = poetry();
      expect(run([...base.pip, 'install', makeWheel(folder(), 'flask')]).err).toMatch(BLOCKED);
    },
    ...here,
  );

  claim(
    'POETRY_VIRTUALENVS_CREATE: only true and 1 leave it on; false, 0, no, off and any other word switch it off',
    () => {
      const one = poetry();
      const value = (text: string) =>
        one.must(['config', 'virtualenvs.create'], { POETRY_VIRTUALENVS_CREATE: text }).trim();
      for (const on of ['true', 'True', '1']) expect(value(on), on).toBe('true');
      for (const off of ['false', '0', 'no', 'off', 'yes', 'on', 'junk']) expect(value(off), off).toBe('false');
    },
    ...here,
  );

  claim(
    'the base is that of the Python that poetry runs on, not the first python on PATH',
    () => {
      const one = poetry();
      const other = makeBase(undefined);
      one.must(['install'], { POETRY_VIRTUALENVS_CREATE: 'false', PATH: path(one.base, `${other.prefix}/bin`) });
      expect([one.base.has('app'), other.has('app')]).toEqual([true, false]);
    },
    ...here,
  );

  for (const env of [{}, { POETRY_VIRTUALENVS_CREATE: 'false' }]) {
    const off = 'POETRY_VIRTUALENVS_CREATE' in env ? ', with virtualenvs.create off too' : '';
    claim(
      `an environment that VIRTUAL_ENV and PATH name takes the install${off}`,
      () => {
        const one = poetry();
        const venv = makeVenv(join(folder(), 'venv'), one.base, '--without-pip');
        one.must(['install'], { ...env, VIRTUAL_ENV: venv, PATH: path(one.base, `${venv}/bin`) });
        expect([importing(venv, 'app'), one.base.has('app'), cached(one.HOME)]).toEqual([true, false, []]);
      },
      ...here,
    );
  }

  claim(
    'PATH without VIRTUAL_ENV is not seen: the install goes to the cache, or past the marker with virtualenvs.create off',
    () => {
      const one = poetry();
      const venv = makeVenv(join(folder(), 'venv'), one.base, '--without-pip');
      const PATH = path(one.base, `${venv}/bin`);
      one.must(['install'], { PATH });
      expect([importing(venv, 'app'), cached(one.HOME).length]).toEqual([false, 1]);
      one.must(['install'], { PATH, POETRY_VIRTUALENVS_CREATE: 'false' });
      expect([importing(venv, 'app'), one.base.has('app')]).toEqual([false, true]);
    },
    ...here,
  );

  claim(
    'its own environment is in the cache, with a hash in its name that changes with the path of the project',
    () => {
      const base = markedBase();
      const names = [poetry(base), poetry(base)].map((one) => {
        one.must(['install', '--no-root']);
        return cached(one.HOME)[0] ?? '';
      });
      for (const name of names) expect(name).toMatch(/^app-[\w-]{8}-py3\.\d+$/);
      expect(new Set(names).size).toBe(2);
    },
    ...here,
  );

  claim(
    'POETRY_VIRTUALENVS_IN_PROJECT=true makes it .venv; a .venv that is there is used without it',
    () => {
      const one = poetry();
      one.must(['install'], { POETRY_VIRTUALENVS_IN_PROJECT: 'true' });
      expect(importing(join(one.cwd, '.venv'), 'app')).toBe(true);
      const two = poetry(one.base);
      const venv = makeVenv(join(two.cwd, '.venv'), two.base, '--without-pip');
      two.must(['install']);
      expect([importing(venv, 'app'), cached(two.HOME)]).toEqual([true, []]);
    },
    ...here,
  );

  claim(
    'install is editable; --no-root leaves the project out',
    () => {
      const env = { POETRY_VIRTUALENVS_IN_PROJECT: 'true' };
      const [one, two] = [poetry(), poetry()];
      one.must(['install'], env);
      two.must(['install', '--no-root'], env);
      expect(read(join(site(join(one.cwd, '.venv')), 'app.pth'))).toContain(one.cwd);
      expect(files(site(join(two.cwd, '.venv')), /^app/)).toEqual([]);
    },
    ...here,
  );

  claim(
    'install without a poetry.lock makes one, and with a stale one stops',
    () => {
      const one = poetry();
      one.must(['install', '--no-root']);
      expect(existsSync(join(one.cwd, 'poetry.lock'))).toBe(true);
      write(join(one.cwd, 'pyproject.toml'), read(join(one.cwd, 'pyproject.toml')).replace('>=3.10', '>=3.9'));
      const { code, text } = one.run(['install', '--no-root']);
      expect(text).toMatch(/pyproject\.toml changed significantly since poetry\.lock was last generated/);
      expect(code).toBe(1);
    },
    ...here,
  );
});

describe('pipenv', () => {
  const here = [needsPython, needsTool('pipenv'), needsWheel('pip', PIP)];
  let marked: Base;
  beforeAll(() => {
    if (here.every((need) => need === undefined)) marked = markedBase();
  });

  // --skip-lock: a lock would need an index.
  const install = ['install', '--skip-lock'];
  function pipenv(base = marked): Session {
    const cwd = folder('project');
    write(join(cwd, 'Pipfile'), `[packages]\nflask = {file = "./${basename(makeWheel(cwd, 'flask'))}"}\n`);
    return session('pipenv', cwd, base);
  }

  claim(
    '--system goes through pip and stops at the marker; PIPENV_SYSTEM=1 is the same',
    () => {
      for (const [args, env] of [
        [['--system'], {}],
        [[], { PIPENV_SYSTEM: '1' }],
      ] as [string[], Env][]) {
        const one = pipenv();
        const { code, text } = one.run([...install, ...args], env);
        expect(text).toMatch(BLOCKED);
        expect([code, one.base.has('flask')]).toEqual([1, false]);
      }
    },
    ...here,
  );

  for (const name of ['PIP_BREAK_SYSTEM_PACKAGES', 'PIPENV_BREAK_SYSTEM_PACKAGES']) {
    claim(
      `${name}=1 gets it past the marker`,
      () => {
        const one = pipenv(markedBase());
        one.must([...install, '--system'], { [name]: '1' });
        expect(one.base.has('flask')).toBe(true);
      },
      ...here,
    );
  }

  claim(
    'break-system-packages in pip.conf does not',
    () => {
      const one = pipenv();
      write(join(one.HOME, '.config/pip/pip.conf'), '[global]\nbreak-system-packages = true\n');
      expect(
        run([...one.base.pip, 'install', '--dry-run', makeWheel(folder(), 'flask')], { env: { HOME: one.HOME } }).code,
      ).toBe(0);
      expect(one.run([...install, '--system']).text).toMatch(BLOCKED);
    },
    ...here,
  );

  claim(
    'its own environment is in ~/.local/share/virtualenvs with a hash in its name, or in WORKON_HOME',
    () => {
      const one = pipenv();
      one.must(install);
      const named = new RegExp(`^${basename(one.cwd)}-[\\w-]{8}$`);
      expect(files(join(one.HOME, '.local/share/virtualenvs'), named)).toHaveLength(1);
      const WORKON_HOME = folder('workon');
      one.must(install, { WORKON_HOME });
      expect(files(WORKON_HOME, named)).toHaveLength(1);
    },
    ...here,
  );

  claim(
    'PIPENV_VENV_IN_PROJECT=1 makes it .venv',
    () => {
      const one = pipenv();
      one.must(install, { PIPENV_VENV_IN_PROJECT: '1' });
      expect(importing(join(one.cwd, '.venv'), 'flask')).toBe(true);
    },
    ...here,
  );

  claim(
    'an environment that VIRTUAL_ENV names takes the install',
    () => {
      const one = pipenv();
      const venv = makeVenv(join(folder(), 'venv'), one.base);
      one.must(install, { VIRTUAL_ENV: venv, PATH: path(one.base, `${venv}/bin`) });
      expect([importing(venv, 'flask'), one.base.has('flask')]).toEqual([true, false]);
    },
    ...here,
  );

  claim(
    '--system with VIRTUAL_ENV and PATH at an environment installs into that environment',
    () => {
      const one = pipenv();
      const venv = makeVenv(join(folder(), 'venv'), one.base);
      one.must([...install, '--system'], { VIRTUAL_ENV: venv, PATH: path(one.base, `${venv}/bin`) });
      expect([importing(venv, 'flask'), one.base.has('flask')]).toEqual([true, false]);
    },
    ...here,
  );

  claim(
    '--system with PATH at an environment installs into it without VIRTUAL_ENV as well',
    () => {
      const one = pipenv();
      const venv = makeVenv(join(folder(), 'venv'), one.base);
      one.must([...install, '--system'], { PATH: path(one.base, `${venv}/bin`) });
      expect([importing(venv, 'flask'), one.base.has('flask')]).toEqual([true, false]);
    },
    ...here,
  );

  /** A project without packages: its lock needs no index. */
  function locked(): Session & { stale(): void } {
    const one = session('pipenv', folder('project'), marked);
    write(join(one.cwd, 'Pipfile'), '[packages]\n');
    return { ...one, stale: () => write(join(one.cwd, 'Pipfile'), '[packages]\n\n[requires]\npython_version = "3"\n') };
  }

  claim(
    'install --deploy stops at a stale Pipfile.lock; install alone makes a new one',
    () => {
      const one = locked();
      const file = join(one.cwd, 'Pipfile.lock');
      one.must(['lock']);
      one.must(['install', '--deploy']);
      const lock = read(file);
      one.stale();
      const { code, text } = one.run(['install', '--deploy']);
      expect(text).toMatch(/out of\s+date/);
      expect([code, read(file)]).toEqual([1, lock]);
      one.must(['install']);
      expect(read(file)).not.toBe(lock);
    },
    ...here,
  );

  claim(
    'install --deploy without a Pipfile.lock makes one; sync stops',
    () => {
      const one = locked();
      expect(one.run(['sync'])).toMatchObject({ code: 1, text: expect.stringContaining('Pipfile.lock not found') });
      one.must(['install', '--deploy']);
      expect(existsSync(join(one.cwd, 'Pipfile.lock'))).toBe(true);
    },
    ...here,
  );

  claim(
    'install --ignore-pipfile and sync take a stale Pipfile.lock as it is',
    () => {
      const one = locked();
      const file = join(one.cwd, 'Pipfile.lock');
      one.must(['lock']);
      const lock = read(file);
      one.stale();
      one.must(['install', '--ignore-pipfile']);
      one.must(['sync']);
      expect(read(file)).toBe(lock);
    },
    ...here,
  );
});

describe('pdm', () => {
  const here = [needsPython, needsTool('pdm'), needsWheel('pip', PIP)];
  function pdm(): Session {
    const cwd = folder('project');
    const wheel = makeWheel(cwd, 'flask');
    const project = `name = "app"\nversion = "1.0"\nrequires-python = ">=3.10"\ndependencies = ["flask @ file://${wheel}"]\n`;
    write(join(cwd, 'pyproject.toml'), `[project]\n${project}\n[tool.pdm]\ndistribution = false\n`);
    return session('pdm', cwd, markedBase());
  }

  claim(
    'install --global goes past the marker',
    () => {
      const one = pdm();
      one.must(['install', '--global', '--project', '.']);
      expect(one.base.has('flask')).toBe(true);
    },
    ...here,
  );

  claim(
    'install --global takes an active environment instead of the base',
    () => {
      const one = pdm();
      const venv = makeVenv(join(folder(), 'venv'), one.base, '--without-pip');
      one.must(['install', '--global', '--project', '.'], { VIRTUAL_ENV: venv, PATH: path(one.base, `${venv}/bin`) });
      expect([importing(venv, 'flask'), one.base.has('flask')]).toEqual([true, false]);
    },
    ...here,
  );

  claim(
    'with python.use_venv off, install goes to __pypackages__ of the project, not to the base',
    () => {
      for (const configured of [true, false]) {
        const one = pdm();
        if (configured) one.must(['config', 'python.use_venv', 'false']);
        one.must(['install'], configured ? {} : { PDM_USE_VENV: 'false' });
        expect(files(join(one.cwd, '__pypackages__'), /flask\.py$/)).toHaveLength(1);
        expect(one.base.has('flask')).toBe(false);
      }
    },
    ...here,
  );

  claim(
    'install alone makes a .venv; an environment that VIRTUAL_ENV names takes it instead',
    () => {
      const one = pdm();
      one.must(['install']);
      expect([importing(join(one.cwd, '.venv'), 'flask'), one.base.has('flask')]).toEqual([true, false]);
      const two = pdm();
      const venv = makeVenv(join(folder(), 'venv'), two.base, '--without-pip');
      two.must(['install'], { VIRTUAL_ENV: venv });
      expect([importing(venv, 'flask'), existsSync(join(two.cwd, '.venv'))]).toEqual([true, false]);
    },
    ...here,
  );

  claim(
    'install --check stops at a stale lock; --frozen-lockfile takes it as it is; install alone rewrites it',
    () => {
      const one = pdm();
      one.must(['install']);
      const lock = read(join(one.cwd, 'pdm.lock'));
      write(join(one.cwd, 'pyproject.toml'), read(join(one.cwd, 'pyproject.toml')).replace('>=3.10', '>=3.11'));
      expect(one.run(['install', '--check']).code).toBe(1);
      one.must(['install', '--frozen-lockfile']);
      expect(read(join(one.cwd, 'pdm.lock'))).toBe(lock);
      one.must(['install']);
      expect(read(join(one.cwd, 'pdm.lock'))).not.toBe(lock);
    },
    ...here,
  );
});
