import { createHash, randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { callerGuard } from '../../../control-plane/src/http/bearer.ts';
import { handleError } from '../../../control-plane/src/http/errors.ts';
import { rateGuard } from '../../../control-plane/src/http/rate-limits.ts';
import { UNLIMITED } from '../../support/unlimited.ts';
import { strictJsonBodies } from '../../../control-plane/src/http/json-body.ts';
import { oauthRoutes } from '../../../control-plane/src/http/oauth/routes.ts';
import type { DocumentSource } from '../../../control-plane/src/identity/client-documents/source.ts';
import { Identity } from '../../../control-plane/src/identity/identity.ts';
import type { RecordStore } from '../../../control-plane/src/identity/records.ts';
import { MemoryRecords } from '../../support/memory-records.ts';

export const PUBLIC_URL = 'https://play.example';

/** A clock that a test moves. */
class ManualClock {
  #now = Date.UTC(2026, 10, 21);
  now(): number {
    return this.#now;
  }
  /** Moves on by so many seconds. */
  forward(seconds: number): void {
    this.#now += seconds * 1000;
  }
}

export interface TestServerOptions {
  readonly publicUrl?: string;
  /** Where records are kept; in memory when there is none. */
  readonly records?: RecordStore;
  readonly maxUnusedClients?: number;
  /** Where clients are read from whose id is a URL; there are none if left out. */
  readonly documents?: DocumentSource;
}

/** The OAuth endpoints, and MCP's two addresses, which here only answer who calls. */
export class TestServer {
  readonly app: FastifyInstance;
  readonly clock = new ManualClock();
  /** What is stored, unless the test brought a store of its own. */
  readonly records = new MemoryRecords();
  readonly identity: Identity;
  readonly publicUrl: string;
  /** Everything that the server logged. */
  readonly log: string[] = [];

  constructor({
    publicUrl = PUBLIC_URL,
    records,
    maxUnusedClients = 100,
    documents,
  }: TestServerOptions = {}) {
    this.publicUrl = publicUrl;
    this.identity = new Identity({
      records: records ?? this.records,
      clock: this.clock,
      publicUrl,
      maxUnusedClients,
      documents,
    });
    const stream = { write: (line: string) => void this.log.push(line) };
    this.app = Fastify({ logger: { level: 'trace', stream } });
    strictJsonBodies(this.app);
    this.app.setErrorHandler(handleError);
    this.app.register(oauthRoutes(this.identity, { publicUrl, clientDocuments: documents !== undefined }));
    const guard = callerGuard(
      (bearer) => this.identity.authenticate(bearer),
      publicUrl,
      rateGuard(UNLIMITED),
    );
    for (const url of ['/', '/mcp']) this.app.post(url, (request, reply) => guard(request, reply));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
  }

  /** Listens on a free loopback port; the port. */
  async listen(): Promise<number> {
    const address = await this.app.listen({ host: '127.0.0.1', port: 0 });
    return Number(new URL(address).port);
  }

  get(url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    return this.app.inject({
      method: 'GET',
      url,
      headers: { host: new URL(this.publicUrl).host, ...headers },
    });
  }

  register(metadata: unknown): Promise<LightMyRequestResponse> {
    return this.app.inject({
      method: 'POST',
      url: '/register',
      headers: { 'content-type': 'application/json' },
      payload: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
    });
  }

  authorize(parameters: Record<string, string> | string): Promise<LightMyRequestResponse> {
    return this.get(`/oauth/authorize?${new URLSearchParams(parameters).toString()}`);
  }

  /** Sends a form; `basic` is `id:secret`. */
  form(
    url: string,
    fields: Record<string, string> | string,
    basic?: string,
  ): Promise<LightMyRequestResponse> {
    const authorization =
      basic === undefined ? {} : { authorization: `Basic ${Buffer.from(basic).toString('base64')}` };
    return this.app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...authorization },
      payload: new URLSearchParams(fields).toString(),
    });
  }

  /** Calls the guarded address. */
  call(token: string): Promise<LightMyRequestResponse> {
    return this.app.inject({ method: 'POST', url: '/mcp', headers: { authorization: `Bearer ${token}` } });
  }

  /** The account that a token stands for; undefined when it is refused. */
  async accountOf(token: string): Promise<string | undefined> {
    return (await this.identity.authenticate(token))?.account;
  }
}

/** A fresh PKCE pair (RFC 7636 section 4). */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}
