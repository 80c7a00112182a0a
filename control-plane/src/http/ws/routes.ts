import websocket, { type WebSocket } from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Connecting } from '../../agents/connection.ts';
import type { PresenceWatch } from '../../agents/presence/watch.ts';
import type { Tickets } from '../../agents/tickets.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Metrics } from '../../kernel/metrics.ts';
import { CodedError } from '../../kernel/errors.ts';
import type { CallerGuard } from '../bearer.ts';
import type { RateGuard } from '../rate-limits.ts';
import { closing } from './close-codes.ts';
import { EarlyFrames } from './early-frames.ts';
import { AgentSocket, type LineTimes } from './socket.ts';

/** Bytes of one frame. */
const MOST_FRAME_BYTES = 96 * 1024;

export interface SocketRouteParts extends Connecting {
  readonly requireCaller: CallerGuard;
  readonly limits: RateGuard;
  /** Whose token has this hash; undefined once it is good no more. */
  readonly callerOf: (tokenKey: string) => Promise<Caller | undefined>;
  readonly spendTicket: Tickets['spend'];
  readonly watch: Pick<PresenceWatch, 'listen'>;
  readonly metrics: Pick<Metrics, 'line'>;
  readonly times?: LineTimes;
}

type SocketRequest = FastifyRequest<{ Params: { agent_id: string }; Querystring: { ticket?: unknown } }>;

/** `/ws/{agent_id}`: what is sent to an agent, as it is committed (docs/agents.md). */
export async function socketRoutes(app: FastifyInstance, parts: SocketRouteParts): Promise<void> {
  const stopping = new AbortController();
  await app.register(websocket, {
    options: { maxPayload: MOST_FRAME_BYTES },
    // What a client sends is no error of the server's: its own handler logs each broken frame as one.
    errorHandler: (_error, socket) => socket.terminate(),
    // In place of its own, which tells no reason.
    preClose(done) {
      stopping.abort();
      app.websocketServer.close(done);
    },
  });
  const open = new Set<Promise<void>>();
  // What was acknowledged at the last moment is written down before the store is closed.
  app.addHook('onClose', async () => void (await Promise.all(open)));
  const callers = new WeakMap<FastifyRequest, Caller>();
  const serve = async (socket: WebSocket, request: SocketRequest, caller: Caller) => {
    const early = new EarlyFrames(socket);
    if (!(await early.answered(stopping.signal))) return socket.terminate();
    const connection = await parts.connect(caller, request.params.agent_id, () => isOpen(socket));
    if (!connection) return socket.terminate();
    await using _line = connection;
    const served = new AgentSocket(socket, connection, {
      isWelcome: async () => (await parts.callerOf(caller.tokenKey ?? '')) !== undefined,
      stopping: stopping.signal,
      times: parts.times,
      listen: (listener) => parts.watch.listen(listener),
      onError: failed(request),
    });
    const ended = parts.metrics.line();
    ended(await served.serve(early));
  };
  app.route({
    method: 'GET',
    url: '/ws/:agent_id',
    config: { countedAs: 'account' },
    // Refused before the upgrade, with the status and body of any other call.
    preValidation: async (request: SocketRequest, reply) => {
      const caller = await whoOpens(request, reply, parts);
      if (!request.ws) throw new CodedError('UPGRADE_REQUIRED');
      await parts.mayConnect(caller, request.params.agent_id);
      callers.set(request, caller);
    },
    handler: async () => {
      throw new CodedError('UPGRADE_REQUIRED');
    },
    wsHandler: (socket, request: SocketRequest) => {
      const caller = callers.get(request);
      if (!caller) return socket.close(...closing('failed'));
      const serving = serve(socket, request, caller)
        .catch((error: unknown) => {
          const isGone = error instanceof CodedError && error.code === 'AGENT_NOT_FOUND';
          if (!isGone) failed(request)(error);
          socket.close(...closing(isGone ? 'gone' : 'failed'));
        })
        .finally(() => open.delete(serving));
      open.add(serving);
    },
  });
}

const isOpen = (socket: WebSocket) => socket.readyState === socket.OPEN;

const failed = (request: FastifyRequest) => (err: unknown) =>
  request.log.error({ err }, 'an agent’s socket failed');

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
