import type { Caller } from '../identity/caller.ts';
import { CodedError, type ErrorCode, type NextCall } from '../kernel/errors.ts';
import type { Handlers } from './handlers.ts';

/** What the next call of an error is made from: the tool that failed, and what it was given. */
interface Failed {
  readonly tool: string;
  readonly channel_id?: string;
  readonly seat?: string;
  readonly filter?: string;
}

type Rule = (failed: Failed) => NextCall | undefined;

/** The caller's channels and seats, with a call for each. */
export const findSeats = (): NextCall => ({ tool: 'list_channels', arguments: {} });

/** Who sits where and which bots there are: any seat of the account may look, without naming it. */
export function lookAt(channelId: string): NextCall {
  return { tool: 'get_channel_info', arguments: { channel_id: channelId } };
}

/** Another handle for a seat that the account holds. */
export function takeHandle(channelId: string, slotId: string): NextCall {
  return { tool: 'join_channel', arguments: { channel_id: channelId, slot_id: slotId } };
}

/** Reads a channel as the seat that the call named. */
export function readOn(channelId: string, seat: string | undefined, cursor?: number): NextCall {
  const place = cursor === undefined ? {} : { cursor };
  const as = seat === undefined ? {} : { seat };
  return { tool: 'sync_messages', arguments: { channel_id: channelId, ...place, ...as } };
}

const look: Rule = ({ channel_id }) => (channel_id === undefined ? undefined : lookAt(channel_id));

const close: Rule = ({ channel_id = '' }) => ({
  tool: 'update_channel',
  arguments: { channel_id, ops: [{ type: 'close' }] },
});

/** Who posted may read; who administers may have several seats, and look without naming one. */
const readClosed: Rule = (failed) => {
  const { tool, channel_id, seat } = failed;
  const posted = tool === 'post_message' || tool === 'dm_bot';
  return posted && channel_id !== undefined ? readOn(channel_id, seat) : look(failed);
};

const fromStart: Rule = ({ channel_id, seat, filter }) => {
  if (channel_id !== undefined) return readOn(channel_id, seat);
  return { tool: 'list_channels', arguments: filter === undefined ? {} : { filter } };
};

/** The next calls that follow from the code alone. Others, where the error is thrown: only there is it known. */
const RULES: { readonly [Code in ErrorCode]?: Rule } = {
  CHANNEL_NOT_FOUND: findSeats,
  NOT_MEMBER: findSeats,
  REJOIN_TOKEN_INVALID: findSeats,
  QUOTA: findSeats,
  NOT_ADMIN: look,
  LAST_ADMIN: look,
  SEAT_REQUIRED: look,
  SEAT_EMPTY: look,
  SLOT_NOT_FOUND: look,
  SLOT_ALREADY_FILLED: look,
  BOT_NOT_FOUND: look,
  BOT_SUSPENDED: look,
  BOT_NOT_SUSPENDED: look,
  CHANNEL_CLOSED: readClosed,
  CHANNEL_NOT_CLOSED: close,
  BAD_CURSOR: fromStart,
};

/** The handlers, with a next call on each of their errors that has one. */
export function withNextCalls(handlers: Handlers): Handlers {
  const entries = Object.entries(handlers).map(([tool, handler]) => [
    tool,
    guided(tool, handler as AnyHandler),
  ]);
  return Object.fromEntries(entries) as Handlers;
}

type AnyHandler = (caller: Caller, input: object, context: unknown) => Promise<unknown>;

function guided(tool: string, handler: AnyHandler): AnyHandler {
  return async (caller, input, context) => {
    try {
      return await handler(caller, input, context);
    } catch (error) {
      if (!(error instanceof CodedError) || error.details.next_call || error.details.next) throw error;
      const next = RULES[error.code]?.({ ...input, tool });
      throw next ? error.withNextCall(next) : error;
    }
  };
}
