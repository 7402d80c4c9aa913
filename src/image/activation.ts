import { matchesPattern, parsePattern } from '../shell/patterns.ts';
import type { StartupWorld } from '../shell/startup-tests.ts';
import { evaluateStartup } from '../shell/unbash-startup.ts';
import type { Variables } from '../shell/unbash-startup-words.ts';
import type { BodyWish } from './bodies.ts';
import type { ImageConfig } from './config.ts';
import { DEFAULT_PATH, type ExecChain, type ImagePython, resolveCommand } from './exec.ts';
import type { FileSystem, Right } from './file-system.ts';
import { sudoersOf } from './sudoers.ts';
import { accountsOf, type ImageUser, userOf } from './users.ts';

const KB = 1024;

/** What decides the environment of shells, sudo, su and cron. */
export const ACTIVATION_BODIES: readonly BodyWish[] = [
  { glob: 'etc/{passwd,group,profile,bash.bashrc,bashrc,login.defs,environment,sudoers,crontab}', limit: 256 * KB },
  { glob: 'etc/{sudoers.d,cron.d}/*', limit: 64 * KB },
  // Wherever: in /etc/profile.d stand links to those of systemd and conda.
  { glob: '**/profile.d/*', limit: 64 * KB },
  { glob: 'var/spool/cron/**', limit: 64 * KB },
  { glob: '**/.{profile,bash_profile,bash_login,bashrc}', limit: 64 * KB },
];

export type Way = 'exec' | 'sh' | 'login-shell' | 'sudo' | 'sudo-login' | 'su-login' | 'cron';

/** Which Python somebody gets who enters the container in one of the ways. */
export interface Activation {
  readonly how: Way;
  readonly user: ImageUser;
  /** PATH there; undefined where what is not known decides it. */
  readonly path: string | undefined;
  readonly python: ExecChain | undefined;
  readonly python3: ExecChain | undefined;
  readonly pip: ExecChain | undefined;
  /** VIRTUAL_ENV there; undefined where it is not set, null where only running would tell. */
  readonly virtualEnv: string | null | undefined;
}

/** The ways into a container of the image that there are, each with what it finds. */
export function activationsOf(files: FileSystem, python: ImagePython, config: ImageConfig): Activation[] {
  const user = userOf(files, config.user);
  if (user === undefined) return [];
  const root = userOf(files, '0') ?? user;
  const engine = engineVariables(config, user);
  const rows: Activation[] = [];
  const row = (how: Way, who: ImageUser, variables: Variables): void => {
    const path = variables.get('PATH') ?? undefined;
    const cwd = how === 'su-login' || how === 'sudo-login' ? who.home : config.workdir;
    const find = (name: string): ExecChain | undefined =>
      path === undefined ? undefined : resolveCommand(files, python, { name, path, user: who, cwd });
    const virtualEnv = variables.get('VIRTUAL_ENV');
    rows.push({
      how,
      user: who,
      path,
      virtualEnv: virtualEnv === '' ? undefined : virtualEnv,
      python: find('python'),
      python3: find('python3'),
      pip: find('pip'),
    });
  };
  row('exec', user, engine);
  if (files.isFile('/bin/sh')) {
    row('sh', user, engine);
    row('login-shell', user, login(files, user, engine));
  }
  if (['/usr/bin/sudo', '/bin/sudo', '/usr/local/bin/sudo'].some((path) => files.isFile(path))) {
    const variables = sudo(files, user, root, engine);
    row('sudo', root, variables);
    row('sudo-login', root, login(files, root, variables));
  }
  const su = ['/bin/su', '/usr/bin/su'].find((path) => files.isFile(path));
  if (su !== undefined) {
    // Who has no shell cannot be entered this way.
    const isOpen = accountsOf(files).some(({ uid }) => uid === user.uid) && !/\/(?:nologin|false)$/.test(user.shell);
    const target = isOpen ? user : root;
    row('su-login', target, login(files, target, substituted(files, target, isBusybox(files, su))));
  }
  const cron = ['/usr/sbin/cron', '/usr/sbin/crond'].find((path) => files.isFile(path));
  if (cron !== undefined || files.isFile('/etc/crontab')) {
    // busybox's crond hands on what it was started with; the others set what cron(8) names.
    const isHandedOn = cron !== undefined && isBusybox(files, cron);
    const path = /^[ \t]*PATH[ \t]*=[ \t]*["']?([^"'\s]+)/m.exec(files.text('/etc/crontab') ?? '')?.[1];
    row(
      'cron',
      root,
      isHandedOn
        ? engine
        : new Map([
            ['PATH', path ?? '/usr/bin:/bin'],
            ['HOME', root.home],
          ]),
    );
  }
  return rows;
}

/** What an engine sets: the image's variables, PATH and HOME where they are missing. */
function engineVariables(config: ImageConfig, user: ImageUser): Variables {
  const variables = new Map<string, string>([
    ['PATH', DEFAULT_PATH],
    ['HOME', user.home],
  ]);
  for (const entry of config.env) {
    const equals = entry.indexOf('=');
    if (equals > 0) variables.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  return variables;
}

/** What a login shell of the user makes of its variables. Unknown shells read files that nobody here knows. */
function login(files: FileSystem, user: ImageUser, given: Variables): Variables {
  const shell = shellOf(files, user);
  const isBash = /\/bash$/.test(files.resolve(shell).path);
  const variables = new Map(given);
  const home = variables.get('HOME') ?? user.home;
  if (isBash) {
    variables.set('BASH', shell);
    variables.set('BASH_VERSION', '5.2.0(1)-release');
  }
  const own = (isBash && !/\/sh$/.test(shell) ? ['.bash_profile', '.bash_login', '.profile'] : ['.profile'])
    .map((name) => `${home}/${name}`)
    .find((path) => files.isFile(path));
  return evaluateStartup(['/etc/profile', ...(own === undefined ? [] : [own])], variables, worldOf(files, user));
}

/** The user's own shell where it is one that can be followed, else bash where there is one, else sh. */
function shellOf(files: FileSystem, { shell }: ImageUser): string {
  if (/\/(?:bash|sh|dash|ash)$/.test(shell) && files.isFile(shell)) return shell;
  return files.isFile('/bin/bash') ? '/bin/bash' : '/bin/sh';
}

function worldOf(files: FileSystem, user: ImageUser): StartupWorld {
  const right: Readonly<Record<string, Right>> = { '-r': 'read', '-w': 'write', '-x': 'execute' };
  return {
    uid: user.uid,
    userName: user.name,
    test: (operator, path) => {
      const node = files.find(path);
      switch (operator) {
        case '-e':
          return node !== undefined;
        case '-f':
          return node?.inode.type === '0';
        case '-d':
          return node?.children !== undefined;
        case '-s':
          return (node?.inode.size ?? 0) > 0;
        case '-L':
        case '-h':
          return files.resolve(path, { last: 'keep' }).node?.inode.type === '2';
        default: {
          const wanted = right[operator];
          return wanted === undefined ? undefined : files.access(path, wanted, user).isAllowed;
        }
      }
    },
    list: (directory) => files.list(directory),
    text: (path) => files.text(path),
  };
}

/** sudo without -i: variables of the caller only where sudoers keeps them, PATH from secure_path (sudo(8), sudoers(5)). */
function sudo(files: FileSystem, invoker: ImageUser, target: ImageUser, given: Variables): Variables {
  const { securePath, resets, keeps } = sudoersOf(files, invoker.name, target.name);
  const patterns = keeps.map((kept) => parsePattern(kept));
  const isKept = (name: string): boolean => !resets || patterns.some((pattern) => matchesPattern(pattern, name));
  const variables = new Map([...given].filter(([name]) => name === 'PATH' || isKept(name)));
  if (securePath !== undefined) variables.set('PATH', securePath);
  variables.set('HOME', target.home);
  return variables;
}

/** `su -` before the shell: nothing of the caller stays; PATH comes from login.defs(5), then from /etc/environment (pam_env(8)). */
function substituted(files: FileSystem, target: ImageUser, isBusybox: boolean): Variables {
  const isRoot = target.uid === 0;
  // busybox, libbb/setup_environment.c; util-linux, include/pathnames.h.
  const own = isBusybox
    ? isRoot
      ? '/sbin:/usr/sbin:/bin:/usr/bin'
      : '/bin:/usr/bin'
    : isRoot
      ? '/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin'
      : '/usr/local/bin:/bin:/usr/bin';
  const definitions = isBusybox ? '' : (files.text('/etc/login.defs') ?? '');
  const defined = new RegExp(`^[ \\t]*${isRoot ? 'ENV_(?:SU|ROOT)PATH' : 'ENV_PATH'}[ \\t]+(?:PATH=)?(\\S+)`, 'm').exec(
    definitions,
  )?.[1];
  const variables = new Map([
    ['PATH', defined ?? own],
    ['HOME', target.home],
  ]);
  if (isBusybox) return variables;
  // A later line holds against an earlier one.
  for (const line of (files.text('/etc/environment') ?? '').split('\n')) {
    const [, name, value] = /^[ \t]*(?:export[ \t]+)?(\w+)=["']?([^"']*)["']?[ \t]*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) variables.set(name, value);
  }
  return variables;
}

function isBusybox(files: FileSystem, path: string): boolean {
  return /\/(?:busybox|bbsuid)$/.test(files.resolve(path).path);
}
