import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, Server } from '@modelcontextprotocol/server';
import Fastify from 'fastify';

/**
 * The bare server that floors are measured against, a process of its own: one authenticated route and
 * one stateless MCP tool, which do nothing but answer about as much as a post is answered.
 */
const [tokenHash = ''] = process.argv.slice(2);
const ANSWER = {
  msg_id: 1,
  ts: '2026-01-01T00:00:00.000Z',
  bots: 'none',
  replies: [],
  loop_guard: { remaining: 60, per_minute: 30 },
  you: { slot_id: 's1', label: 'a' },
};

const app = Fastify();
app.addHook('onRequest', async (request, reply) => {
  const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
  if (createHash('sha256').update(token).digest('hex') !== tokenHash) await reply.code(401).send();
});
app.post('/bare', async () => ANSWER);

const serve = toNodeHandler(
  createMcpHandler(() => {
    const server = new Server({ name: 'bare', version: '1' }, { capabilities: { tools: {} } });
    server.setRequestHandler('tools/call', () => ({
      content: [{ type: 'text', text: JSON.stringify(ANSWER) }],
      structuredContent: ANSWER,
    }));
    return server;
  }),
);
app.post('/mcp', async (request, reply) => {
  reply.hijack();
  await serve(request.raw as Parameters<typeof serve>[0], reply.raw, request.body);
});

await app.listen({ host: '127.0.0.1', port: 0 });
console.log(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
