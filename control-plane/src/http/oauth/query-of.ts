import type { FastifyRequest } from 'fastify';

/** The query as it was sent: the framework's own parser hides whether a parameter came twice. */
export function queryOf(request: FastifyRequest): string {
  const mark = request.url.indexOf('?');
  return mark < 0 ? '' : request.url.slice(mark + 1);
}
