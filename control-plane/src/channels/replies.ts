import { isActive } from '../bots/state.ts';
import type { CallContext } from '../kernel/operation.ts';
import type { Access } from './access.ts';
import { tokenBudget } from '../kernel/answer-size.ts';
import { BoundedMessages } from './bounded.ts';
import type { ChannelDeps } from './deps.ts';
import type { Message } from './operations/answers.ts';
import { type ChannelState, findSlot } from './state.ts';
import { entriesOf, isVisible, shownTo } from './visible.ts';

const REPLY_TOKENS = 2_000;
/** Commits after a message that are looked through for its replies. */
const MAX_COMMITS = 500;

/** A message whose replies are waited for, and the tenure that reads them. */
export interface Asked {
  readonly msg_id: number;
  readonly slot_id: string;
  readonly k: number;
  /** Of the caller. */
  readonly account: string;
}

/** What the bots said to a message, as far as the time went. */
export interface Replies {
  readonly bots: 'settled' | 'pending' | 'none';
  readonly replies: Message[];
  readonly replies_left?: number;
}

/** Waits until every bot that a message rings is done with it, and gathers what they wrote. */
export async function awaitReplies(
  deps: ChannelDeps,
  channelId: string,
  asked: Asked,
  waitMs: number,
  context: CallContext,
): Promise<Replies> {
  const { streams } = deps;
  const read = async () => (await streams.known(channelId)).state;
  const first = await read();
  if (!first.bots.some((bot) => !bot.removed)) return { bots: 'none', replies: [] };
  const settled = async () => (isSettled(await read(), asked.msg_id) ? true : undefined);
  const ended = deps.metrics.waiter();
  try {
    const done = await streams.wait(channelId, settled, waitMs, context.signal);
    return { bots: done ? 'settled' : 'pending', ...(await gather(deps, channelId, asked)) };
  } finally {
    ended();
  }
}

function isSettled(state: ChannelState, cause: number): boolean {
  return !state.bots.some((bot) => isActive(bot) && bot.pending.some((pending) => pending.cause === cause));
}

/** The entries of the commits that the message caused, as its sender may see them. */
async function gather(deps: ChannelDeps, channelId: string, asked: Asked): Promise<Omit<Replies, 'bots'>> {
  const stream = await deps.streams.known(channelId);
  const slot = findSlot(stream.state, asked.slot_id);
  const tenure = slot?.tenures[asked.k];
  if (!slot || !tenure) return { replies: [] };
  const access: Access = { as: 'seat', seat: { slot, tenure } };
  const bounded = new BoundedMessages(100, tokenBudget(REPLY_TOKENS));
  let left = 0;
  let looked = 0;
  for await (const commit of deps.streams.commitsFrom(stream, asked.msg_id)) {
    if (++looked > MAX_COMMITS) break;
    if (commit.cause !== asked.msg_id) continue;
    for (const caused of entriesOf(commit)) {
      if (!isVisible(caused, access)) continue;
      if (left > 0 || !bounded.add(shownTo(asked.account, stream.state, caused))) left++;
    }
  }
  return { replies: bounded.messages, ...(left > 0 ? { replies_left: left } : {}) };
}

/** What the sender of a message may do now: a model that got no reply must not wait for one for ever. */
export function nextStep(state: ChannelState, { bots, replies, replies_left }: Replies): string {
  if (bots === 'pending' || replies_left !== undefined)
    return 'Call sync_messages with your last cursor for the rest of the replies.';
  if (state.bots.some((bot) => bot.suspended && !bot.removed))
    return 'A bot is suspended and answers nothing until an admin resumes it (update_channel with resume_bot).';
  if (bots === 'settled' && replies.length === 0)
    return 'No bot answered this. Its code says what it takes (get_bot_code); sync_messages waits for the others.';
  return 'Call sync_messages with your last cursor to wait for the others.';
}
