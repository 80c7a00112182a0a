import type { FastifyInstance } from 'fastify';
import { readableForwarded } from './forwarded.ts';

const HEADER = 'x-forwarded-for';

/**
 * Leaves of the X-Forwarded-For of a trusted proxy what can be read, before `request.ip` is made of it: with
 * that, `request.ip` is always an address.
 */
export function readForwarded(app: FastifyInstance, trusts: (address: string) => boolean): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers, socket } = request.raw;
    const given = headers[HEADER];
    if (given !== undefined && trusts(socket.remoteAddress ?? '')) {
      const readable = readableForwarded(String(given));
      if (readable === '') delete headers[HEADER];
      else headers[HEADER] = readable;
    }
    done();
  });
}
