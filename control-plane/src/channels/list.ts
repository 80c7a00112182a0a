import type { Caller } from '../identity/caller.ts';
import { CodedError, type NextCall } from '../kernel/errors.ts';
import type { InputOf, OutputOf } from '../kernel/operation.ts';
import type { Folded } from '../log/fold.ts';
import type { TagCursor } from '../log/store.ts';
import { resolveReader } from './access.ts';
import type { ChannelDeps } from './deps.ts';
import { bytesOf, roomBeside } from '../kernel/answer-size.ts';
import { readTagCursor, writeTagCursor } from '../log/tag-cursor.ts';
import { lookAt, readOn, takeHandle } from './next-call.ts';
import type { listChannels } from './operations/channel.ts';
import { type ChannelState, isAdmin, seated } from './state.ts';
import { NOTICE, slotFace } from './view.ts';

type Output = OutputOf<typeof listChannels>;

/** Bytes that a channel of a list takes on average, so that the usual list has about 2,000 tokens. */
const BYTES_PER_CHANNEL = 350;

/** The caller's channels, or those that anyone may find: a tag query, checked against the fold. */
export async function list(
  deps: ChannelDeps,
  caller: Caller,
  input: InputOf<typeof listChannels>,
): Promise<Output> {
  const mine = input.filter === 'mine';
  const tag = mine ? `acct:${caller.account}` : 'lobby';
  const belongs = mine ? isMine : isListed;
  const channels: Output['channels'] = [];
  let left = Math.min(input.limit * BYTES_PER_CHANNEL, roomBeside({}));
  let after = input.cursor === undefined ? undefined : readCursor(input.cursor);
  for (;;) {
    const page = await deps.streams.store.streamsByTag(tag, {
      limit: input.limit,
      ...(after ? { after } : {}),
    });
    let looked = 0;
    for (const found of page) {
      if (channels.length === input.limit) break;
      const { folded } = await deps.streams.open(found.stream);
      if (belongs(folded.state, caller.account)) {
        const channel = summary(folded, caller.account);
        left -= bytesOf(channel);
        if (left < 0 && channels.length > 0) break;
        channels.push(channel);
      }
      looked++;
      after = found;
    }
    const more = page.length === input.limit || looked < page.length;
    if (channels.length < input.limit && left >= 0 && more) continue;
    return {
      channels,
      next_cursor: more && after ? writeTagCursor(after) : null,
      ...(channels.length > 0 ? { notice: NOTICE } : {}),
      next: mine
        ? 'Make one of the next_calls of a channel: it reads on, or gives you the rejoin_token of a seat. Take only the seat that is yours, should another conversation of this account play too.'
        : 'Make the next_calls of a channel to look at it; a seat takes an invite from its admin.',
    };
  }
}

function isMine(state: ChannelState, account: string): boolean {
  if (state.status !== 'open' && state.status !== 'closed') return false;
  return isAdmin(state, account) || seated(state).some(({ tenure }) => tenure.account === account);
}

function isListed(state: ChannelState): boolean {
  return state.status === 'open' && state.visibility === 'listed';
}

function summary({ state, nextId }: Folded<ChannelState>, account: string): Output['channels'][number] {
  const your_seats = seated(state)
    .filter(({ tenure }) => tenure.account === account)
    .map(({ slot }) => slot.slot_id);
  return {
    channel_id: state.channel_id,
    name: state.name,
    slots: state.slots.map((slot) => slotFace(state, slot)),
    message_count: nextId - 1,
    bots: state.bots.filter((bot) => !bot.removed).map((bot) => bot.bot_id),
    closed: state.status === 'closed',
    your_seats,
    admin: isAdmin(state, account),
    next_calls: nextCalls(state, account, your_seats),
  };
}

/** What a session does next that has nothing but its token: read on, or take the handle of a seat. */
function nextCalls(state: ChannelState, account: string, seats: readonly string[]): NextCall[] {
  const { channel_id } = state;
  if (mayRead(state, account)) return [readOn(channel_id, undefined)];
  if (state.strict_seats || seats.length === 0) return [lookAt(channel_id)];
  return seats.map((slotId) => takeHandle(channel_id, slotId));
}

/** True when sync_messages needs no seat named. */
function mayRead(state: ChannelState, account: string): boolean {
  try {
    resolveReader(state, account);
    return true;
  } catch {
    return false;
  }
}

function readCursor(text: string): TagCursor {
  const cursor = readTagCursor(text, /^chn_[a-z2-7]{16}$/);
  if (!cursor) throw new CodedError('BAD_CURSOR', { field: 'cursor' });
  return cursor;
}
