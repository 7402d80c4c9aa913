import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import {
  type Base,
  BLOCKED,
  claim,
  FIRST_PIP,
  files,
  flask,
  folder,
  install,
  isRoot,
  machine,
  makeBase,
  makeProject,
  makeVenv,
  makeWheel,
  markedBase,
  minor,
  must,
  needsDebian,
  needsPython,
  needsWheel,
  PIP,
  run,
  site,
  upstream,
  wheelFile,
  wheels,
  write,
} from './toolbox.ts';

// The rules break-flag-unsupported, marker-blind-installer, marker-bypass-path, base-* and pip-root-warning rest on these.
describe('options of a few letters', () => {
  const here = [needsPython, needsWheel('pip', PIP), needsWheel('pip', FIRST_PIP)];

  claim(
    `--b is ambiguous for pip ${PIP}, which names what it could mean`,
    () => {
      const { code, err } = install(markedBase(), ['--b']);
      expect(err).toContain('ambiguous option: --b (--break-system-packages, --build-constraint?)');
      expect(code).toBe(2);
    },
    ...here,
  );
});

describe('pip older than the option', () => {
  claim(
    'pip 23.0 knows the marker but not the option: with it, it ends with exit code 2, and the variable is not heard',
    () => {
      const base = markedBase('23.0');
      expect(install(base, []).err).toMatch(BLOCKED);
      const { code, err } = install(base, ['--break-system-packages']);
      expect(err).toContain('no such option: --break-system-packages');
      expect(code).toBe(2);
      expect(install(base, [], { PIP_BREAK_SYSTEM_PACKAGES: '1' }).err).toMatch(BLOCKED);
    },
    needsPython,
    needsWheel('pip', '23.0'),
  );

  claim(
    'pip 22.3 ends with exit code 2 at the option, hears no variable, and installs past the marker without either',
    () => {
      const base = markedBase('22.3.1');
      const { code, err } = install(base, ['--break-system-packages']);
      expect(err).toContain('no such option: --break-system-packages');
      expect(code).toBe(2);
      expect(install(base, [], { PIP_BREAK_SYSTEM_PACKAGES: 'junk' }).code).toBe(0);
      expect(base.has('flask')).toBe(true);
    },
    needsPython,
    needsWheel('pip', '22.3.1'),
  );
});

describe('what shadows', () => {
  const here = [needsPython, needsWheel('pip', PIP)];

  /** A base whose package manager installed flask 1.0 where Debian and others put such modules. */
  function withPackage(record: boolean): Base {
    const base = markedBase();
    const packages = machine.debian ? join(base.prefix, 'lib/python3/dist-packages') : base.site;
    must([base.python, '-m', 'zipfile', '-e', flask(), packages]);
    const info = join(packages, 'flask-1.0.dist-info');
    write(join(info, 'INSTALLER'), 'debian\n');
    if (!record) must(['rm', join(info, 'RECORD')]);
    return base;
  }

  claim(
    'an upgrade of what the package manager installed fails even with the override',
    () => {
      const base = withPackage(false);
      const { code, err } = run([
        ...base.pip,
        'install',
        '--break-system-packages',
        makeWheel(folder(), 'flask', '2.0'),
      ]);
      expect(err).toMatch(/RECORD/);
      expect(code).toBe(1);
    },
    ...here,
  );

  claim(
    '--ignore-installed with the override puts a second copy before it on sys.path, and both stay',
    () => {
      const base = withPackage(false);
      must([
        ...base.pip,
        'install',
        '--break-system-packages',
        '--ignore-installed',
        makeWheel(folder(), 'flask', '2.0'),
      ]);
      expect(must([base.python, '-c', 'import flask; print(flask.VERSION)'])).toBe('2.0');
      expect(files(base.prefix, /(^|\/)flask\.py$/)).toHaveLength(2);
    },
    ...here,
    needsDebian,
  );

  claim(
    'the short -I does the same',
    () => {
      const base = withPackage(false);
      must([...base.pip, 'install', '--break', '-Iv', makeWheel(folder(), 'flask', '2.0')]);
      expect(must([base.python, '-c', 'import flask; print(flask.VERSION)'])).toBe('2.0');
    },
    ...here,
  );
});

describe("Debian's layout", () => {
  const here = [needsPython, needsDebian, needsWheel('pip', PIP)];
  const place = (version: string) => `local/lib/python${machine.version}/${version}/flask.py`;

  claim(
    'pip with the override installs into /usr/local/…/dist-packages, which is imported from',
    () => {
      const base = markedBase();
      install(base, ['--break-system-packages']);
      expect(files(base.prefix, /(^|\/)flask\.py$/)).toEqual([place('dist-packages')]);
      expect(base.has('flask')).toBe(true);
    },
    ...here,
  );

  claim(
    '--prefix=/usr/local lands in /usr/local/…/site-packages, which is not imported from',
    () => {
      const base = markedBase();
      expect(install(base, [`--prefix=${base.prefix}/local`]).code).toBe(0);
      expect(files(base.prefix, /(^|\/)flask\.py$/)).toEqual([place('site-packages')]);
      expect(base.has('flask')).toBe(false);
    },
    ...here,
  );

  claim(
    '--prefix=/usr lands in /usr/lib/…/site-packages, which is not imported from either',
    () => {
      const base = markedBase();
      expect(install(base, [`--prefix=${base.prefix}`]).code).toBe(0);
      expect(files(base.prefix, /(^|\/)flask\.py$/)).toEqual([`lib/python${machine.version}/site-packages/flask.py`]);
      expect(base.has('flask')).toBe(false);
    },
    ...here,
  );

  claim(
    '--root / lands where the override would land',
    () => {
      const base = markedBase();
      expect(install(base, ['--root', '/']).code).toBe(0);
      expect(base.has('flask')).toBe(true);
    },
    ...here,
  );
});

describe('installers that never look at the marker', () => {
  const here = [needsPython, needsWheel('pip', PIP)];
  const setup = (name: string) =>
    `from setuptools import setup\nsetup(name="${name}", version="1.0", py_modules=["${name}"])\n`;

  // setuptools 51 is the last with easy_install as a module.
  const setuptools = [
    ...here,
    ...['51.3.3', '68.2.2', '84.2.1'].map((version) => needsWheel('setuptools', version)),
    minor(machine) < 12 ? undefined : 'setuptools 51 does not run on this Python',
  ];

  function source(): string {
    const directory = folder('source');
    write(join(directory, 'setup.py'), setup('flask'));
    write(join(directory, 'flask.py'), 'VERSION = "1.0"\n');
    return directory;
  }

  function withModules(...names: [name: string, version: string][]): Base {
    const base = markedBase();
    for (const [name, version] of names) {
      must([base.python, '-m', 'zipfile', '-e', wheelFile(name, version), base.site]);
    }
    return base;
  }

  claim(
    'python setup.py install installs past it, with every setuptools',
    () => {
      for (const version of ['51.3.3', '68.2.2', '84.2.1']) {
        const base = withModules(['setuptools', version]);
        must([base.python, 'setup.py', 'install'], { cwd: source() });
        expect(base.has('flask'), version).toBe(true);
      }
    },
    ...setuptools,
  );

  claim(
    'python setup.py develop installs past it with setuptools before 80',
    () => {
      for (const version of ['51.3.3', '68.2.2']) {
        const base = withModules(['setuptools', version]);
        must([base.python, 'setup.py', 'develop'], { cwd: source() });
        expect(base.has('flask'), version).toBe(true);
      }
    },
    ...setuptools,
  );

  claim(
    'python setup.py develop of a newer setuptools goes through pip, and stops',
    () => {
      const base = withModules(['setuptools', '84.2.1']);
      const { code, text } = run([base.python, 'setup.py', 'develop'], { cwd: source() });
      expect(text).toMatch(BLOCKED);
      expect(code).toBe(1);
      expect(base.has('flask')).toBe(false);
    },
    ...setuptools,
  );

  claim(
    'easy_install installs past it',
    () => {
      const base = withModules(['setuptools', '51.3.3']);
      must([base.python, '-m', 'easy_install', source()]);
      expect(base.has('flask')).toBe(true);
    },
    ...setuptools,
  );

  claim(
    'python -m installer installs past it',
    () => {
      const base = withModules(['installer', '1.1.0']);
      must([base.python, '-m', 'installer', flask()]);
      expect(base.has('flask')).toBe(true);
    },
    ...here,
    needsWheel('installer', '1.1.0'),
  );

  claim(
    'pip install of a source directory is stopped before it builds',
    () => {
      const base = markedBase();
      const project = makeProject(join(folder(), 'app'), 'app');
      const { code, err } = run([...base.pip, 'install', '--find-links', wheels, '--editable', project]);
      expect(err).toMatch(BLOCKED);
      expect(code).toBe(1);
    },
    ...here,
  );
});

describe('ensurepip', () => {
  const here = [needsPython, needsWheel('pip', PIP)];

  claim(
    'on Debian, python -m ensurepip refuses to serve the base Python, whatever the marker says',
    () => {
      const { code, text } = run([makeBase(undefined).python, '-m', 'ensurepip']);
      expect(text).toContain('ensurepip is disabled in Debian/Ubuntu for the system python.');
      expect(code).toBe(1);
    },
    ...here,
    needsDebian,
  );

  const plain = upstream();
  claim(
    'elsewhere the pip that it starts stops at the marker, and PIP_BREAK_SYSTEM_PACKAGES does not reach it',
    () => {
      const base = markedBase(PIP, plain);
      must(['rm', '-rf', ...files(base.site, /^pip[^/]*$/).map((name) => join(base.site, name))]);
      for (const env of [{}, { PIP_BREAK_SYSTEM_PACKAGES: '1' }]) {
        const { code, text } = run([base.python, '-m', 'ensurepip'], { env });
        expect(text).toMatch(BLOCKED);
        expect(code).toBe(1);
        expect(base.has('pip')).toBe(false);
      }
      must(['rm', base.marker]);
      must([base.python, '-m', 'ensurepip']);
      expect(base.has('pip')).toBe(true);
    },
    ...here,
    plain === undefined ? "the only Python here is Debian's" : undefined,
  );

  claim(
    'python -m venv is fine: its pip works in the new environment',
    () => {
      const venv = makeVenv(join(folder(), 'venv'), markedBase());
      must([join(venv, 'bin/pip'), 'install', flask()]);
      expect(existsSync(join(site(venv), 'flask.py'))).toBe(true);
    },
    ...here,
  );

  claim(
    'python -m venv does not hear PIP_ variables: PIP_TARGET, PIP_USER and PIP_NO_COMPILE change nothing',
    () => {
      const venv = join(folder(), 'venv');
      const env = { PIP_TARGET: folder(), PIP_USER: '1', PIP_NO_COMPILE: '0' };
      must([markedBase().python, '-m', 'venv', venv], { env });
      expect(existsSync(join(site(venv), 'pip'))).toBe(true);
      expect(files(site(venv), /\.pyc$/)).not.toEqual([]);
    },
    ...here,
  );
});

describe('the warning of root', () => {
  const here = [needsPython, needsWheel('pip', PIP), isRoot ? undefined : 'only root is warned'];
  const WARNING = /Running pip as the 'root' user/;

  claim(
    'pip warns root outside a virtual environment, and names --root-user-action',
    () => {
      const base = makeBase(undefined);
      expect(install(base, []).err).toMatch(WARNING);
      expect(run([...base.pip, 'uninstall', '--yes', 'flask']).err).toMatch(WARNING);
    },
    ...here,
  );

  claim(
    'PIP_ROOT_USER_ACTION=ignore and --root-user-action=ignore silence it',
    () => {
      const base = makeBase(undefined);
      expect(install(base, [], { PIP_ROOT_USER_ACTION: 'ignore' }).err).not.toMatch(WARNING);
      expect(install(base, ['--force-reinstall', '--root-user-action=ignore']).err).not.toMatch(WARNING);
    },
    ...here,
  );

  claim(
    'PIP_NO_WARN_ABOUT_ROOT_USER has no effect',
    () => {
      for (const value of ['0', '1', 'junk']) {
        const base = makeBase(undefined);
        expect(install(base, [], { PIP_NO_WARN_ABOUT_ROOT_USER: value })).toMatchObject({
          code: 0,
          err: expect.stringMatching(WARNING),
        });
      }
    },
    ...here,
  );

  claim(
    'there is no warning in a virtual environment',
    () => {
      const venv = makeVenv(join(folder(), 'venv'), makeBase(undefined), '--without-pip');
      const { code, err } = run([join(venv, 'bin/python'), `${wheelFile('pip', PIP)}/pip`, 'install', flask()]);
      expect(code).toBe(0);
      expect(err).not.toMatch(WARNING);
    },
    ...here,
  );

  claim(
    'download, wheel and list do not warn',
    () => {
      const base = makeBase(undefined);
      for (const args of [
        ['download', '--dest', folder(), flask()],
        ['wheel', '--wheel-dir', folder(), flask()],
        ['list'],
      ]) {
        expect(run([...base.pip, ...args]).err).not.toMatch(WARNING);
      }
    },
    ...here,
  );
});
