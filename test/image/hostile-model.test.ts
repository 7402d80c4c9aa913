import { expect, test } from 'vitest';
import { type Layer, modelOfLayers } from './model-of.ts';

/** Texts that cost a careless reader minutes; each has to be read within the time that a test has. */
const profiles: Readonly<Record<string, string>> = {
  'a file that reads itself': `# ${'x'.repeat(200_000)}\n. /etc/profile\n. /etc/profile\n`,
  'a text that doubles': `${'a=$a$a$a\n'.repeat(30)}for i in $a; do b=$i; done\nPATH=$a\n`.replace('a=$a', 'a=xxxx'),
  'a pattern with many stars': `case ${'a'.repeat(4000)} in ${'*a'.repeat(100)}b) ;; esac\na=${'b'.repeat(500)}\nPATH=\${a%%${'*b'.repeat(60)}c}\n`,
  'many things that may be': `${'foo && a=1\n'.repeat(20_000)}`,
};

for (const [name, profile] of Object.entries(profiles))
  test(`/etc/profile: ${name}`, async () => {
    const { activations } = await modelOfLayers([{ '/bin/sh': 'x', '/etc/profile': profile }], {
      env: Array.from({ length: 2000 }, (_, at) => `V${at}=x`),
    });
    expect(activations.map(({ how }) => how)).toContain('exec');
  });

const others: Readonly<Record<string, Layer>> = {
  'blank lines': {
    '/bin/su': 'x',
    '/etc/environment': '\n'.repeat(250_000),
    '/etc/login.defs': '\n'.repeat(250_000),
    '/etc/crontab': '\n'.repeat(250_000),
  },
  'env_keep with many stars': { '/usr/bin/sudo': 'x', '/etc/sudoers': `Defaults env_keep += "${'*a'.repeat(200)}b"\n` },
  'noextract with many stars': {
    '/var/db/xbps/pkgdb-0.38.plist': '<key>pkgver</key><string>python3-3.12_1</string>',
    '/var/db/xbps/.python3-files.plist': `<dict><string>/${'a/'.repeat(40)}lib/python3.12/EXTERNALLY-MANAGED</string></dict>`,
    '/etc/xbps.d/x.conf': `noextract=${'*a'.repeat(200)}b\n`,
    [`/${'a/'.repeat(40)}bin/python3.12`]: 'x',
  },
  'sudoers that includes itself': {
    '/usr/bin/sudo': 'x',
    '/etc/sudoers': '@include /etc/sudoers\n@includedir /etc\n'.repeat(50),
  },
};

for (const [name, layer] of Object.entries(others))
  test(name, async () => {
    const { activations } = await modelOfLayers([layer], { env: [`${'a'.repeat(400)}=x`, 'PATH=/bin'] });
    expect(activations.length).toBeGreaterThan(0);
  });

test('the pattern of noextract is asked', async () => {
  const { python } = await modelOfLayers([others['noextract with many stars'] ?? {}], {});
  expect(python.interpreters.map(({ marker }) => marker.owner)).toEqual(['python3']);
});

test('things that are not what they should be', async () => {
  const { python, activations, accesses } = await modelOfLayers(
    [
      {
        '/etc/passwd': '-> /etc/group',
        '/etc/group': '-> /etc/passwd',
        '/etc/profile/': '',
        '/bin': '-> /usr/bin',
        '/usr/bin': '-> /bin',
        '/opt/venv/pyvenv.cfg/': '',
        '/opt/other/pyvenv.cfg': '= = =\n\u0000home',
        '/opt/other/bin/python': '-> python',
      },
    ],
    { user: ':', env: ['NOEQUALS', '=x', 'PATH=::/bin:'], cmd: [''], workdir: '' },
  );
  expect(python.interpreters).toEqual([]);
  expect(python.environments.map(({ path }) => path)).toEqual(['/opt/other']);
  expect(activations.map(({ how }) => how)).toEqual(['exec']);
  expect(accesses.length).toBeGreaterThan(0);
});
