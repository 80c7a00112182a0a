import { createHash, randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { callerGuard } from '../../../control-plane/src/http/bearer.ts';
import { oauthRoutes } from '../../../control-plane/src/http/oauth/routes.ts';
import { Identity } from '../../../control-plane/src/identity/identity.ts';
import { CodedError } from '../../../control-plane/src/kernel/errors.ts';
import { parseJsonBytes } from '../../../control-plane/src/kernel/json/parse.ts';
import { MemoryRecords } from '../../support/memory-records.ts';

export const PUBLIC_URL = 'https://play.example';

/** A clock that a test moves. */
export class ManualClock {
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
  readonly records?: MemoryRecords;
  readonly maxUnusedClients?: number;
}

/** The OAuth endpoints with one guarded address, `/mcp`, that answers who calls. */
export class TestServer {
  readonly app: FastifyInstance;
  readonly clock = new ManualClock();
  readonly records: MemoryRecords;
  readonly identity: Identity;
  readonly publicUrl: string;
  /** Everything that the server logged. */
  readonly log: string[] = [];

  constructor({
    publicUrl = PUBLIC_URL,
    records = new MemoryRecords(),
    maxUnusedClients = 100,
  }: TestServerOptions = {}) {
    this.records = records;
    this.publicUrl = publicUrl;
    this.identity = new Identity({ records, clock: this.clock, publicUrl, maxUnusedClients });
    const stream = { write: (line: string) => void this.log.push(line) };
    this.app = Fastify({ logger: { level: 'trace', stream } });
    installJson(this.app);
    this.app.setErrorHandler((error, _request, reply) => {
      const coded = error instanceof CodedError ? error : new CodedError('INTERNAL');
      return reply.code(coded.status).send(coded.toAnswer());
    });
    this.app.register(oauthRoutes(this.identity, { publicUrl }));
    const guard = callerGuard((bearer) => this.identity.authenticate(bearer), publicUrl);
    this.app.post('/mcp', (request, reply) => guard(request, reply));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
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
    return this.get(`/oauth/authorize?${new URLSearchParams(parameters)}`);
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

/** As the application does it: bodies are strict JSON. */
function installJson(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => {
      try {
        return parseJsonBytes(body);
      } catch (cause) {
        throw new CodedError('INVALID_REQUEST', {}, { cause });
      }
    },
  );
}

/** A fresh PKCE pair (RFC 7636 section 4). */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}
