import type { FastifyInstance } from 'fastify';
import { parseJsonBytes } from '../kernel/json/parse.ts';

/** Reads JSON bodies strictly and takes no other kind; a plugin may add kinds for its own routes. */
export function strictJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, body.length === 0 ? undefined : parseJsonBytes(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}
