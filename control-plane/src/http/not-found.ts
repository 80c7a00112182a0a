import type { FastifyInstance, HTTPMethods } from 'fastify';
import { CodedError } from '../kernel/errors.ts';
import { sendError } from './errors.ts';

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Tells an unknown address (404) from a known one that does not take the method (405 with Allow). */
export function handleUnrouted(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    const url = request.url.split('?', 1)[0] as string;
    const allowed = METHODS.filter((method) => app.hasRoute({ url, method }));
    if (allowed.length === 0) return sendError(reply, new CodedError('NOT_FOUND'));
    reply.header('allow', allowed.join(', '));
    return sendError(reply, new CodedError('METHOD_NOT_ALLOWED'));
  });
}
