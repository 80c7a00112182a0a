import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Connection } from '../../agents/connection.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Authenticate, CallerGuard } from '../bearer.ts';
import { closing } from './close-codes.ts';
import { AgentSocket } from './socket.ts';

/** Bytes of one frame. */
const MOST_FRAME_BYTES = 96 * 1024;

export interface SocketRouteParts {
  readonly requireCaller: CallerGuard;
  readonly authenticate: Authenticate;
  /** Opens an agent's connection. @throws CodedError */
  readonly connect: (caller: Caller, agentId: string) => Promise<Connection>;
}

/** `/ws/{agent_id}`: what is sent to an agent, as it is committed (docs/agents.md). */
export async function socketRoutes(app: FastifyInstance, parts: SocketRouteParts): Promise<void> {
  const { requireCaller, authenticate, connect } = parts;
  const stopping = new AbortController();
  const open = new Map<string, AgentSocket>();
  await app.register(websocket, { options: { maxPayload: MOST_FRAME_BYTES } });
  app.addHook('preClose', async () => stopping.abort());
  const connections = new WeakMap<FastifyRequest, Connection>();
  app.get<{ Params: { agent_id: string } }>(
    '/ws/:agent_id',
    {
      websocket: true,
      config: { countedAs: 'account' },
      // Refused before the upgrade, with the status and body of any other call.
      preValidation: async (request, reply) => {
        const caller = await requireCaller(request, reply);
        connections.set(request, await connect(caller, request.params.agent_id));
      },
    },
    (socket, request) => {
      const connection = connections.get(request);
      if (!connection) return socket.close(...closing('failed'));
      const token = request.headers.authorization?.replace(/^Bearer +/i, '').trim() ?? '';
      const served = new AgentSocket(socket, connection, {
        isWelcome: async () => (await authenticate(token)) !== undefined,
        stopping: stopping.signal,
        onError: (err) => request.log.error({ err }, 'an agent’s socket failed'),
      });
      const { inbox } = connection.agent;
      open.get(inbox)?.close('replaced');
      open.set(inbox, served);
      void served.serve().then(async () => {
        if (open.get(inbox) === served) open.delete(inbox);
        await connection[Symbol.asyncDispose]();
      });
    },
  );
}
