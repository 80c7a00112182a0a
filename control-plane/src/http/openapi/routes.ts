import type { FastifyInstance } from 'fastify';
import { type DocumentParts, openApiDocument } from './document.ts';
import { openApiPage, PAGE_CSP } from './page.ts';

/** The OpenAPI document for machines and the same as a page for people, both made once. */
export function openApiRoutes(app: FastifyInstance, parts: DocumentParts): void {
  const document = JSON.stringify(openApiDocument(parts));
  const page = openApiPage(parts.version);
  app.get('/openapi.json', { exposeHeadRoute: true, config: { cors: 'listed' } }, async (_request, reply) =>
    reply.type('application/json').send(document),
  );
  app.get('/docs', { exposeHeadRoute: true }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', PAGE_CSP).send(page),
  );
}
