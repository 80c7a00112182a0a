import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import type { InputOf, OutputOf } from '../kernel/operation.ts';
import type { Folded } from '../log/fold.ts';
import type { TagCursor } from '../log/store.ts';
import type { ChannelDeps } from './deps.ts';
import type { listChannels } from './operations/channel.ts';
import { type ChannelState, isAdmin, seated } from './state.ts';
import { NOTICE, slotFace } from './view.ts';

type Output = OutputOf<typeof listChannels>;

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
  let after = input.cursor === undefined ? undefined : readCursor(input.cursor);
  for (;;) {
    const page = await deps.streams.store.streamsByTag(tag, {
      limit: input.limit,
      ...(after ? { after } : {}),
    });
    let looked = 0;
    for (const found of page) {
      if (channels.length === input.limit) break;
      looked++;
      after = found;
      const { folded } = await deps.streams.open(found.stream);
      if (belongs(folded.state, caller.account)) channels.push(summary(folded, caller.account));
    }
    const more = page.length === input.limit || looked < page.length;
    if (channels.length < input.limit && more) continue;
    return {
      channels,
      next_cursor: more && after ? writeCursor(after) : null,
      ...(channels.length > 0 ? { notice: NOTICE } : {}),
      next: mine
        ? 'Call sync_messages with a channel_id to read on; without your rejoin_token, call join_channel with channel_id and slot_id of your seat to get another.'
        : 'Call get_channel_info with a channel_id to look at one; a seat takes an invite from its admin.',
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
  return {
    channel_id: state.channel_id,
    name: state.name,
    slots: state.slots.map((slot) => slotFace(state, slot)),
    message_count: nextId - 1,
    bots: state.bots.filter((bot) => !bot.removed).map((bot) => bot.bot_id),
    closed: state.status === 'closed',
    your_seats: seated(state)
      .filter(({ tenure }) => tenure.account === account)
      .map(({ slot }) => slot.slot_id),
    admin: isAdmin(state, account),
  };
}

function writeCursor({ at, stream }: TagCursor): string {
  return `${at}.${stream}`;
}

function readCursor(text: string): TagCursor {
  const match = /^(\d{1,16})\.(chn_[a-z2-7]{16})$/.exec(text);
  if (!match) throw new CodedError('BAD_CURSOR', { field: 'cursor' });
  return { at: Number(match[1]), stream: match[2] as string };
}
