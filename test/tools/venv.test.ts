import { cpSync, existsSync, lstatSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import {
  type Base,
  claim,
  type Env,
  files,
  folder,
  machine,
  makeBase,
  makePipVenv,
  makeVenv,
  makeWheel,
  minor,
  must,
  needs,
  needsPython,
  needsTool,
  needsWheel,
  otherMinor,
  PIP,
  read,
  run,
  site,
  tool,
  write,
} from './toolbox.ts';

// The rules of the families copy, nested and venv rest on these.
const here = [needsPython, needsWheel('pip', PIP)];
let base: Base;
let flask = '';
/** An environment with pip: to be copied, never to be used itself. */
let original = '';
beforeAll(() => {
  if (here.some((need) => need !== undefined)) return;
  base = makeBase(undefined);
  flask = makeWheel(folder('wheels'), 'flask', '1.0', { script: true });
  original = makePipVenv(join(folder('original'), 'venv'), base);
});

/** The original at a new place of its own, and a copy of that. */
function copied(): { readonly old: string; readonly now: string } {
  const directory = folder('copied');
  const old = makePipVenv(join(directory, 'old'), base);
  const now = join(directory, 'new');
  cpSync(old, now, { recursive: true, verbatimSymlinks: true });
  return { old, now };
}

const shebang = (file: string) => read(file).split('\n')[0];
const importing = (venv: string, module: string, env = {}) =>
  run([join(venv, 'bin/python'), '-c', `import ${module}`], { env }).code === 0;

describe('a copied virtual environment', () => {
  claim(
    'its python finds its own prefix',
    () => {
      const { now } = copied();
      expect(must([join(now, 'bin/python'), '-c', 'import sys; print(sys.prefix)'])).toBe(now);
    },
    ...here,
  );

  claim(
    'its pip installs into the old one while that exists',
    () => {
      const { old, now } = copied();
      must([join(now, 'bin/pip'), 'install', flask]);
      expect([importing(old, 'flask'), importing(now, 'flask')]).toEqual([true, false]);
    },
    ...here,
  );

  claim(
    "its pip is 'not found' (127) once the old one is gone, in dash and in bash",
    () => {
      const { old, now } = copied();
      rmSync(old, { recursive: true });
      expect(existsSync(join(now, 'bin/pip'))).toBe(true);
      for (const shell of ['dash', 'bash']) {
        const { code, err } = run([shell, '-c', `${now}/bin/pip --version; exit $?`]);
        expect(err).toMatch(/not found|no such file/i);
        expect(code).toBe(127);
      }
      expect(run(['bash', '-c', `${now}/bin/pip --version; exit $?`]).err).toMatch(
        /required file not found|bad interpreter: No such file/,
      );
    },
    ...here,
    needs('dash'),
    needs('bash'),
  );

  claim(
    'python -m works in it, without the old one, and installs into the copy',
    () => {
      const { old, now } = copied();
      rmSync(old, { recursive: true });
      must([join(now, 'bin/python'), '-m', 'pip', 'install', flask]);
      expect(must([join(now, 'bin/python'), '-m', 'flask'])).toBe('');
      expect(importing(now, 'flask')).toBe(true);
    },
    ...here,
  );

  claim(
    'its activate names the old path',
    () => {
      const { old, now } = copied();
      expect(must(['sh', '-c', `. ${now}/bin/activate && echo "$VIRTUAL_ENV $PATH"`])).toMatch(
        new RegExp(`^${old} ${old}/bin:`),
      );
    },
    ...here,
  );

  claim(
    'its pyvenv.cfg still tells where it was made, from Python 3.11 on',
    () => expect(read(join(copied().now, 'pyvenv.cfg'))).toMatch(/^command = .* -m venv .*\/old$/m),
    ...here,
    minor(machine) >= 11 ? undefined : 'this Python is older',
  );

  claim(
    'python -m venv --upgrade does not mend it',
    () => {
      const { old, now } = copied();
      must([base.python, '-m', 'venv', '--upgrade', '--without-pip', now]);
      expect(shebang(join(now, 'bin/pip'))).toBe(`#!${old}/bin/python`);
    },
    ...here,
  );

  claim(
    'python -m venv over it mends activate, and not the shebang of pip',
    () => {
      const { old, now } = copied();
      must([base.python, '-m', 'venv', '--without-pip', now]);
      expect(must(['sh', '-c', `. ${now}/bin/activate && echo "$VIRTUAL_ENV"`])).toBe(now);
      expect(shebang(join(now, 'bin/pip'))).toBe(`#!${old}/bin/python`);
    },
    ...here,
  );

  claim(
    'at the same path in another image it works, as long as the interpreter is there',
    () => {
      const { old, now } = copied();
      rmSync(old, { recursive: true });
      cpSync(now, old, { recursive: true, verbatimSymlinks: true });
      must([join(old, 'bin/pip'), 'install', flask]);
      expect(must([join(old, 'bin/flask')])).toContain('ran ');
    },
    ...here,
  );

  claim(
    'without its interpreter nothing of it starts',
    () => {
      const gone = makeBase(undefined);
      const venv = makePipVenv(join(folder(), 'venv'), gone);
      rmSync(gone.python);
      expect(run([join(venv, 'bin/python'), '--version']).code).toBe(127);
      expect(run(['sh', '-c', `${venv}/bin/pip --version; exit $?`]).code).toBe(127);
    },
    ...here,
  );
});

describe('--copies', () => {
  claim(
    'copies the interpreter three times',
    () => {
      const venv = makeVenv(join(folder(), 'venv'), base, '--without-pip', '--copies');
      const names = ['python', 'python3', `python${machine.version}`];
      const sizes = names.map((name) => {
        const file = join(venv, 'bin', name);
        expect(lstatSync(file).isFile()).toBe(true);
        return statSync(file).size;
      });
      expect(new Set(sizes)).toEqual(new Set([statSync(machine.file).size]));
    },
    ...here,
  );

  claim(
    'is no more portable: the standard library, the shebangs and activate stay where they were',
    () => {
      const directory = folder('copies');
      const [old, now] = [join(directory, 'old'), join(directory, 'new')];
      makePipVenv(old, base, '--copies');
      cpSync(old, now, { recursive: true, verbatimSymlinks: true });
      expect(must([join(now, 'bin/python'), '-c', 'import os; print(os.__file__)'])).toBe(join(base.stdlib, 'os.py'));
      expect(shebang(join(now, 'bin/pip'))).toBe(`#!${old}/bin/python`);
      expect(must(['sh', '-c', `. ${now}/bin/activate && echo "$VIRTUAL_ENV"`])).toBe(old);
    },
    ...here,
  );

  claim(
    'without it, python3 and python3.X are links',
    () => {
      const bin = join(original, 'bin');
      expect(files(bin, /^python/).filter((name) => lstatSync(join(bin, name)).isFile())).toEqual([]);
    },
    ...here,
  );

  claim(
    'virtualenv --always-copy copies the interpreter as well, and is no more portable',
    () => {
      const directory = folder('copies');
      const [old, now] = [join(directory, 'old'), join(directory, 'new')];
      must([tool('virtualenv'), '--quiet', '--python', base.python, '--always-copy', old]);
      cpSync(old, now, { recursive: true, verbatimSymlinks: true });
      const copies = files(join(old, 'bin'), /^python[\d.]*$/).filter((name) =>
        lstatSync(join(old, 'bin', name)).isFile(),
      );
      expect(copies.length).toBeGreaterThan(0);
      expect(shebang(join(now, 'bin/pip'))).toContain(`${old}/bin/python`);
      expect(must(['sh', '-c', `. ${now}/bin/activate && echo "$VIRTUAL_ENV"`])).toBe(old);
    },
    ...here,
    needsTool('virtualenv'),
  );
});

describe('a virtual environment made from another one', () => {
  /** A base with `fromBase`, a parent with `fromParent`, and its child. */
  function family(...options: string[]): { readonly parent: string; readonly child: string; readonly base: Base } {
    const own = makeBase(undefined);
    const directory = folder('family');
    const parent = makeVenv(join(directory, 'parent'), own, '--without-pip');
    must([...own.pip, 'install', makeWheel(directory, 'inbase')]);
    must([...own.pip, '--python', join(parent, 'bin/python'), 'install', makeWheel(directory, 'inparent')]);
    const child = makeVenv(join(directory, 'child'), join(parent, 'bin/python'), '--without-pip', ...options);
    return { parent, child, base: own };
  }

  claim(
    'its base is the real interpreter, not the parent',
    () => {
      const { child, base: own } = family();
      expect(must([join(child, 'bin/python'), '-c', 'import sys; print(sys.base_prefix)'])).toBe(own.prefix);
      expect(read(join(child, 'pyvenv.cfg'))).toContain(`home = ${own.prefix}/bin\n`);
      expect([importing(child, 'inbase'), importing(child, 'inparent')]).toEqual([false, false]);
    },
    ...here,
  );

  claim(
    "--system-site-packages shows the base's packages, not the parent's",
    () => {
      const { child } = family('--system-site-packages');
      expect([importing(child, 'inbase'), importing(child, 'inparent')]).toEqual([true, false]);
    },
    ...here,
  );

  claim(
    "a .pth file with the parent's site-packages shows its modules, also to `pip list`, and not its scripts",
    () => {
      const { parent, child, base: own } = family();
      write(join(site(child), '_parent.pth'), `${site(parent)}\n`);
      expect([importing(child, 'inbase'), importing(child, 'inparent')]).toEqual([false, true]);
      expect(must([...own.pip, '--python', join(child, 'bin/python'), 'list'])).toContain('inparent');
      expect(files(join(child, 'bin'), /inparent/)).toEqual([]);
    },
    ...here,
  );

  claim(
    'a parent at ~/.local is the user site of a child with --system-site-packages, for this HOME and without -s only',
    () => {
      const own = makeBase(undefined);
      const HOME = folder('home');
      const parent = makeVenv(join(HOME, '.local'), own, '--without-pip');
      must([...own.pip, '--python', join(parent, 'bin/python'), 'install', makeWheel(folder(), 'inparent')]);
      const child = makeVenv(join(folder(), 'child'), own, '--without-pip', '--system-site-packages');
      const python = join(child, 'bin/python');
      const seen = (env: Env, ...args: string[]) => run([python, ...args, '-c', 'import inparent'], { env }).code === 0;
      expect([
        seen({ HOME }),
        seen({ HOME: folder('home') }),
        seen({ HOME }, '-s'),
        seen({ HOME, PYTHONNOUSERSITE: '1' }),
      ]).toEqual([true, false, false, false]);
      const isolated = makeVenv(join(folder(), 'child'), own, '--without-pip');
      expect(importing(isolated, 'inparent', { HOME })).toBe(false);
    },
    ...here,
  );

  claim(
    'PYTHONPATH shows them too, and to every other Python as well',
    () => {
      const { parent, child, base: own } = family();
      const env = { PYTHONPATH: site(parent) };
      expect(importing(child, 'inparent', env)).toBe(true);
      expect(run([own.python, '-c', 'import inparent'], { env }).code).toBe(0);
    },
    ...here,
  );
});

describe('an interpreter behind a virtual environment', () => {
  const other = here.every((need) => need === undefined) ? otherMinor() : undefined;

  claim(
    'of another minor version starts, and finds no packages',
    () => {
      const venv = makeVenv(join(folder(), 'venv'), base, '--without-pip');
      must([...base.pip, '--python', join(venv, 'bin/python'), 'install', flask]);
      must([
        'ln',
        '-sf',
        other?.file ?? '',
        join(venv, 'bin', readlinkSync(join(venv, 'bin/python')).split('/').at(-1) ?? ''),
      ]);
      must(['ln', '-sf', other?.file ?? '', join(venv, 'bin/python3')]);
      must(['ln', '-sf', other?.file ?? '', join(venv, 'bin/python')]);
      const code = 'import sys; print("%d.%d %s" % (*sys.version_info[:2], sys.prefix))';
      expect(must([join(venv, 'bin/python'), '-c', code])).toBe(`${other?.version} ${venv}`);
      expect(run([join(venv, 'bin/python'), '-c', 'import flask']).err).toContain('ModuleNotFoundError');
    },
    ...here,
    other === undefined ? 'the machine has Pythons of one minor version only' : undefined,
  );

  claim(
    'PYTHONHOME that is not the prefix of the base breaks the python of an environment',
    () => {
      const venv = makeVenv(join(folder(), 'venv'), base, '--without-pip');
      for (const PYTHONHOME of [venv, '/nowhere']) {
        const { code, err } = run([join(venv, 'bin/python'), '-c', ''], { env: { PYTHONHOME } });
        expect(err).toContain("No module named 'encodings'");
        expect(code).toBe(1);
      }
    },
    ...here,
  );

  claim(
    'PYTHONHOME that is the prefix of the base leaves it alone',
    () => {
      const venv = makeVenv(join(folder(), 'venv'), base, '--without-pip');
      must([...base.pip, '--python', join(venv, 'bin/python'), 'install', flask]);
      expect(importing(venv, 'flask', { PYTHONHOME: base.prefix })).toBe(true);
    },
    ...here,
  );

  claim(
    'a `home` in pyvenv.cfg that names a wrong folder does no harm while bin/python is good',
    () => {
      const { now } = copied();
      const cfg = join(now, 'pyvenv.cfg');
      write(cfg, read(cfg).replaceAll(`${base.prefix}/bin`, '/no/such/bin'));
      expect(read(cfg)).toContain('home = /no/such/bin\n');
      expect(run([join(now, 'bin/python'), '-m', 'pip', '--version'])).toMatchObject({ code: 0 });
    },
    ...here,
  );
});

describe('modes, scripts and bytecode', () => {
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

  for (const [mask, module, script, directory] of [
    ['077', '600', '755', '700'],
    ['027', '640', '755', '750'],
    ['022', '644', '755', '755'],
    ['002', '664', '775', '775'],
  ] as const) {
    claim(
      `umask ${mask}: modules ${module}, console scripts ${script}, folders ${directory}`,
      () => {
        const venv = join(folder(), 'venv');
        must(['sh', '-c', `umask ${mask}; "$0" -m venv --without-pip "$1"`, base.python, venv]);
        const install = `umask ${mask}; "$0" -m pip --python "$1/bin/python" install "$2"`;
        must(['sh', '-c', install, base.python, venv, flask]);
        expect([
          mode(join(site(venv), 'flask.py')),
          mode(join(venv, 'bin/flask')),
          mode(join(site(venv), 'flask-1.0.dist-info')),
        ]).toEqual([module, script, directory]);
        expect(mode(join(venv, 'lib'))).toBe(directory);
      },
      ...here,
    );
  }

  for (const [what, name] of [
    ['longer than a shebang may be', 'x'.repeat(120)],
    ['with a blank', 'with a blank'],
  ] as const) {
    claim(
      `a path ${what} makes scripts that start with #!/bin/sh and run`,
      () => {
        const venv = makePipVenv(join(folder(), name), base);
        must([join(venv, 'bin/python'), '-m', 'pip', 'install', flask]);
        expect(read(join(venv, 'bin/flask')).split('\n').slice(0, 2)).toEqual([
          '#!/bin/sh',
          `'''exec' ${name.includes(' ') ? `"${venv}/bin/python"` : `${venv}/bin/python`} "$0" "$@"`,
        ]);
        expect(must([join(venv, 'bin/flask')])).toContain('ran ');
      },
      ...here,
    );
  }

  claim(
    'python -m venv writes bytecode in spite of PYTHONDONTWRITEBYTECODE; virtualenv writes none',
    () => {
      const directory = folder();
      must([base.python, '-m', 'venv', join(directory, 'venv')], { env: { PYTHONDONTWRITEBYTECODE: '1' } });
      must([tool('virtualenv'), '--quiet', '--python', base.python, join(directory, 'virtualenv')]);
      expect(files(site(join(directory, 'venv')), /\.pyc$/).length).toBeGreaterThan(100);
      expect(files(site(join(directory, 'virtualenv')), /\.pyc$/)).toEqual([]);
    },
    ...here,
    needsTool('virtualenv'),
  );

  claim(
    'bytecode is stale once the time of its source changes, and hash-based bytecode is not',
    () => {
      const directory = folder();
      const file = write(join(directory, 'one.py'), 'x = 1\n');
      const stale = (...options: string[]) => {
        must([base.python, '-m', 'compileall', '-q', '-f', ...options, file]);
        const [name = ''] = files(directory, /\.pyc$/);
        const before = readFileSync(join(directory, name));
        must(['touch', '-d', '2001-01-01', file]);
        must([base.python, '-c', 'import one'], { cwd: directory });
        return !before.equals(readFileSync(join(directory, name)));
      };
      expect(stale()).toBe(true);
      expect(stale('--invalidation-mode', 'unchecked-hash')).toBe(false);
    },
    ...here,
  );

  claim(
    'virtualenv names its base in pyvenv.cfg, and its activate the path where it was made',
    () => {
      const venv = join(folder(), 'venv');
      must([tool('virtualenv'), '--quiet', '--no-seed', '--python', base.python, venv]);
      const cfg = read(join(venv, 'pyvenv.cfg'));
      for (const key of ['home', 'base-prefix', 'base-executable', 'virtualenv', 'version_info']) {
        expect(cfg).toMatch(new RegExp(`^${key} = `, 'm'));
      }
      expect(read(join(venv, 'bin/activate'))).toContain(venv);
    },
    ...here,
    needsTool('virtualenv'),
  );
});
