import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import websocket from '@fastify/websocket';
import Fastify from 'fastify';
import type { WebSocket } from 'ws';

/**
 * The bare relay that agents' figures are measured against, a process of its own: an authenticated route
 * hands each message on to its recipient's socket, or keeps it in memory until one is there. Nothing is
 * durable, nothing is acknowledged; answers and frames are about as long as the server's.
 */
const [tokenHash = ''] = process.argv.slice(2);
const TS = '2026-01-01T00:00:00.000Z';

interface Body {
  readonly from: string;
  readonly to: string;
  readonly message: unknown;
}

const app = Fastify();
const sockets = new Map<string, WebSocket>();
const waiting = new Map<string, string[]>();
let sent = 0;

await app.register(websocket);
app.addHook('onRequest', async (request, reply) => {
  const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
  if (createHash('sha256').update(token).digest('hex') !== tokenHash) await reply.code(401).send();
});

app.post<{ Body: Body }>('/api/v1/messages', async ({ body }) => {
  const { from, to, message } = body;
  const message_id = `msg_00000000000000000000000000000000_${++sent}`;
  const frame = JSON.stringify({ message_id, from, to, type: 'ping', message, ts: TS, cursor: `${sent}.0` });
  const recipients = to === 'ALL' ? [...sockets.keys()].filter((id) => id !== from) : [to];
  for (const recipient of recipients) hand(recipient, frame);
  return { success: true, message_id, receipt: 'stored', to, recipients: recipients.length, ts: TS };
});

app.get<{ Params: { agent_id: string } }>('/ws/:agent_id', { websocket: true }, (socket, request) => {
  const { agent_id } = request.params;
  sockets.set(agent_id, socket);
  socket.on('message', (data) => {
    if ((data as Buffer).toString() === '{"type":"heartbeat"}')
      socket.send(`{"type":"heartbeat","ts":"${TS}"}`);
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    if (sockets.get(agent_id) === socket) sockets.delete(agent_id);
  });
  for (const frame of waiting.get(agent_id) ?? []) socket.send(frame);
  waiting.delete(agent_id);
});

function hand(recipient: string, frame: string): void {
  const socket = sockets.get(recipient);
  if (socket) socket.send(frame);
  else waiting.set(recipient, [...(waiting.get(recipient) ?? []), frame]);
}

await app.listen({ host: '127.0.0.1', port: 0 });
console.log(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
