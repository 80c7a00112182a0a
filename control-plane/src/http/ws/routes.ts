import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Connection } from '../../agents/connection.ts';
import type { PresenceWatch } from '../../agents/presence/watch.ts';
import type { Tickets } from '../../agents/tickets.ts';
import type { Caller } from '../../identity/caller.ts';
import { CodedError } from '../../kernel/errors.ts';
import type { CallerGuard } from '../bearer.ts';
import type { RateGuard } from '../rate-limits.ts';
import { closing } from './close-codes.ts';
import type { HeartbeatTimes } from './heartbeat.ts';
import { AgentSocket } from './socket.ts';

/** Bytes of one frame. */
const MOST_FRAME_BYTES = 96 * 1024;

export interface SocketRouteParts {
  readonly requireCaller: CallerGuard;
  readonly limits: RateGuard;
  /** Whose token has this hash; undefined once it is good no more. */
  readonly callerOf: (tokenKey: string) => Promise<Caller | undefined>;
  /** Opens an agent's connection. @throws CodedError */
  readonly connect: (caller: Caller, agentId: string) => Promise<Connection>;
  readonly spendTicket: Tickets['spend'];
  readonly watch: Pick<PresenceWatch, 'listen'>;
  readonly times?: HeartbeatTimes;
}

type SocketRequest = FastifyRequest<{ Params: { agent_id: string }; Querystring: { ticket?: unknown } }>;

interface Opened {
  readonly caller: Caller;
  readonly connection: Connection;
}

/** `/ws/{agent_id}`: what is sent to an agent, as it is committed (docs/agents.md). */
export async function socketRoutes(app: FastifyInstance, parts: SocketRouteParts): Promise<void> {
  const stopping = new AbortController();
  await app.register(websocket, {
    options: { maxPayload: MOST_FRAME_BYTES },
    // In place of its own, which tells no reason.
    preClose(done) {
      stopping.abort();
      app.websocketServer.close(done);
    },
  });
  const open = new Set<Promise<void>>();
  // What was acknowledged at the last moment is written down before the store is closed.
  app.addHook('onClose', async () => void (await Promise.all(open)));
  const opened = new WeakMap<FastifyRequest, Opened>();
  app.route({
    method: 'GET',
    url: '/ws/:agent_id',
    config: { countedAs: 'account' },
    // Refused before the upgrade, with the status and body of any other call.
    preValidation: async (request: SocketRequest, reply) => {
      const caller = await whoOpens(request, reply, parts);
      if (!request.ws) throw new CodedError('UPGRADE_REQUIRED');
      opened.set(request, { caller, connection: await parts.connect(caller, request.params.agent_id) });
    },
    handler: async () => {
      throw new CodedError('UPGRADE_REQUIRED');
    },
    wsHandler: (socket, request) => {
      const found = opened.get(request);
      if (!found) return socket.close(...closing('failed'));
      const { caller, connection } = found;
      const onError = (err: unknown) => request.log.error({ err }, 'an agent’s socket failed');
      const served = new AgentSocket(socket, connection, {
        isWelcome: async () => (await parts.callerOf(caller.tokenKey ?? '')) !== undefined,
        stopping: stopping.signal,
        times: parts.times,
        listen: (listener) => parts.watch.listen(listener),
        onError,
      });
      const serving = served
        .serve()
        .then(() => connection[Symbol.asyncDispose]())
        .catch(onError)
        .finally(() => open.delete(serving));
      open.add(serving);
    },
  });
}

/** By the header, or by a ticket of the very agent. */
async function whoOpens(
  request: SocketRequest,
  reply: FastifyReply,
  parts: SocketRouteParts,
): Promise<Caller> {
  const { ticket } = request.query;
  if (typeof ticket !== 'string') {
    const caller = await parts.requireCaller(request, reply);
    parts.limits.call(caller, undefined, reply);
    return caller;
  }
  const spent = await parts.spendTicket(ticket);
  const caller =
    spent?.agent_id === request.params.agent_id ? await parts.callerOf(spent.token_key) : undefined;
  if (caller) return caller;
  parts.limits.stranger(request, reply);
  throw new CodedError('TICKET_INVALID');
}
