import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** What a provider may do wrong. */
export type Fault =
  | 'wrong nonce'
  | 'wrong audience'
  | 'wrong issuer'
  | 'signed by another'
  | 'expired'
  | 'away';

/** A small OpenID Connect provider on loopback, where whoever comes is the person that the test names. */
export class Provider implements AsyncDisposable {
  readonly issuer: string;
  readonly #server: Server;
  readonly #keys: Awaited<ReturnType<typeof generateKeyPair>>;
  readonly #codes = new Map<string, URLSearchParams>();
  /** Who signs in next. */
  person = { sub: 'person-1', preferred_username: 'ada' };
  fault: Fault | undefined;
  /** Token requests that it took. */
  readonly exchanges: URLSearchParams[] = [];

  private constructor(server: Server, keys: Awaited<ReturnType<typeof generateKeyPair>>) {
    this.#server = server;
    this.#keys = keys;
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => {
      void this.#answer(request).then(({ status = 200, body }) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      );
    });
  }

  static async start(): Promise<Provider> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Provider(server, await generateKeyPair('RS256'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  /** The settings that name it. */
  get env(): Readonly<Record<string, string>> {
    return {
      OIDC_ISSUER: this.issuer,
      OIDC_CLIENT_ID: 'us',
      OIDC_CLIENT_SECRET: 'shared',
      OIDC_TITLE: 'Example Inc.',
    };
  }

  /** Signs the person in: where the browser is sent back to. */
  authorize(location: string): string {
    const asked = new URL(location);
    const code = `code-${this.#codes.size}`;
    this.#codes.set(code, asked.searchParams);
    const back = new URL(asked.searchParams.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.searchParams.get('state') ?? '');
    back.searchParams.set('iss', this.issuer);
    return back.pathname + back.search;
  }

  async #answer(request: IncomingMessage): Promise<{ status?: number; body: unknown }> {
    if (this.fault === 'away') return { status: 500, body: {} };
    switch (request.url) {
      case '/.well-known/openid-configuration':
        return {
          body: {
            issuer: this.issuer,
            authorization_endpoint: `${this.issuer}/authorize`,
            token_endpoint: `${this.issuer}/token`,
            jwks_uri: `${this.issuer}/keys`,
            response_types_supported: ['code'],
            subject_types_supported: ['public'],
            id_token_signing_alg_values_supported: ['RS256'],
            authorization_response_iss_parameter_supported: true,
          },
        };
      case '/keys':
        return { body: { keys: [{ ...(await exportJWK(this.#keys.publicKey)), alg: 'RS256', use: 'sig' }] } };
      case '/token':
        return this.#exchange(new URLSearchParams(await text(request)));
      default:
        return { status: 404, body: {} };
    }
  }

  async #exchange(form: URLSearchParams) {
    this.exchanges.push(form);
    const asked = this.#codes.get(form.get('code') ?? '');
    if (!asked) return { status: 400, body: { error: 'invalid_grant' } };
    const now = Math.floor(Date.now() / 1000);
    const { fault } = this;
    const token = new SignJWT({
      preferred_username: this.person.preferred_username,
      nonce: fault === 'wrong nonce' ? 'x' : asked.get('nonce'),
    })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(fault === 'wrong issuer' ? 'https://other.example' : this.issuer)
      .setAudience(fault === 'wrong audience' ? 'others' : 'us')
      .setSubject(this.person.sub)
      .setIssuedAt(fault === 'expired' ? now - 7_200 : now)
      .setExpirationTime(fault === 'expired' ? now - 3_600 : now + 300);
    const other = fault === 'signed by another' ? await generateKeyPair('RS256') : this.#keys;
    const id_token = await token.sign(other.privateKey);
    return { body: { access_token: 'unused', token_type: 'Bearer', id_token } };
  }
}
