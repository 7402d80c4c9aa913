import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { archive, type Member } from '../image/archives.ts';
import { makeWheel } from '../tools/toolbox.ts';
import { folder, missing, run } from './engines.ts';
import { finish } from './sample.ts';

const made = join(import.meta.dirname, '../../node_modules/.cache/plimsoll-engines/debian');

/** Why the images of `buildBases` cannot be made; undefined where they can. */
export function needsBases(): string | undefined {
  const absent = missing('dockerd', 'unzip');
  if (absent !== undefined) return absent;
  const isThere = existsSync(join(made, 'debian.tar')) && existsSync(join(made, 'wheels/.done'));
  return isThere ? undefined : 'the Debian to build on is not there (scripts/debian-base.sh)';
}

/** Dockerfiles name images of registries: here stand those that have their name, and need no network. */
const SETTINGS = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'DEBIAN_FRONTEND=noninteractive',
  'UV_OFFLINE=1',
  'UV_FIND_LINKS=/wheels',
  'UV_PYTHON_DOWNLOADS=never',
];

/**
 * Debian's Python put to /usr/local as docker-library's is: unmarked, with pip, its packages in site-packages, and no Python of the
 * distribution beside it. Its site module, which is frozen, knows dist-packages alone: that is a link.
 */
const OFFICIAL = `FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv && rm -rf /var/lib/apt/lists/* \\
 && cp /usr/bin/python3.11 /usr/local/bin/ && cp -a /usr/lib/python3.11 /usr/local/lib/ \\
 && rm /usr/local/lib/python3.11/EXTERNALLY-MANAGED && cp -a /usr/share/python-wheels /tmp/ \\
 && sed -i "s/prefix_scheme = 'posix_local'/prefix_scheme = 'posix_prefix'/" /usr/local/lib/python3.11/sysconfig.py \\
 && dpkg --purge --force-all $(dpkg-query -W -f '\${Package} ' '*python3*') \\
 && rm -rf /usr/local/lib/python3.11/dist-packages && mkdir -p /usr/local/lib/python3.11/site-packages \\
 && ln -s site-packages /usr/local/lib/python3.11/dist-packages \\
 && ln -s python3.11 /usr/local/bin/python3 && ln -s python3.11 /usr/local/bin/python \\
 && mv /tmp/python-wheels /usr/share/ && wheel=$(echo /usr/share/python-wheels/pip-*.whl) \\
 && python3 $wheel/pip install --no-cache-dir --find-links /usr/share/python-wheels pip setuptools
`;

/** Packages of one module, with a script where one is named. */
const PACKAGES = { flask: true, gunicorn: true } as const;

/** Makes debian:12-slim and its other tags, python:3.11-slim, and uv's image, all from files of this machine. */
export async function buildBases(docker: Docker): Promise<void> {
  const stream = createReadStream(join(made, 'debian.tar'));
  await finish(docker, await docker.importImage(stream as never, { repo: 'localhost/debian', tag: '12' }));
  const wheels = join(folder, 'own-wheels');
  mkdirSync(wheels, { recursive: true });
  for (const [name, script] of Object.entries(PACKAGES)) makeWheel(wheels, name, '1.0', { script });
  const files = [wheels, join(made, 'wheels')].flatMap((directory) =>
    readdirSync(directory)
      // uv comes as an image of its own.
      .filter((name) => name.endsWith('.whl') && !name.startsWith('uv-'))
      .map((name): Member => ({ name: `wheels/${name}`, body: readFileSync(join(directory, name)) })),
  );
  files.push({
    name: 'pip.conf',
    body: '[global]\nno-index = true\nfind-links = /wheels\ndisable-pip-version-check = true\n',
  });
  const settings = SETTINGS.map((setting) => `ENV ${setting}`).join('\n');
  await build(
    docker,
    `FROM localhost/debian:12\nCOPY wheels /wheels\nCOPY pip.conf /etc/pip.conf\n${settings}\nCMD ["bash"]\n`,
    'debian:12-slim',
    files,
  );
  for (const tag of ['12', 'bookworm', 'bookworm-slim'])
    await docker.getImage('debian:12-slim').tag({ repo: 'debian', tag });
  await build(docker, OFFICIAL, 'python:3.11-slim');
  await docker.getImage('python:3.11-slim').tag({ repo: 'python', tag: '3.11' });
  const wheel = readdirSync(join(made, 'wheels')).find((name) => name.startsWith('uv-')) ?? '';
  run('unzip', '-qjo', join(made, 'wheels', wheel), '*/scripts/uv', '-d', folder);
  const uv = readFileSync(join(folder, 'uv'));
  await build(docker, 'FROM scratch\nCOPY uv /uv\n', 'ghcr.io/astral-sh/uv:0.9.5', [
    { name: 'uv', mode: 0o755, body: uv },
  ]);
}

/** What the samples copy: a small application, and what each installer wants to know of it. */
const CONTEXT: readonly Member[] = [
  { name: 'requirements.txt', body: 'flask==1.0\ngunicorn==1.0\n' },
  { name: 'app/__init__.py', body: '' },
  { name: 'app/wsgi.py', body: 'import flask\nprint("serves", flask.VERSION)\n' },
  { name: 'README.md', body: 'A shop.\n' },
  {
    name: 'pyproject.toml',
    body: `[tool.poetry]
name = "shop"
version = "1.0.0"
description = "A shop"
authors = ["Nobody <nobody@example.com>"]
readme = "README.md"

[tool.poetry.dependencies]
python = ">=3.10"

[tool.poetry.scripts]
shop = "shop:main"

[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
`,
  },
  { name: 'shop/__init__.py', body: 'def main():\n    print("open")\n' },
  { name: 'Pipfile', body: '[packages]\nflask = {file = "/wheels/flask-1.0-py3-none-any.whl"}\n' },
];

/** Builds a Dockerfile with the classic builder, without a network; throws with the end of its log where it fails. */
export async function build(
  docker: Docker,
  dockerfile: string,
  tag: string,
  context: readonly Member[] = CONTEXT,
): Promise<void> {
  const files = archive({ name: 'Dockerfile', body: dockerfile }, ...context);
  await finish(docker, await docker.buildImage(Readable.from([files]), { t: tag, networkmode: 'none', version: '1' }));
}

/** Runs a command in a new container and returns what it prints, errors too. */
export async function runIn(
  docker: Docker,
  image: string,
  options: { readonly argv?: readonly string[]; readonly user?: string } = {},
): Promise<string> {
  const { argv, user } = options;
  const container = await docker.createContainer({
    Image: image,
    Tty: true,
    ...(argv === undefined ? {} : { Entrypoint: [], Cmd: [...argv] }),
    ...(user === undefined ? {} : { User: user }),
    HostConfig: { NetworkMode: 'none' },
  });
  const output = await container.attach({ stream: true, stdout: true, stderr: true });
  let text = '';
  output.on('data', (data: Buffer) => {
    text += data.toString();
  });
  const ended = new Promise((resolve) => output.on('end', resolve));
  await container.start();
  await container.wait();
  await ended;
  await container.remove();
  return text.replaceAll('\r\n', '\n');
}
