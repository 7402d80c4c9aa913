import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import type { Way } from '../../src/image/activation.ts';
import type { ImageConfig } from '../../src/image/config.ts';
import { scanLayer } from '../../src/image/layer.ts';
import { MODEL_BODIES, modelOf } from '../../src/image/model.ts';
import { FileTree } from '../../src/image/tree.ts';
import { configOf } from '../image/model-of.ts';
import {
  claim,
  type Env,
  folder,
  isRoot,
  look,
  makeBase,
  makeVenv,
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

// The table of `inspect`, made from the files of this machine, against what the shells, sudo and su of this machine do with
// the same files. Each view is a private one: nobody else sees it, and it is gone with the command.

const SYSTEM = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const here = [needsPython, needsWheel('pip', PIP)];
const needsViews: Need = !isRoot
  ? 'only root has a private view of /etc'
  : look(['unshare', '--mount', 'true']) === undefined
    ? 'mount namespaces are not allowed here'
    : undefined;
const needsSudoers: Need = existsSync('/etc/sudoers') ? undefined : 'sudo is not installed (scripts/install-tools.sh)';

let venv = '';
let base = '';
let home = '';
let probe = '';
beforeAll(() => {
  if (here.some((need) => need !== undefined)) return;
  const made = makeBase(undefined);
  base = made.image;
  venv = makeVenv(join(folder('venv'), 'venv'), made, '--without-pip');
  home = folder('home');
  probe = write(
    join(folder('probe'), 'probe'),
    '#!/bin/sh\nfor name in python python3 pip; do command -v $name || echo none; done\necho "${VIRTUAL_ENV-none}"\n',
    0o755,
  );
});

const active = (): Env => ({ PATH: `${venv}/bin:${SYSTEM}`, VIRTUAL_ENV: venv, HOME: home });
const config = (user: string): ImageConfig =>
  configOf({ user, env: [`PATH=${active().PATH}`, `VIRTUAL_ENV=${venv}`, `HOME=${home}`] });

/** Texts by path; a path that ends in `/` is a folder with one file, `venv.sh` or for sudoers `venv`. */
type View = Readonly<Record<string, string>>;

function within(view: View, argv: readonly string[]): ReturnType<typeof run> {
  const mounts = Object.entries(view).map(([path, text]) => {
    const source = folder('view');
    if (path.endsWith('/'))
      write(
        join(source, path.includes('sudoers') ? 'venv' : 'venv.sh'),
        text,
        path.includes('sudoers') ? 0o440 : 0o644,
      );
    else write(join(source, 'file'), text, 0o644);
    return `mount --bind ${path.endsWith('/') ? source : `${source}/file`} ${path}`;
  });
  return run(['unshare', '--mount', 'sh', '-ec', [...mounts, 'exec "$@"'].join('\n'), 'sh', ...argv], {
    env: active(),
  });
}

/** The table of an image that holds what the view holds. */
async function tableOf(view: View, user: string): Promise<ReadonlyMap<Way, readonly string[]>> {
  const archive = join(folder('archive'), 'root.tar');
  const paths = [
    'etc',
    'bin',
    'sbin',
    'usr/bin',
    'usr/sbin',
    'usr/local/bin',
    'usr/lib/sudo',
    venv.slice(1),
    base.slice(1),
    home.slice(1),
  ];
  const there = paths.filter((path) => existsSync(`/${path}`));
  const { code } = within(view, ['tar', 'cf', archive, '-C', '/', '--ignore-failed-read', ...there]);
  expect(code).toBe(0);
  const tree = new FileTree();
  tree.apply((await scanLayer(createReadStream(archive), 'layer 0', { bodies: MODEL_BODIES })).entries);
  const { activations } = await modelOf(tree, config(user));
  const names = (chain: { found: string | undefined } | undefined): string => chain?.found ?? 'none';
  return new Map(
    activations.map((row) => [
      row.how,
      [names(row.python), names(row.python3), names(row.pip), row.virtualEnv ?? 'none'],
    ]),
  );
}

const ROOT_LINE = (): string =>
  read('/etc/passwd').replace(/^root:(.*):[^:]*:[^:]*$/m, (_, rest: string) => `root:${rest}:${home}:/bin/bash`);
const users = (): View => ({ '/etc/passwd': ROOT_LINE() });
const nothing = { '/etc/profile.d/': '' };
const profile = () => ({ '/etc/profile.d/': `export VIRTUAL_ENV=${venv}\nexport PATH="$VIRTUAL_ENV/bin:$PATH"\n` });
const activated = () => ({ '/etc/profile.d/': `. ${venv}/bin/activate\n` });
const sudoers = () => ({ '/etc/sudoers.d/': `Defaults secure_path="${venv}/bin:${SYSTEM}"\n` });
const kept = () => ({ '/etc/sudoers.d/': 'Defaults env_keep += "VIRTUAL_ENV LANG_*"\nDefaults !secure_path\n' });
const pathmunge = () => ({
  '/etc/profile': [
    'pathmunge () {',
    '    case ":${PATH}:" in',
    '        *:"$1":*) ;;',
    '        *) if [ "$2" = "after" ] ; then PATH=$PATH:$1; else PATH=$1:$PATH; fi',
    '    esac',
    '}',
    'if [ -x /usr/bin/id ]; then',
    '    if [ -z "$EUID" ]; then EUID=`/usr/bin/id -u`; UID=`/usr/bin/id -ru`; fi',
    'fi',
    'if [ "$EUID" = "0" ]; then pathmunge /usr/sbin; else pathmunge /usr/local/sbin after; fi',
    'export PATH',
    'for i in /etc/profile.d/*.sh ; do',
    '    if [ -r "$i" ]; then',
    '        if [ "${-#*i}" != "$-" ]; then . "$i"; else . "$i" >/dev/null; fi',
    '    fi',
    'done',
    'unset -f pathmunge',
    '',
  ].join('\n'),
});

const ways: readonly (readonly [Way, () => readonly string[], ...Need[]])[] = [
  ['exec', () => [probe]],
  ['sh', () => ['sh', '-c', probe]],
  ['login-shell', () => ['bash', '-lc', probe], needs('bash')],
  ['sudo', () => ['sudo', probe], needs('sudo'), needsSudoers],
  ['sudo-login', () => ['sudo', '-i', probe], needs('sudo'), needsSudoers],
  ['su-login', () => ['su', '-', 'root', '-c', probe], needs('su')],
];
const views: Readonly<Record<string, () => View>> = {
  'as Debian has it': () => ({ ...nothing }),
  'with a file in profile.d': profile,
  'with activate in profile.d': activated,
  'with secure_path': () => ({ ...nothing, ...sudoers() }),
  'with both': () => ({ ...profile(), ...sudoers() }),
  'without secure_path, VIRTUAL_ENV kept': () => ({ ...nothing, ...kept() }),
  'with a profile that munges, as Fedora has it': () => ({ ...nothing, ...pathmunge() }),
  'with PATH in /etc/environment': () => ({ ...nothing, '/etc/environment': `PATH="${venv}/bin:${SYSTEM}"\n` }),
};

describe('the table of activation is what happens', () => {
  for (const [title, view] of Object.entries(views))
    claim(
      title,
      async () => {
        const whole = { ...users(), ...view() };
        const table = await tableOf(whole, '0');
        const real = new Map<Way, readonly string[]>();
        for (const [way, argv, ...needed] of ways) {
          if (needed.some((need) => need !== undefined)) continue;
          const { code, out, err } = within(whole, argv());
          expect([code, err]).toEqual([0, '']);
          real.set(way, out.trim().split('\n'));
        }
        expect(real.size).toBeGreaterThan(3);
        expect(Object.fromEntries([...table].filter(([way]) => real.has(way)))).toEqual(Object.fromEntries(real));
      },
      ...here,
      needsRoot,
      needsViews,
    );
});

describe('the table of access is what happens', () => {
  claim(
    'for a UID that nobody knows in group 0, and for a user of its own',
    async () => {
      const place = folder('access');
      const modes = [0o700, 0o750, 0o755, 0o770, 0o775, 0o711, 0o744, 0o777, 0o070, 0o007, 0o570];
      const owners = ['0:0', '1001:0', '1001:1001', '1000700000:0', '0:1001'];
      const paths: string[] = [];
      for (const mode of modes)
        for (const owner of owners) {
          const directory = join(place, `${mode.toString(8)}-${owner.replace(':', '-')}`);
          write(join(directory, 'deep/file'), '#!/bin/sh\n', mode);
          run(['chmod', mode.toString(8), directory]);
          run(['chown', '-R', owner, directory]);
          paths.push(directory, join(directory, 'deep/file'));
        }
      const archive = join(folder('archive'), 'access.tar');
      run(['tar', 'cf', archive, '--numeric-owner', '-C', '/', place.slice(1)]);
      const tree = new FileTree();
      tree.apply((await scanLayer(createReadStream(archive), 'layer 0', { bodies: [] })).entries);
      const { files } = await modelOf(tree, undefined);
      for (const [uid, gid] of [
        [1000700000, 0],
        [1001, 1001],
        [1001, 0],
      ] as const) {
        const script =
          'for path; do for right in r w x; do test -$right "$path" && printf 1 || printf 0; done; echo; done';
        const { out } = run([
          'setpriv',
          '--reuid',
          String(uid),
          '--regid',
          String(gid),
          '--clear-groups',
          'sh',
          '-c',
          script,
          'sh',
          ...paths,
        ]);
        const who = { uid, gid, groups: [gid] };
        const ours = paths.map((path) =>
          (['read', 'write', 'execute'] as const)
            .map((right) => (files.access(path, right, who).isAllowed ? '1' : '0'))
            .join(''),
        );
        expect(Object.fromEntries(paths.map((path, at) => [path, ours[at]]))).toEqual(
          Object.fromEntries(paths.map((path, at) => [path, out.split('\n')[at]])),
        );
      }
    },
    needsRoot,
    needs('setpriv'),
  );
});
