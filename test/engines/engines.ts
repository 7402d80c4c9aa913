import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';

const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;

/** A folder whose path is short: a socket's may have 107 bytes. */
export const folder = mkdtempSync('/tmp/ple-');
const started: ChildProcess[] = [];

/** Runs a tool and returns what it prints; throws with its last line where it fails. */
export function run(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH },
    maxBuffer: 1e8,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.trim().split('\n').at(-1)}`);
  return stdout;
}

/** Why a tool is not there; undefined where it is. */
export function missing(...tools: readonly string[]): string | undefined {
  if (process.platform !== 'linux') return 'engines run on Linux alone';
  if (process.getuid?.() !== 0) return 'only root starts engines here';
  const absent = tools.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`], { env: { PATH } }).status !== 0);
  return absent.length === 0 ? undefined : `${absent.join(', ')} is not installed (scripts/install-engines.sh)`;
}

/** Starts the daemon of an engine and waits until it answers; returns why it does not. */
export function start(socket: string, command: string, ...args: readonly string[]): Promise<string | undefined> {
  const docker = new Docker({ socketPath: socket });
  const ping = async () => existsSync(socket) && (await docker.ping().catch(() => undefined)) !== undefined;
  return startUntil(ping, command, ...args);
}

/** Starts dockerd with all of its files in `folder`; returns why it does not start. */
export function startDocker(): Promise<string | undefined> {
  return start(
    join(folder, 'd.sock'),
    'dockerd',
    ...['--host', `unix://${folder}/d.sock`, '--data-root', `${folder}/data`, '--exec-root', `${folder}/exec`],
    ...['--pidfile', `${folder}/d.pid`, '--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-masq=false'],
  );
}

/** Starts a server of HTTP on this machine and waits until it answers; returns why it does not. */
export function startHttp(port: number, command: string, ...args: readonly string[]): Promise<string | undefined> {
  const ping = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
  return startUntil(ping, command, ...args);
}

async function startUntil(
  answers: () => Promise<boolean>,
  command: string,
  ...args: readonly string[]
): Promise<string | undefined> {
  const log = join(folder, `${started.length}.log`);
  const output = openSync(log, 'w');
  const child = spawn(command, args, { stdio: ['ignore', output, output], env: { ...process.env, PATH } });
  child.on('error', () => {});
  started.push(child);
  for (let tries = 0; tries < 300 && child.exitCode === null; tries++) {
    if (await answers()) return undefined;
    await sleep(100);
  }
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  return `${command} does not start: ${lines.at(-1)?.slice(0, 200)}`;
}

/** Ends what was started, by process id, and removes what it left. */
export async function stopAll(): Promise<void> {
  for (const child of started) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).toReversed()) spawnSync('umount', [mount]);
  rmSync(folder, { recursive: true, force: true });
}

/** A port of this machine that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits for what prepares a file's tests; hooks do not run where that fails, so what was started is ended here. */
export async function orStop<T>(preparing: Promise<T>): Promise<T> {
  try {
    return await preparing;
  } catch (error) {
    await stopAll();
    throw error;
  }
}

export async function toFile(stream: NodeJS.ReadableStream, name: string): Promise<string> {
  const path = join(folder, name);
  await new Promise<void>((resolve, reject) => {
    stream.pipe(createWriteStream(path)).on('finish', resolve).on('error', reject);
    stream.on('error', reject);
  });
  return path;
}
