import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isObject, stringOf } from '../config.ts';
import type { Reference } from './reference.ts';

/** What is shown to a registry: a name and a password, or a token that buys others (OAuth 2 refresh token). */
export type Credentials = { readonly username: string; readonly password: string } | { readonly identityToken: string };

type Json = Readonly<Record<string, unknown>>;

/** Milliseconds that a helper may take; some ask the user first. */
const HELPER_TIMEOUT = 60_000;

/**
 * The credentials for a repository, looked for as Docker does (its `config.json`: helper of the host, the helper of all, then
 * what stands in the file) and then in Podman's files (containers-auth.json(5): the longest path that fits). Undefined where
 * there are none; `note` is told of a helper that could not be asked.
 */
export async function findCredentials(
  reference: Reference,
  note: (text: string) => void,
): Promise<Credentials | undefined> {
  for (const path of configFiles()) {
    const config = readConfig(path, note);
    if (config === undefined) continue;
    const found = await fromConfig(config, reference, note);
    if (found !== undefined) return found;
  }
  return undefined;
}

function configFiles(): string[] {
  const { DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR } = process.env;
  return [
    join(DOCKER_CONFIG || join(homedir(), '.docker'), 'config.json'),
    ...(REGISTRY_AUTH_FILE ? [REGISTRY_AUTH_FILE] : []),
    ...(XDG_RUNTIME_DIR ? [join(XDG_RUNTIME_DIR, 'containers/auth.json')] : []),
    join(homedir(), '.config/containers/auth.json'),
  ];
}

function readConfig(path: string, note: (text: string) => void): Json | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const config: unknown = JSON.parse(text);
    if (isObject(config)) return config;
  } catch {
    // Told below, as for JSON that is no object.
  }
  note(`${path} is not a JSON object: no credentials were read from it`);
  return undefined;
}

async function fromConfig(
  config: Json,
  { registry, repository }: Reference,
  note: (text: string) => void,
): Promise<Credentials | undefined> {
  const hosts = registry === 'docker.io' ? ['docker.io', 'index.docker.io', 'registry-1.docker.io'] : [registry];
  const helpers = isObject(config.credHelpers) ? config.credHelpers : {};
  const helper = hosts.map((host) => stringOf(helpers[host])).find(Boolean) ?? stringOf(config.credsStore);
  if (helper !== undefined) {
    const server = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
    const found = await askHelper(helper, server, note);
    if (found !== undefined) return found;
  }
  const auths = isObject(config.auths) ? config.auths : {};
  for (const key of keysOf(hosts, repository)) {
    const entry = auths[key];
    const found = isObject(entry) ? ofEntry(entry) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** How files name a repository's registry, the most exact first. */
function keysOf(hosts: readonly string[], repository: string): string[] {
  const keys: string[] = [];
  const parts = repository.split('/');
  for (let length = parts.length; length > 0; length--)
    for (const host of hosts) keys.push(`${host}/${parts.slice(0, length).join('/')}`);
  for (const host of hosts)
    for (const scheme of ['', 'https://', 'http://'])
      for (const end of ['', '/', '/v1/', '/v2/', '/v1', '/v2']) keys.push(`${scheme}${host}${end}`);
  return keys;
}

function ofEntry(entry: Json): Credentials | undefined {
  const identityToken = stringOf(entry.identitytoken);
  if (identityToken !== undefined) return { identityToken };
  const decoded = Buffer.from(stringOf(entry.auth) ?? '', 'base64')
    .toString('utf8')
    .replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  if (colon > 0) return ofPair(decoded.slice(0, colon), decoded.slice(colon + 1));
  const username = stringOf(entry.username);
  const password = stringOf(entry.password);
  return username === undefined || password === undefined ? undefined : ofPair(username, password);
}

function ofPair(username: string, password: string): Credentials {
  return username === '<token>' ? { identityToken: password } : { username, password };
}

/**
 * Asks a credential helper (docker-credential-helpers): `get`, the server on standard input, JSON back. One that is not
 * installed or does not answer is told of; one that has nothing is not.
 */
async function askHelper(name: string, server: string, note: (text: string) => void): Promise<Credentials | undefined> {
  if (!/^[\w.-]+$/.test(name)) {
    note('the name of the credential helper in the configuration is not one: it was not asked');
    return undefined;
  }
  const program = `docker-credential-${name}`;
  const answer = await new Promise<{ output: string; code: number | null } | string>((resolve) => {
    const child = spawn(program, ['get'], { stdio: ['pipe', 'pipe', 'ignore'] });
    let output = '';
    // What it has started itself may outlive it and hold the pipe: nobody waits for that.
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.unref();
      resolve('did not answer');
    }, HELPER_TIMEOUT);
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve(error.code === 'ENOENT' ? 'is not installed' : `could not be started (${error.code})`);
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < 64 * 1024) output += text;
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ output, code });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(server);
  });
  if (typeof answer === 'string') {
    note(`${program} ${answer}: went on without it`);
    return undefined;
  }
  if (answer.code !== 0) {
    if (!/credentials not found/i.test(answer.output)) note(`${program} failed: went on without it`);
    return undefined;
  }
  try {
    const found: unknown = JSON.parse(answer.output);
    const username = isObject(found) ? stringOf(found.Username) : undefined;
    const secret = isObject(found) ? stringOf(found.Secret) : undefined;
    if (username !== undefined && secret !== undefined) return ofPair(username, secret);
  } catch {
    // Told below.
  }
  note(`${program} gave no credentials that can be read: went on without it`);
  return undefined;
}
