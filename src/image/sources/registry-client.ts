import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { isObject, stringOf } from '../config.ts';
import { ImageError, messageOf } from '../layer.ts';
import { challengesOf } from './challenges.ts';
import { type Credentials, findCredentials } from './credentials.ts';
import { tooLarge } from './files.ts';
import { checkTarget, isLoopback } from './hosts.ts';
import type { Reference } from './reference.ts';

const MAX_REDIRECTS = 5;
/** Bytes of a token's or an error's document. */
const MAX_SMALL = 64 * 1024;
const TRIES = 3;
/** Milliseconds: of the first pause between tries, of the longest one that a registry may ask for. */
const PAUSE = 300;
const MAX_PAUSE = 30_000;
/** Milliseconds without an answer or a byte, and for a document as a whole. */
const SILENCE = 60_000;
const MAX_DOCUMENT_TIME = 120_000;
/** Bytes in a second that a blob has to bring, measured over the whole of it from MAX_DOCUMENT_TIME on. */
const LEAST_RATE = 1024;

/** Answers that a later try may not get (the list of go-containerregistry). */
const TRANSIENT = new Set([408, 429, 499, 500, 502, 503, 504, 522]);

/** A failure of the network, not of what came over it: worth another try. */
export class NetworkError extends Error {}

/** The agent that every request names, as RFC 9110 asks. */
const USER_AGENT = 'plimsoll';

type Response = Dispatcher.ResponseData;

/** One registry as the distribution specification describes it (OCI distribution-spec, Docker's token authentication). */
export class RegistryClient {
  readonly #reference: Reference;
  readonly #isInsecure: boolean;
  readonly #note: (text: string) => void;
  readonly #dispatcher: Dispatcher;
  /** Ends all that is under way. */
  readonly #closing = new AbortController();
  /** Scheme and host, once it answered. */
  #base: Promise<URL> | undefined;
  #authorization: string | undefined;
  /** Several requests that are refused at once wait for the same. */
  #authorizing: Promise<string> | undefined;
  #search: Promise<Credentials | undefined> | undefined;
  #credentials: Credentials | undefined;

  constructor(reference: Reference, isInsecure: boolean, note: (text: string) => void) {
    this.#reference = reference;
    this.#isInsecure = isInsecure;
    this.#note = note;
    const tls = { rejectUnauthorized: !isInsecure };
    const options = { headersTimeout: SILENCE, bodyTimeout: SILENCE, connect: tls };
    const isHere = isLoopback(urlOf(`http://${this.#host}`, undefined, 'it is at'));
    // Behind a proxy, TLS with the registry has options of its own.
    this.#dispatcher = isHere ? new Agent(options) : proxies({ ...options, requestTls: tls });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#dispatcher.destroy();
  }

  /** A document whole, at most `limit` bytes; undefined where the registry does not have it. */
  async document(
    path: string,
    accept: string,
    limit: number,
  ): Promise<{ body: Buffer; digest: string | undefined } | undefined> {
    return this.#tried(async () => {
      const { statusCode, headers, body } = await this.#get(path, accept);
      if (statusCode === 404) {
        await discard(body);
        return undefined;
      }
      return { body: await whole(body, limit, path), digest: headerOf(headers, 'docker-content-digest') };
    });
  }

  /** The bytes of a blob as they come; `use` is called again where the network failed. */
  async blob<T>(digest: string, use: (chunks: AsyncIterable<Buffer>) => Promise<T>): Promise<T> {
    return this.#tried(async () => {
      const { statusCode, body } = await this.#get(`blobs/${digest}`, '*/*');
      if (statusCode === 404) {
        await discard(body);
        throw new ImageError(`the registry does not have ${digest}`);
      }
      return await use(watched(body));
    });
  }

  get #host(): string {
    return this.#reference.registry === 'docker.io' ? 'registry-1.docker.io' : this.#reference.registry;
  }

  /** Tries again after failures of the network, a little later each time. */
  async #tried<T>(action: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await action();
      } catch (error) {
        // What reads a layer names it in front of what the network said.
        const isNetwork =
          error instanceof NetworkError || (error instanceof Error && error.cause instanceof NetworkError);
        if (!isNetwork || this.#closing.signal.aborted) throw error;
        if (tries === TRIES) throw new ImageError(error.message);
        await this.#pause(PAUSE * 2 ** (tries - 1));
      }
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#closing.signal });
  }

  /** GET of something in the repository, with the authorization that the registry asks for. */
  async #get(path: string, accept: string): Promise<Response> {
    this.#base ??= this.#findBase();
    const base = await this.#base.catch((error: unknown) => {
      this.#base = undefined;
      throw error;
    });
    const url = new URL(`/v2/${this.#reference.repository}/${path}`, base);
    const shown = this.#authorization;
    const response = await this.#follow(url, accept, base, shown);
    if (response.statusCode !== 401) return this.#expected(response, base);
    await discard(response.body);
    // Another request may have got it meanwhile.
    if (this.#authorization === shown) {
      this.#authorizing ??= this.#authorize(response.headers, base, shown);
      try {
        this.#authorization = await this.#authorizing;
      } finally {
        this.#authorizing = undefined;
      }
    }
    return this.#expected(await this.#follow(url, accept, base, this.#authorization), base);
  }

  /** Docker's rule: https, but for this machine and for hosts that the user calls insecure. */
  async #findBase(): Promise<URL> {
    const plain = new URL(`http://${this.#host}`);
    const safe = new URL(`https://${this.#host}`);
    const isLocal = isLoopback(plain);
    if (!isLocal && !this.#isInsecure) return safe;
    const failures: string[] = [];
    for (const base of isLocal ? [plain, safe] : [safe, plain]) {
      try {
        const { statusCode, body } = await this.#send(new URL('/v2/', base), {});
        await discard(body);
        // A server of TLS answers plain HTTP with 400.
        if (statusCode !== 400) return base;
        failures.push(`${base.origin} answered ${statusCode}`);
      } catch (error) {
        failures.push(messageOf(error));
      }
    }
    throw new NetworkError(failures.join('; '));
  }

  /** Follows redirects; only the registry itself is shown the authorization (signed URLs refuse a second one besides). */
  async #follow(start: URL, accept: string, base: URL, authorization: string | undefined): Promise<Response> {
    let url = start;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const isOwn = url.origin === base.origin;
      const response = await this.#send(url, {
        accept,
        ...(isOwn && authorization !== undefined ? { authorization } : {}),
      });
      const { statusCode, headers, body } = response;
      const location = headerOf(headers, 'location');
      if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) {
        if (isOwn || (statusCode >= 200 && statusCode < 300)) return response;
        await discard(body);
        throw new ImageError(`${base.host} redirects to ${url.host}, which answers ${statusCode}`);
      }
      await discard(body);
      url = urlOf(location, url, `${base.host} redirects to`);
      checkTarget(url, base, this.#isInsecure, `${base.host} redirects to`);
    }
    throw new ImageError(`${base.host} redirects more than ${MAX_REDIRECTS} times`);
  }

  /** What the challenge of a 401 asks for; `shown` was refused. */
  async #authorize(headers: Response['headers'], base: URL, shown: string | undefined): Promise<string> {
    const challenges = challengesOf(headers['www-authenticate']);
    this.#search ??= findCredentials(this.#reference, this.#note);
    this.#credentials = await this.#search;
    const credentials = this.#credentials;
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    const realm = bearer?.parameters.get('realm');
    if (bearer !== undefined && realm !== undefined)
      return `Bearer ${await this.#token(realm, bearer.parameters, base)}`;
    const isBasic = challenges.some(({ scheme }) => scheme === 'basic');
    if (!isBasic) throw new ImageError(`${base.host} asks for an authorization that is not known here`);
    if (credentials === undefined || !('password' in credentials) || shown === basic(credentials)) throw this.#denied();
    return basic(credentials);
  }

  async #token(realm: string, parameters: ReadonlyMap<string, string>, base: URL): Promise<string> {
    const what = `${base.host} asks for tokens at`;
    const url = urlOf(realm, base, what);
    checkTarget(url, base, this.#isInsecure, what);
    const fields = new URLSearchParams();
    const service = parameters.get('service');
    if (service !== undefined) fields.set('service', service);
    fields.set('scope', parameters.get('scope') ?? `repository:${this.#reference.repository}:pull`);
    const answer = await this.#askToken(url, fields);
    const text = await whole((await this.#expected(answer, url)).body, MAX_SMALL, `the token of ${url.host}`);
    let document: unknown;
    try {
      document = JSON.parse(text.toString('utf8'));
    } catch {
      document = undefined;
    }
    const token = isObject(document) ? (stringOf(document.token) ?? stringOf(document.access_token)) : undefined;
    if (token === undefined || /[^\x21-\x7e]/.test(token))
      throw new ImageError(`${url.host} gave no token that can be read`);
    return token;
  }

  /** An identity token is exchanged by POST; servers that do not know that are asked by GET (GGCR does the same). */
  async #askToken(url: URL, fields: URLSearchParams): Promise<Response> {
    const credentials = this.#credentials;
    if (credentials !== undefined && 'identityToken' in credentials) {
      const form = new URLSearchParams(fields);
      form.set('grant_type', 'refresh_token');
      form.set('refresh_token', credentials.identityToken);
      form.set('client_id', USER_AGENT);
      const answer = await this.#send(url, { 'content-type': 'application/x-www-form-urlencoded' }, form.toString());
      if (answer.statusCode !== 404 && answer.statusCode !== 405) return answer;
      await discard(answer.body);
    }
    const asked = new URL(url);
    for (const [name, value] of fields) asked.searchParams.append(name, value);
    const isKnown = credentials !== undefined && 'password' in credentials;
    return this.#send(asked, isKnown ? { authorization: basic(credentials) } : {});
  }

  #denied(): ImageError {
    const { registry, repository } = this.#reference;
    return new ImageError(
      this.#credentials === undefined
        ? `${registry} shows ${repository} only to those it knows, or does not have it; log in with docker login ${registry}`
        : `${registry} does not accept the credentials that were found, or they do not give access to ${repository}`,
    );
  }

  /** Other answers than 2xx and 404 are errors. */
  async #expected(response: Response, { host }: URL): Promise<Response> {
    const { statusCode, body } = response;
    if ((statusCode >= 200 && statusCode < 300) || statusCode === 404) return response;
    await discard(body);
    if (statusCode === 401 || statusCode === 403) throw this.#denied();
    throw new ImageError(`${host} answers ${statusCode}`);
  }

  /** One request, tried again where the answer may pass. Throws a NetworkError where there is none. */
  async #send(url: URL, headers: Record<string, string>, form?: string): Promise<Response> {
    for (let tries = 1; ; tries++) {
      const response = await this.#sendOnce(url, headers, form);
      if (!TRANSIENT.has(response.statusCode) || tries === TRIES) return response;
      await discard(response.body);
      await this.#pause(pauseOf(headerOf(response.headers, 'retry-after')) ?? PAUSE * 2 ** (tries - 1));
    }
  }

  async #sendOnce(url: URL, headers: Record<string, string>, form: string | undefined): Promise<Response> {
    // Also for what answers before the registry: a proxy that says nothing.
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error(`no answer in ${SILENCE / 1000} s`)), SILENCE);
    try {
      return await request(url, {
        dispatcher: this.#dispatcher,
        signal: AbortSignal.any([silence.signal, this.#closing.signal]),
        headers: { 'user-agent': USER_AGENT, ...headers },
        ...(form === undefined ? {} : { method: 'POST', body: form }),
      });
    } catch (error) {
      throw new NetworkError(`${url.origin} did not answer (${reasonOf(error)})`);
    } finally {
      clearTimeout(timer);
    }
  }
}

function proxies(options: EnvHttpProxyAgent.Options): Dispatcher {
  try {
    return new EnvHttpProxyAgent(options);
  } catch (error) {
    throw new ImageError(`HTTPS_PROXY or HTTP_PROXY is not the address of a proxy (${messageOf(error)})`);
  }
}

/** Bytes until the end; a connection that breaks or creeps is the network's failure, not the layer's. */
async function* watched(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const start = performance.now();
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      const seconds = (performance.now() - start) / 1000;
      if (seconds > MAX_DOCUMENT_TIME / 1000 && bytes / seconds < LEAST_RATE) throw new Error('it is too slow');
      yield chunk;
    }
  } catch (error) {
    throw new NetworkError(`the connection broke (${reasonOf(error)})`);
  }
}

/** Leaves the connection for the next request, if what comes is short and soon. */
async function discard(body: Response['body']): Promise<void> {
  await body.dump({ limit: MAX_SMALL, signal: AbortSignal.timeout(SILENCE) }).catch(() => {});
}

async function whole(body: Response['body'], limit: number, name: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  const timer = setTimeout(() => body.destroy(new Error('it is too slow')), MAX_DOCUMENT_TIME);
  try {
    for await (const part of watched(body)) {
      length += part.length;
      if (length > limit) throw tooLarge(name, limit);
      parts.push(part);
    }
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(parts);
}

function urlOf(text: string, base: URL | undefined, what: string): URL {
  try {
    return new URL(text, base);
  } catch {
    throw new ImageError(`${what} "${text.slice(0, 200)}", which is no URL`);
  }
}

function basic({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

function headerOf(headers: Response['headers'], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Milliseconds that Retry-After asks for (RFC 9110, 10.2.3): seconds or a date. */
function pauseOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const pause = /^\d+$/.test(given) ? Number(given) * 1000 : Date.parse(given) - Date.now();
  return Number.isNaN(pause) ? undefined : Math.min(Math.max(pause, 0), MAX_PAUSE);
}

/** undici wraps what went wrong, several addresses of one host even twice. */
function reasonOf(error: unknown): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  const { code } = inner as NodeJS.ErrnoException;
  return code !== undefined && !messageOf(inner).includes(code) ? `${code}: ${messageOf(inner)}` : messageOf(inner);
}
