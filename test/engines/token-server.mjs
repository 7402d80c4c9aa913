// A token server as docker-registry wants one: `node token-server.mjs PORT KEY CERTIFICATE NAME:PASSWORD`. Tokens are JSON Web Tokens
// (RFC 7519, RS256) whose header carries the certificate; whoever shows another password gets 401.
import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [port, keyFile, certificateFile, pair] = process.argv.slice(2);
const key = createPrivateKey(readFileSync(keyFile));
const certificate = new X509Certificate(readFileSync(certificateFile)).raw.toString('base64');
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

createServer((request, response) => {
  const { searchParams } = new URL(request.url, 'http://localhost');
  const shown = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
  if (shown !== pair) {
    response.writeHead(401).end('{"errors":[]}');
    return;
  }
  const parts = (searchParams.get('scope') ?? '').split(':');
  const actions = parts.pop();
  const [type, ...name] = parts;
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'test-issuer',
    sub: 'alice',
    aud: searchParams.get('service'),
    exp: now + 300,
    nbf: now - 10,
    iat: now,
    jti: String(now),
    access: type === undefined ? [] : [{ type, name: name.join(':'), actions: actions.split(',') }],
  };
  const signed = `${encode({ typ: 'JWT', alg: 'RS256', x5c: [certificate] })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), key).toString('base64url');
  response.end(JSON.stringify({ token: `${signed}.${signature}` }));
}).listen(Number(port), '127.0.0.1');
