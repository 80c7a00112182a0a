import Fastify, { type FastifyInstance } from 'fastify';
import { joinPeople } from '../../../control-plane/src/assembly/people.ts';
import { readConfig } from '../../../control-plane/src/config/config.ts';
import { callerGuard } from '../../../control-plane/src/http/bearer.ts';
import { handleError } from '../../../control-plane/src/http/errors.ts';
import { rateGuard } from '../../../control-plane/src/http/rate-limits.ts';
import { UNLIMITED } from '../../support/unlimited.ts';
import { strictJsonBodies } from '../../../control-plane/src/http/json-body.ts';
import { identityRoutes } from '../../../control-plane/src/http/oauth/identity-routes.ts';
import { MemoryRecords } from '../../support/memory-records.ts';
import { pkce } from '../../identity/support/server.ts';
import { Guest } from './guest.ts';

export const ORIGIN = 'https://play.example';
export const PASSWORD = 'correct horse battery';
export const CALLBACK = 'https://client.example/callback';

/** A clock that a test moves. */
class ManualClock {
  #now = Date.UTC(2026, 10, 21);
  now(): number {
    return this.#now;
  }
  forward(ms: number): void {
    this.#now += ms;
  }
}

/** A server in accounts mode, as far as identity goes, and what an operator does to it. */
export class House implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly records: MemoryRecords;
  readonly people;
  readonly app: FastifyInstance;
  readonly log: string[] = [];
  readonly origin: string;

  /** @param beside another server of the same store */
  constructor(env: Readonly<Record<string, string>> = {}, beside?: House) {
    this.clock = beside?.clock ?? new ManualClock();
    this.records = beside?.records ?? new MemoryRecords();
    const config = readConfig({ AUTH_MODE: 'accounts', PUBLIC_URL: ORIGIN, ...env });
    this.origin = config.publicUrl;
    const key = Buffer.alloc(32, 7);
    this.people = joinPeople({ config, records: this.records, clock: this.clock, key });
    const stream = { write: (line: string) => void this.log.push(line) };
    this.app = Fastify({ logger: { level: 'trace', stream }, trustProxy: true });
    strictJsonBodies(this.app);
    this.app.setErrorHandler(handleError);
    this.app.register(identityRoutes({ ...this.people, publicUrl: this.origin, key }));
    const guard = callerGuard(
      (bearer) => this.people.identity.authenticate(bearer),
      this.origin,
      rateGuard(UNLIMITED),
    );
    this.app.post('/mcp', (request, reply) => guard(request, reply));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.app.close();
  }

  /** Somebody with a browser that has never been here. */
  guest(address = '203.0.113.1'): Guest {
    return new Guest(this.app, this.origin, address);
  }

  code(uses = 1): Promise<string> {
    return this.people.codes.issue(uses, 24 * 3_600_000, 'a test');
  }

  /** Somebody who has just made an account. */
  async member(name: string, address?: string): Promise<Guest> {
    const guest = this.guest(address);
    await guest.get('/signin');
    await guest.submit('/signup', { access_code: await this.code(), name, password: PASSWORD });
    return guest;
  }

  /** Registers a client; its id. */
  async client(metadata: object = {}): Promise<string> {
    const answer = await this.app.inject({
      method: 'POST',
      url: '/register',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({
        client_name: 'Some client',
        redirect_uris: [CALLBACK],
        token_endpoint_auth_method: 'none',
        ...metadata,
      }),
    });
    return answer.json().client_id;
  }

  /** A whole authorization request, with what its code is exchanged with. */
  asking(client: string, redirectUri = CALLBACK) {
    const { verifier, challenge } = pkce();
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client,
      redirect_uri: redirectUri,
      state: 'xyz',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      scope: 'mcp offline_access',
      resource: `${this.origin}/mcp`,
    });
    return { path: `/oauth/authorize?${query.toString()}`, verifier };
  }

  form(
    url: string,
    fields: Readonly<Record<string, string>>,
    basic?: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    const authorization =
      basic === undefined ? {} : { authorization: `Basic ${Buffer.from(basic).toString('base64')}` };
    return this.app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...authorization, ...headers },
      payload: new URLSearchParams(fields).toString(),
    });
  }

  /** Goes through the consent page; the tokens. */
  async connect(guest: Guest, client?: string) {
    const exchange = await this.agreed(guest, client);
    return (await exchange()).json() as { access_token: string; refresh_token: string };
  }

  /** Goes through the consent page; what exchanges the code. */
  async agreed(guest: Guest, client?: string) {
    const id = client ?? (await this.client());
    const { path, verifier } = this.asking(id);
    await guest.get(path);
    const { location = '' } = await guest.submit('/oauth/authorize', { decision: 'allow' });
    const code = new URL(location).searchParams.get('code') ?? '';
    const fields = { client_id: id, code, code_verifier: verifier, redirect_uri: CALLBACK };
    return () => this.form('/token', { grant_type: 'authorization_code', ...fields });
  }

  /** The status of a call with a token. */
  async call(token: string): Promise<number> {
    const headers = { authorization: `Bearer ${token}` };
    return (await this.app.inject({ method: 'POST', url: '/mcp', headers })).statusCode;
  }

  accountOf(token: string): Promise<string | undefined> {
    return this.people.identity.authenticate(token).then((caller) => caller?.account);
  }
}
