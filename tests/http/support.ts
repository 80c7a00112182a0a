import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { ALL_OPERATIONS, type AllHandlers } from '../../control-plane/src/http/operations.ts';
import { type AppParts, buildApp } from '../../control-plane/src/http/app.ts';
import { CodedError } from '../../control-plane/src/kernel/errors.ts';
import { noMetrics } from '../../control-plane/src/kernel/metrics.ts';
import { UNLIMITED } from '../support/unlimited.ts';
import type { CallContext } from '../../control-plane/src/kernel/operation.ts';

export const TOKEN = 'good-token';
export const CHANNEL = 'chn_aaaabbbbccccdddd';

/** One call that reached a service. */
export interface Reached {
  readonly name: string;
  readonly caller: unknown;
  readonly input: unknown;
  readonly context: CallContext;
}

type Service = (input: never, context: CallContext) => Promise<unknown>;

/** Services that remember their calls; those that a test does not bring answer `{ reached: name }`. */
export function fakeHandlers(services: Partial<Record<keyof AllHandlers, Service>> = {}) {
  const reached: Reached[] = [];
  const entries = ALL_OPERATIONS.map(({ name }) => [
    name,
    async (caller: unknown, input: never, context: CallContext) => {
      reached.push({ name, caller, input, context });
      return (await services[name as keyof AllHandlers]?.(input, context)) ?? { reached: name };
    },
  ]);
  return { reached, handlers: Object.fromEntries(entries) as AllHandlers };
}

/** The whole HTTP server over fake services; gone with the test. */
export async function startApp(parts: Partial<AppParts> = {}) {
  const logged: string[] = [];
  const app = await buildApp({
    handlers: fakeHandlers().handlers,
    agents: {
      mayConnect: () => Promise.reject(new CodedError('AGENT_NOT_FOUND')),
      connect: async () => undefined,
      metrics: noMetrics,
      admitsNewcomers: true,
      spendTicket: async () => undefined,
      callerOf: async () => undefined,
      watch: { listen: () => ({ [Symbol.dispose]: () => undefined }) },
    },
    authenticate: async (bearer) => CALLERS[bearer],
    identityRoutes: async () => {},
    config: { publicUrl: 'https://play.example', allowedHosts: [], allowedOrigins: [] },
    budgets: UNLIMITED,
    metrics: noMetrics,
    logger: pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) }),
    readiness: {},
    version: '1.2.3',
    ...parts,
  });
  return { app, logged, [Symbol.asyncDispose]: () => app.close() };
}

const CALLERS: Record<string, { account: string; clientId: string; scopes: string[] }> = {
  [TOKEN]: { account: 'acc_1', clientId: 'cli_1', scopes: ['mcp'] },
  'narrow-token': { account: 'acc_2', clientId: 'cli_2', scopes: ['offline_access'] },
};

export const AUTH = { authorization: `Bearer ${TOKEN}` };

/** Listens on a free loopback port. */
export async function listen(app: FastifyInstance): Promise<string> {
  await app.listen({ port: 0, host: '127.0.0.1' });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

/** A service that fails with a code. */
export function failing(...args: ConstructorParameters<typeof CodedError>): Service {
  return async () => {
    throw new CodedError(...args);
  };
}
