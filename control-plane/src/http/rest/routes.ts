import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../identity/caller.ts';
import type { Json } from '../../kernel/json/value.ts';
import type { Operation } from '../../kernel/operation.ts';
import type { Taken } from '../../kernel/taken.ts';
import type { CallerGuard } from '../bearer.ts';
import type { Invoke, OpenCalls } from '../call.ts';
import { reportError, sendError } from '../errors.ts';
import { ALL_OPERATIONS, pathsOf } from '../operations.ts';
import { queryReader } from '../query.ts';
import { type RateGuard, tellLeft } from '../rate-limits.ts';

/** What the REST edge stands on. */
export interface RestParts {
  readonly invoke: Invoke;
  readonly requireCaller: CallerGuard;
  readonly limits: RateGuard;
  readonly calls: OpenCalls;
  /** True where agents may register without an account, which is made for them. */
  readonly admitsNewcomers: boolean;
}

/** One route for each operation: POST takes JSON, GET takes a query. */
export function restRoutes(app: FastifyInstance, parts: RestParts): void {
  app.decorateRequest('caller', null);
  for (const operation of ALL_OPERATIONS)
    for (const url of pathsOf(operation)) addRoute(app, url, operation, parts);
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the body is read, on routes that need a caller. */
    caller: Caller | null;
  }
}

function addRoute(app: FastifyInstance, url: string, operation: Operation, parts: RestParts): void {
  const { invoke, requireCaller, limits, calls } = parts;
  const isOptional = operation.open === 'optional' && parts.admitsNewcomers;
  const fromQuery = queryReader(operation);
  app.route({
    method: operation.method,
    url,
    ...(operation.open === true
      ? { config: { anyHost: true, countedAs: 'none', cors: 'listed' }, exposeHeadRoute: true }
      : {
          config: { countedAs: 'account', cors: 'listed' },
          onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
            if (isOptional && request.headers.authorization === undefined)
              return limits.newcomer(request, reply);
            request.caller = await requireCaller(request, reply);
            limits.call(request.caller, operation, reply);
          },
        }),
    handler: async (request, reply) => {
      const input =
        operation.method === 'GET'
          ? fromQuery(request.query as Record<string, Json>)
          : (request.body as Json | undefined);
      const signal = calls.signal(reply.raw);
      const counted = (taken: Taken) => tellLeft(taken, reply);
      try {
        return await invoke(operation, request.caller ?? undefined, input, { signal, counted });
      } catch (error) {
        return sendError(reply, reportError(error, request, signal));
      }
    },
  });
}
