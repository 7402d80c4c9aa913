import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { sha256 } from './archives.ts';

/** What a request said, for tests of what must not be sent. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

type Answer = (request: Seen, response: ServerResponse, all: IncomingMessage) => boolean | undefined;

const servers: Server[] = [];

/** A server on this machine that keeps what it was asked; `answer` returns false for what it does not know. */
export async function serve(
  answer: Answer,
  tls?: { readonly key: string; readonly cert: string },
): Promise<{ readonly host: string; readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        path: request.url ?? '',
        authorization: request.headers.authorization,
        body,
      };
      seen.push(one);
      if (answer(one, response, request) === false) response.writeHead(404).end('{}');
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

export async function closeServers(): Promise<void> {
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
}

/** Answers as a registry does from the files of a layout: its index or manifest under the tag `1`, blobs by digest. */
export function registryOf(layout: Readonly<Record<string, string | Buffer>>, top: string | Buffer): Answer {
  return ({ path }, response) => {
    if (path === '/v2/') {
      response.writeHead(200).end('{}');
      return true;
    }
    const [, kind, name = ''] = /^\/v2\/team\/app\/(manifests|blobs)\/(.+)$/.exec(path) ?? [];
    const body = name === '1' || name === `sha256:${sha256(top)}` ? top : layout[`blobs/${name.replace(':', '/')}`];
    if (kind === undefined || body === undefined) return false;
    response
      .writeHead(200, kind === 'manifests' ? { 'docker-content-digest': `sha256:${sha256(body)}` } : {})
      .end(body);
    return true;
  };
}
