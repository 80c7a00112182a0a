import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../identity/caller.ts';
import type { Operation } from '../kernel/operation.ts';
import type { Taken } from '../kernel/taken.ts';
import { type Budget, type Budgets, requireGranted } from '../limits/budgets.ts';
import { networkOf } from './network-of.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * What requests to this route are counted against. Unless told: `strangers`, by address. `account`: the
     * caller's, once it is known; else the address is charged. `none`: probes.
     */
    readonly countedAs?: 'account' | 'registrations' | 'none';
  }
}

/** Counts requests; each method throws RATE_LIMITED where the budget is used up. */
export interface RateGuard {
  /** Counts a call of an account. `operation` is undefined for what only reads. */
  call(caller: Caller, operation: Operation | undefined, reply: FastifyReply): void;
  /** Counts a request that showed no good token. */
  stranger(request: FastifyRequest, reply: FastifyReply): void;
  /** Counts a request that makes an account. */
  newcomer(request: FastifyRequest, reply: FastifyReply): void;
}

/** A guard that counts against budgets, and tells each answer's reader what is left. */
export function rateGuard(budgets: Budgets): RateGuard {
  return {
    call: ({ account }, operation, reply) => charge(budgets.take(budgetOf(operation), account), reply),
    stranger: (request, reply) => charge(budgets.take('strangers', networkOf(request.ip)), reply),
    newcomer: (request, reply) => charge(budgets.take('registrations', networkOf(request.ip)), reply),
  };
}

/** Counts requests to routes that ask for no caller, before anything of them is read. */
export function limitStrangers(app: FastifyInstance, budgets: Budgets): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { countedAs = 'strangers' } = request.routeOptions.config;
    if (countedAs === 'account' || countedAs === 'none') return done();
    try {
      charge(budgets.take(countedAs, networkOf(request.ip)), reply);
    } catch (error) {
      return done(error as Error);
    }
    done();
  });
}

/** A bot is compiled and gets a container: dearer than anything else that is called. */
const CREATIONS = new Set(['create_channel', 'attach_bot']);

function budgetOf(operation: Operation | undefined): Budget {
  if (!operation || operation.hints.readOnlyHint) return 'reads';
  return CREATIONS.has(operation.name) ? 'creations' : 'writes';
}

/** @throws {CodedError} RATE_LIMITED */
function charge(taken: Taken | undefined, reply: FastifyReply): void {
  if (!taken) return;
  tellLeft(taken, reply);
  requireGranted(taken);
}

/** Sets the headers of draft-ietf-httpapi-ratelimit-headers, and those that were there before it. */
export function tellLeft(taken: Taken, reply: FastifyReply): void {
  const { budget, quota, windowS, remaining, wholeInS, granted, retryAfterS } = taken;
  reply.header('ratelimit-policy', `"${budget}";q=${quota};w=${windowS}`);
  reply.header('ratelimit', `"${budget}";r=${remaining};t=${granted ? wholeInS : retryAfterS}`);
  reply.header('x-ratelimit-limit', String(quota));
  reply.header('x-ratelimit-remaining', String(remaining));
  reply.header('x-ratelimit-reset', String(granted ? wholeInS : retryAfterS));
}
