import { spawnSync } from 'node:child_process';
import { existsSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import {
  claim,
  type Env,
  environment,
  folder,
  isRoot,
  look,
  machine,
  makeBase,
  makeVenv,
  must,
  type Need,
  needs,
  needsPython,
  needsRoot,
  needsWheel,
  PIP,
  read,
  run,
  write,
} from './toolbox.ts';

// The rules of the family activation rest on these.
const here = [needsPython, needsWheel('pip', PIP)];

/** An environment that ENV PATH and ENV VIRTUAL_ENV would activate, and a program that tells what it sees of that. */
let venv = '';
let probe = '';
let home = '';
beforeAll(() => {
  if (here.some((need) => need !== undefined)) return;
  venv = makeVenv(join(folder('venv'), 'venv'), makeBase(undefined), '--without-pip');
  home = folder('home');
  probe = write(
    join(folder('probe'), 'probe'),
    '#!/bin/sh\necho "$(command -v python3) ${VIRTUAL_ENV-unset}"\n',
    0o755,
  );
});

const SYSTEM = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const active = (): Env => ({ PATH: `${venv}/bin:${SYSTEM}`, VIRTUAL_ENV: venv, HOME: home });

type Seen = readonly [python: 'venv' | 'base', variable: 'set' | 'unset'];

function seen({ code, out, err }: ReturnType<typeof run>): Seen {
  expect(code, err).toBe(0);
  const [python = '', variable] = out.trim().split('\n').at(-1)?.split(' ') ?? [];
  return [python.startsWith(`${venv}/`) ? 'venv' : 'base', variable === venv ? 'set' : 'unset'];
}

/** The files of a private view of the machine: nobody else sees them, and they are gone with the command. */
type View = Readonly<Record<string, string>>;

const needsViews: Need = !isRoot
  ? 'only root has a private view of /etc'
  : look(['unshare', '--mount', 'true']) === undefined
    ? 'mount namespaces are not allowed here'
    : undefined;

/** Runs a command with files of /etc as `view` has them; a path that ends in `/` is a folder with one file, `venv.sh`. */
function within(view: View, argv: readonly string[]): ReturnType<typeof run> {
  const mounts = Object.entries(view).map(([path, text]) => {
    const source = folder('view');
    if (path.endsWith('/')) write(join(source, 'venv.sh'), text, 0o644);
    else write(join(source, 'file'), text, 0o644);
    return `mount --bind ${path.endsWith('/') ? source : `${source}/file`} ${path}`;
  });
  return run(['unshare', '--mount', 'sh', '-ec', [...mounts, 'exec "$@"'].join('\n'), 'sh', ...argv], {
    env: active(),
  });
}

// Debian's own /etc/profile: what the others do about PATH is another claim.
const DEBIAN_PATH = 'PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"';
const needsProfile: Need =
  existsSync('/etc/profile') && read('/etc/profile').includes(DEBIAN_PATH) ? undefined : "/etc/profile is not Debian's";
const needsSecurePath: Need =
  isRoot && existsSync('/etc/sudoers') && read('/etc/sudoers').includes(`Defaults\tsecure_path="${SYSTEM}"`)
    ? undefined
    : "/etc/sudoers is not Debian's";
const needsNobody: Need = /^nobody:/m.test(read('/etc/passwd')) ? undefined : 'there is no user nobody';

/** Users who can log in, at homes that say nothing about PATH. */
const passwd = () => ({
  '/etc/passwd': read('/etc/passwd').replace(
    /^(root|nobody):(.*):[^:]*:[^:]*$/gm,
    (_line, user: string, rest: string) => `${user}:${rest}:${home}:/bin/bash`,
  ),
});
const profile = () => ({
  '/etc/profile.d/': `export VIRTUAL_ENV=${venv}\nexport PATH="$VIRTUAL_ENV/bin:$PATH"\n`,
});
const nothing = { '/etc/profile.d/': '' };
const securePath = () => `Defaults secure_path="${venv}/bin:${SYSTEM}"\n`;

describe('with ENV PATH and ENV VIRTUAL_ENV', () => {
  const users = [...here, needsRoot, needsNobody];
  const sudo = [...here, needsRoot, needs('sudo'), needsSecurePath];

  const row = (title: string, argv: () => readonly string[], expected: Seen, needed: readonly Need[]) =>
    claim(
      `${title}: python3 of the ${expected[0]}, VIRTUAL_ENV ${expected[1]}`,
      () => expect(seen(run(argv(), { env: active() }))).toEqual(expected),
      ...needed,
    );
  /** The same for login shells of users whose homes and shells we choose. */
  const login = (title: string, argv: () => readonly string[], expected: Seen, needed: readonly Need[]) =>
    claim(
      `${title}: python3 of the ${expected[0]}, VIRTUAL_ENV ${expected[1]}`,
      () => expect(seen(within({ ...passwd(), ...nothing }, argv()))).toEqual(expected),
      ...needed,
      needsViews,
      needsProfile,
    );

  for (const shell of ['sh', 'dash', 'bash']) {
    row(`${shell} -c`, () => [shell, '-c', probe], ['venv', 'set'], [...here, needs(shell)]);
    row(`${shell} -lc`, () => [shell, '-lc', probe], ['base', 'set'], [...here, needs(shell), needsProfile]);
  }
  row(
    'bash --login -c',
    () => ['bash', '--login', '-c', probe],
    ['base', 'set'],
    [...here, needs('bash'), needsProfile],
  );
  row('bash -ic', () => ['bash', '-ic', probe], ['venv', 'set'], [...here, needs('bash')]);
  row('env -i', () => ['env', '-i', probe], ['base', 'unset'], here);

  row('su USER -c', () => ['su', 'nobody', '-s', '/bin/sh', '-c', probe], ['venv', 'set'], [...users, needs('su')]);
  row(
    'su -p USER -c',
    () => ['su', '-p', 'nobody', '-s', '/bin/sh', '-c', probe],
    ['venv', 'set'],
    [...users, needs('su')],
  );
  row('runuser -u USER', () => ['runuser', '-u', 'nobody', '--', probe], ['venv', 'set'], [...users, needs('runuser')]);
  row(
    'setpriv --reuid USER',
    () => ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', probe],
    ['venv', 'set'],
    [...users, needs('setpriv')],
  );
  login('su - USER -c', () => ['su', '-', 'nobody', '-c', probe], ['base', 'unset'], [...users, needs('su')]);
  login('su -l USER -c', () => ['su', '-l', 'nobody', '-c', probe], ['base', 'unset'], [...users, needs('su')]);
  login(
    'runuser -l USER -c',
    () => ['runuser', '-l', 'nobody', '-c', probe],
    ['base', 'unset'],
    [...users, needs('runuser')],
  );
  login(
    'su -w VIRTUAL_ENV - USER -c',
    () => ['su', '-w', 'VIRTUAL_ENV', '-', 'nobody', '-c', probe],
    ['base', 'set'],
    [...users, needs('su')],
  );

  row('sudo', () => ['sudo', probe], ['base', 'unset'], sudo);
  row('sudo -u USER', () => ['sudo', '-u', 'nobody', probe], ['base', 'unset'], [...sudo, needsNobody]);
  row('sudo -E', () => ['sudo', '-E', probe], ['base', 'set'], sudo);
  row('sudo --preserve-env=PATH', () => ['sudo', '--preserve-env=PATH', probe], ['venv', 'unset'], sudo);
  row('sudo env PATH=$PATH', () => ['sudo', 'env', `PATH=${active().PATH}`, probe], ['venv', 'unset'], sudo);
  login('sudo -i', () => ['sudo', '-i', probe], ['base', 'unset'], sudo);
  login('sudo -i -u USER', () => ['sudo', '-i', '-u', 'nobody', probe], ['base', 'unset'], [...sudo, needsNobody]);
  login(
    'sudo su - USER -c',
    () => ['sudo', 'su', '-', 'nobody', '-c', probe],
    ['base', 'unset'],
    [...sudo, needs('su')],
  );

  const where = 'import os, sys; print(os.readlink("/proc/self/exe"), sys.prefix)';
  claim(
    "sudo --preserve-env=PATH looks commands up by secure_path still: the environment's are not found",
    () => {
      write(join(venv, 'bin/plimsoll-only-here'), '#!/bin/sh\n', 0o755);
      const { code, err } = run(['sudo', '--preserve-env=PATH', 'plimsoll-only-here'], { env: active() });
      expect(err).toContain('command not found');
      expect(code).toBe(1);
    },
    ...sudo,
  );

  claim(
    'sudo --preserve-env=PATH python3 starts the python3 of the base, which takes itself for that of the environment',
    () => {
      const out = must(['sudo', '--preserve-env=PATH', 'python3', '-c', where], { env: active() });
      expect(out).toBe(`${realpathSync('/usr/bin/python3')} ${venv}`);
    },
    ...sudo,
    existsSync('/usr/bin/python3') && !existsSync('/usr/local/bin/python3')
      ? undefined
      : 'another python3 is first on secure_path',
  );

  claim(
    'sudo with the absolute path of python3 runs that of the environment',
    () => {
      const out = must(['sudo', `${venv}/bin/python3`, '-c', 'import sys; print(sys.prefix)'], { env: active() });
      expect(out).toBe(venv);
    },
    ...sudo,
  );

  claim('cron jobs: python3 of the base, VIRTUAL_ENV unset', () => {}, 'a cron daemon would have to run for minutes');
});

describe('what mends it', () => {
  const sudo = [...here, needsRoot, needs('sudo'), needsSecurePath, needsViews, needsProfile];
  const sees = (view: View, argv: readonly string[]) => seen(within(view, argv));

  claim(
    'a file in /etc/profile.d mends login shells: bash -lc, sh -lc, su - and sudo -i',
    () => {
      const view = { ...passwd(), ...profile() };
      for (const argv of [
        ['bash', '-lc', probe],
        ['sh', '-lc', probe],
        ['su', '-', 'nobody', '-c', probe],
        ['sudo', '-i', probe],
        ['sudo', '-i', '-u', 'nobody', probe],
      ]) {
        expect(sees(view, argv), argv.join(' ')).toEqual(['venv', 'set']);
      }
    },
    ...sudo,
    needsNobody,
  );

  claim(
    'it does not mend plain sudo',
    () => expect(sees({ ...passwd(), ...profile() }, ['sudo', probe])).toEqual(['base', 'unset']),
    ...sudo,
  );

  claim(
    'secure_path mends plain sudo, and not sudo -i',
    () => {
      const view = { ...passwd(), ...nothing, '/etc/sudoers': `${read('/etc/sudoers')}\n${securePath()}` };
      expect(sees(view, ['sudo', probe])).toEqual(['venv', 'unset']);
      expect(sees(view, ['sudo', '-i', probe])).toEqual(['base', 'unset']);
    },
    ...sudo,
  );

  claim(
    'both together mend both',
    () => {
      const view = { ...passwd(), ...profile(), '/etc/sudoers': `${read('/etc/sudoers')}\n${securePath()}` };
      expect(sees(view, ['sudo', probe])).toEqual(['venv', 'unset']);
      expect(sees(view, ['sudo', '-i', probe])).toEqual(['venv', 'set']);
    },
    ...sudo,
  );

  claim(
    'an absolute path needs none of it',
    () => {
      for (const argv of [
        ['bash', '-lc', `${venv}/bin/python3 -c 'import sys; print(sys.prefix)'`],
        ['env', '-i', `${venv}/bin/python3`, '-c', 'import sys; print(sys.prefix)'],
      ]) {
        expect(must(argv, { env: active() })).toBe(venv);
      }
    },
    ...here,
    needs('bash'),
  );
});

describe('source and .', () => {
  const plain = (): Env => ({ PATH: SYSTEM, HOME: home });

  claim(
    'source is not found in dash, with exit code 127',
    () => {
      const { code, err } = run(['dash', '-c', `source ${venv}/bin/activate && echo done`], { env: plain() });
      expect(err).toContain('source: not found');
      expect(code).toBe(127);
    },
    ...here,
    needs('dash'),
  );

  claim(
    'the sh of Debian is dash',
    () => expect(readlinkSync('/bin/sh')).toMatch(/dash$/),
    machine.debian && existsSync('/etc/debian_version') ? undefined : 'not Debian',
  );

  claim(
    'source works in bash, . in both',
    () => {
      for (const argv of [
        ['bash', '-c', `source ${venv}/bin/activate && ${probe}`],
        ['bash', '-c', `. ${venv}/bin/activate && ${probe}`],
        ['dash', '-c', `. ${venv}/bin/activate && ${probe}`],
      ]) {
        expect(seen(run(argv, { env: plain() }))).toEqual(['venv', 'set']);
      }
    },
    ...here,
    needs('dash'),
    needs('bash'),
  );

  claim(
    '. looks for a name without a slash on PATH: dash finds no file of the working folder, bash does',
    () => {
      const cwd = folder('cwd');
      write(join(cwd, 'activate'), 'echo read\n');
      expect(run(['dash', '-c', '. activate'], { cwd, env: plain() })).toMatchObject({ code: 2, out: '' });
      expect(run(['dash', '-c', '. ./activate'], { cwd, env: plain() })).toMatchObject({ code: 0, out: 'read\n' });
      expect(run(['bash', '-c', '. activate'], { cwd, env: plain() })).toMatchObject({ code: 0, out: 'read\n' });
    },
    ...here,
    needs('dash'),
    needs('bash'),
  );

  claim(
    'what one shell activates the next one does not see, as from RUN to RUN',
    () => {
      must(['sh', '-c', `. ${venv}/bin/activate`], { env: plain() });
      expect(seen(run(['sh', '-c', probe], { env: plain() }))).toEqual(['base', 'unset']);
    },
    ...here,
  );
});

describe('start-up files', () => {
  /** Whether a shell reads the file that a variable names. */
  function reads(name: string, argv: readonly string[]): boolean {
    const file = write(join(folder('startup'), 'file'), 'echo was-read\n');
    const { code, out } = run(argv, { env: { HOME: home, [name]: file } });
    expect(code).toBe(0);
    return out.includes('was-read');
  }
  const script = (shebang: string) => write(join(folder('script'), 'script'), `${shebang}\n:\n`, 0o755);
  const both = [...here, needs('dash'), needs('bash')];

  claim(
    'BASH_ENV is read by bash -c, bash -lc and #!/bin/bash scripts',
    () => {
      for (const argv of [['bash', '-c', ':'], ['bash', '-lc', ':'], [script('#!/bin/bash')]]) {
        expect(reads('BASH_ENV', argv), argv.join(' ')).toBe(true);
      }
    },
    ...both,
  );

  claim(
    'BASH_ENV is not read by dash, sh, bash -ic, bash --posix and #!/bin/sh scripts',
    () => {
      for (const argv of [
        ['dash', '-c', ':'],
        ['sh', '-c', ':'],
        ['sh', '-lc', ':'],
        ['bash', '-ic', ':'],
        ['bash', '--posix', '-c', ':'],
        [script('#!/bin/sh')],
      ]) {
        expect(reads('BASH_ENV', argv), argv.join(' ')).toBe(false);
      }
    },
    ...both,
  );

  claim(
    'ENV is read by an interactive dash or sh only',
    () => {
      for (const argv of [
        ['dash', '-ic', ':'],
        ['sh', '-ic', ':'],
      ]) {
        expect(reads('ENV', argv), argv.join(' ')).toBe(true);
      }
      for (const argv of [
        ['dash', '-c', ':'],
        ['sh', '-c', ':'],
        ['sh', '-lc', ':'],
        ['bash', '-c', ':'],
        ['bash', '-ic', ':'],
        [script('#!/bin/sh')],
      ]) {
        expect(reads('ENV', argv), argv.join(' ')).toBe(false);
      }
    },
    ...both,
  );

  claim(
    '~/.bashrc is read by bash -ic, and not by bash -c, bash -lc and sh',
    () => {
      const HOME = folder('home');
      write(join(HOME, '.bashrc'), 'echo was-read\n');
      const read = (argv: readonly string[]) => run(argv, { env: { HOME } }).out.includes('was-read');
      expect(read(['bash', '-ic', ':'])).toBe(true);
      for (const argv of [
        ['bash', '-c', ':'],
        ['bash', '-lc', ':'],
        ['sh', '-c', ':'],
        ['sh', '-ic', ':'],
      ]) {
        expect(read(argv), argv.join(' ')).toBe(false);
      }
    },
    ...both,
  );

  for (const [title, file, reached] of [
    [
      'a user of Debian has a .bashrc that returns early: BASH_ENV does not get to the end of it',
      '/etc/skel/.bashrc',
      false,
    ],
    ['root of Debian has one that does not', '/usr/share/base-files/dot.bashrc', true],
  ] as const) {
    claim(
      title,
      () => {
        const BASH_ENV = write(join(folder('bashrc'), '.bashrc'), `${read(file)}\necho was-read\n`);
        expect(run(['bash', '-c', ':'], { env: { BASH_ENV } }).out.includes('was-read')).toBe(reached);
      },
      ...both,
      existsSync(file) && existsSync('/etc/debian_version') ? undefined : `there is no ${file} of Debian here`,
    );
  }
});

describe('who becomes the process', () => {
  function same(file: string, args: readonly string[]): boolean {
    const { status, stdout, pid } = spawnSync(file, args, { encoding: 'utf8', env: environment() });
    expect(status).toBe(0);
    return stdout.trim() === String(pid);
  }
  /** Whether the last program of a script runs in the place of the shell: as PID 1 it gets the signals. */
  function replaced(shell: string, text: string): boolean {
    const pid = write(join(folder('pid'), 'pid'), '#!/bin/sh\necho $$\n', 0o755);
    return same(shell, ['-c', text.replaceAll('PROGRAM', pid)]);
  }
  const run = (shell: string, text: string, expected: boolean) =>
    claim(
      `${shell} -c '${text}' ${expected ? 'becomes the program' : 'stays, with the program as its child'}`,
      () => expect(replaced(shell, text)).toBe(expected),
      ...here,
      needs(shell),
    );
  run('dash', 'PROGRAM', false);
  run('bash', 'PROGRAM', true);
  run('dash', 'true && PROGRAM', false);
  run('bash', 'true && PROGRAM', true);
  run('dash', 'true; PROGRAM', false);
  run('bash', 'true; PROGRAM', true);
  for (const shell of ['dash', 'bash']) {
    run(shell, 'true && exec PROGRAM', true);
    run(shell, 'true; exec PROGRAM', true);
    run(shell, 'PROGRAM && true', false);
    run(shell, 'PROGRAM | cat', false);
  }

  for (const shell of ['dash', 'bash']) {
    claim(
      `a ${shell} script stays, with its last program as its child; exec "$@" makes it the program`,
      () => {
        const pid = write(join(folder('pid'), 'pid'), '#!/bin/sh\necho $$\n', 0o755);
        for (const [last, expected] of [
          ['"$@"', false],
          ['exec "$@"', true],
        ] as const) {
          const file = write(join(folder('script'), 'entrypoint'), `#!/usr/bin/env ${shell}\nset -e\n${last}\n`, 0o755);
          expect(same(file, [pid]), last).toBe(expected);
        }
      },
      ...here,
      needs(shell),
    );
  }
});
