import type { ImageExample, ImageFileExample } from '../../scripts/rule-files.ts';
import type { Rule } from '../../src/engine/rule.ts';
import { type ImageSubject, subjectOf } from '../../src/image/subject.ts';
import { configOf, ELF, type Given, type Layer, modelOfLayers } from '../image/model-of.ts';

/** Debian 13's python3, its marker as dpkg packaged it, and what decides PATH, as far as examples need it. */
const DEBIAN: Layer = {
  '/bin/sh': ELF,
  '/bin/bash': ELF,
  '/usr/bin/env': ELF,
  '/usr/bin/python3.13': ELF,
  '/usr/bin/python3': '-> python3.13',
  '/usr/lib/python3.13/os.py': 'import sys\n',
  '/usr/lib/python3.13/EXTERNALLY-MANAGED': '[externally-managed]\n',
  '/root/': { type: '5', mode: 0o700 },
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
  '/etc/profile': [
    'if [ "$(id -u)" -eq 0 ]; then PATH="/usr/sbin:/usr/bin:/sbin:/bin"; else PATH="/usr/bin:/bin"; fi',
    'for i in /etc/profile.d/*.sh; do if [ -r $i ]; then . $i; fi; done',
    '',
  ].join('\n'),
  '/var/lib/dpkg/status': ['libpython3.13-stdlib', 'python3.13-minimal', 'python3-minimal']
    .map((name) => `Package: ${name}\nStatus: install ok installed\nVersion: 3.13.5\n`)
    .join('\n'),
  '/var/lib/dpkg/info/libpython3.13-stdlib.list': '/usr/lib/python3.13/EXTERNALLY-MANAGED\n/usr/lib/python3.13/os.py\n',
  '/var/lib/dpkg/info/python3.13-minimal.list': '/usr/bin/python3.13\n',
  '/var/lib/dpkg/info/python3-minimal.list': '/usr/bin/python3\n',
};

/** An example's image as a rule is shown it. */
export async function subjectFor(image: ImageExample, { check }: Rule): Promise<ImageSubject> {
  const base = image.base === undefined ? [] : [DEBIAN];
  const own = (image.layers ?? []).map(
    (layer): Layer => Object.fromEntries(Object.entries(layer).flatMap(([path, file]) => givensOf(path, file))),
  );
  const { entrypoint, cmd, ...rest } = image.config ?? {};
  const config = configOf({ ...rest, entrypoint: entrypoint ?? null, cmd: cmd ?? null });
  const model = await modelOfLayers([...base, ...own], config, check.bodies);
  return subjectOf(model, config, model.files.tree.waste, base.length);
}

function givensOf(path: string, file: ImageFileExample): [string, Given][] {
  const modules = typeof file === 'string' ? 0 : (file.modules ?? 0);
  return [
    [path, givenOf(path, file)],
    ...Array.from({ length: modules }, (_, at): [string, Given] => [`${path}m${at}.py`, '']),
  ];
}

function givenOf(path: string, file: ImageFileExample): Given {
  if (typeof file === 'string') return file === 'ELF' ? ELF : file;
  const { text = '', repeat, mode, uid = 0, gid = 0, elf, capability } = file;
  return {
    type: path.endsWith('/') ? '5' : '0',
    body: elf !== undefined ? programFor(elf) : repeat === undefined ? text : 'x'.repeat(repeat),
    uid,
    gid,
    ...(mode === undefined ? {} : { mode: Number.parseInt(mode, 8) }),
    ...(capability === undefined ? {} : { records: { 'SCHILY.xattr.security.capability': '\u0001' } }),
  };
}

function programFor(machine: number): Buffer {
  const program = Buffer.from(ELF);
  program.writeUInt16LE(machine, 18);
  return program;
}
