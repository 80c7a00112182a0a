import pino from 'pino';
import { buildApp } from '../../../control-plane/src/http/app.ts';
import { noMetrics } from '../../../control-plane/src/kernel/metrics.ts';
import { fakeHandlers } from '../../http/support.ts';
import { UNLIMITED } from '../../support/unlimited.ts';
import { openSocket } from './socket.ts';
import { callerOf, openTown, type TownOptions } from './town.ts';

const PUBLIC_URL = 'http://127.0.0.1:8100';

export interface StreetOptions extends TownOptions {
  readonly pingMs?: number;
  readonly askAfterMs?: number;
  readonly takeMs?: number;
}

/** A town behind the real HTTP server, on a port of its own; each account's token is its name. */
export async function openStreet(options: StreetOptions = {}) {
  const { pingMs = 30_000, askAfterMs = 2_000, takeMs } = options;
  const town = openTown(options);
  const revoked = new Set<string>();
  const logged: string[] = [];
  const byToken = (token: string) => (revoked.has(token) ? undefined : callerOf(token));
  const app = await buildApp({
    handlers: { ...fakeHandlers().handlers, ...town.agents.handlers },
    agents: {
      ...town.agents,
      times: { pingMs, askAfterMs, takeMs },
      callerOf: async (key) => byToken(key.slice('key_'.length)),
    },
    authenticate: async (token) => byToken(token),
    identityRoutes: async () => {},
    config: { publicUrl: PUBLIC_URL, allowedHosts: [], allowedOrigins: [] },
    budgets: UNLIMITED,
    metrics: noMetrics,
    logger: pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) }),
    readiness: {},
    version: '1.2.3',
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    ...town,
    app,
    url,
    logged,
    /** Ends a token. */
    revoke: (token: string) => void revoked.add(token),
    async open(agentId: string, token = `acc_${agentId}`) {
      const line = await openSocket(url, `/ws/${agentId}`, token);
      await line.served();
      return line;
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      town.agents[Symbol.dispose]();
    },
  };
}
