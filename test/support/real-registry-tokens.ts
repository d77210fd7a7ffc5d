// A token server whose tokens Debian's docker-registry accepts: signed JWTs, as the docker token specification has them.
import { createSign, randomUUID, X509Certificate } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';

export interface TokenServer {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** PEM of the certificate that signed the tokens, for the registry's `rootcertbundle`. */
  readonly certificate: string;
  /** `GET /token?…` of all requests so far, with the user they came from. */
  readonly requests: readonly { readonly url: string; readonly user: string | undefined }[];
  close(): Promise<void>;
}

const service = 'real registry';
const issuer = 'test issuer';
const lifeSeconds = 300;

/** Users may do everything; without a login a token opens nothing. */
export async function startTokenServer(users: Readonly<Record<string, string>>): Promise<TokenServer> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'tokens.example.com' }], {
    algorithm: 'sha256',
  });
  const chain = [new X509Certificate(cert).raw.toString('base64')];
  const requests: { readonly url: string; readonly user: string | undefined }[] = [];

  function tokenFor(user: string | undefined, scopes: readonly string[]): string {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const access = user === undefined ? [] : scopes.map(accessOf);
    const times = { iat: nowSeconds, nbf: nowSeconds - 10, exp: nowSeconds + lifeSeconds };
    const claims = { iss: issuer, sub: user ?? '', aud: service, jti: randomUUID(), ...times, access };
    const signed = `${encode({ typ: 'JWT', alg: 'RS256', x5c: chain })}.${encode(claims)}`;
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://tokens.example.com');
    const user = userOf(request.headers.authorization, users);
    requests.push({ url: `${request.method} ${url.pathname}${url.search}`, user: user ?? undefined });
    if (user === null) {
      response.writeHead(401, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ details: 'incorrect username or password' }));
      return;
    }
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ token: tokenFor(user, url.searchParams.getAll('scope')), expires_in: lifeSeconds }));
  }

  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    realm: `http://127.0.0.1:${portOf(server.address())}/token`,
    service,
    issuer,
    certificate: cert,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Undefined without a login, null for a wrong one. */
function userOf(header: string | undefined, users: Readonly<Record<string, string>>): string | undefined | null {
  if (header === undefined) return undefined;
  const [user = '', password] = Buffer.from(header.replace(/^Basic /, ''), 'base64')
    .toString()
    .split(':');
  return password !== undefined && users[user] === password ? user : null;
}

/** `repository:shop/api:pull,push` as a claim. */
function accessOf(scope: string): {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
} {
  const [type = '', name = '', actions = ''] = scope.split(':');
  return { type, name, actions: actions.split(',') };
}

function encode(document: unknown): string {
  return Buffer.from(JSON.stringify(document)).toString('base64url');
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
