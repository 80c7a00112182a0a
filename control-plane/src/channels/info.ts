import { sourceOf } from '../bots/memory.ts';
import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import type { InputOf, OutputOf } from '../kernel/operation.ts';
import { resolveViewer } from './access.ts';
import { bytesOf, roomBeside } from '../kernel/answer-size.ts';
import { prefix } from './bounded.ts';
import type { ChannelDeps } from './deps.ts';
import type { getChannelInfo } from './operations/channel.ts';
import type { getBotCode } from './operations/messages.ts';
import { findBot } from './state.ts';
import { botDetails, botView, channelView, NOTICE, youOf } from './view.ts';

/** Bytes of source in one answer, as JSON; it may stand in it twice. */
const PAGE_BYTES = 8_000;

/** What stands for a manifest that is too long beside the source: the log has it in parts. */
const CUT = { truncated: 'the bot:manifest entry of the bot has it whole: read it with sync_messages' };

/** Who sits where, and which bots referee. */
export async function info(
  deps: ChannelDeps,
  caller: Caller,
  input: InputOf<typeof getChannelInfo>,
): Promise<OutputOf<typeof getChannelInfo>> {
  const { folded } = await deps.streams.open(input.channel_id);
  const access = resolveViewer(folded.state, caller.account, input.seat);
  const answer = {
    view: channelView(folded.state),
    head: folded.nextId - 1,
    ...youOf(access),
    notice: NOTICE,
  };
  return { ...answer, bots: botDetails(folded.state, caller.account, answer) };
}

/** A bot's exact source, a page at a time; removed bots stay readable. */
export async function code(
  deps: ChannelDeps,
  caller: Caller,
  input: InputOf<typeof getBotCode>,
): Promise<OutputOf<typeof getBotCode>> {
  const { state } = await deps.streams.open(input.channel_id);
  const access = resolveViewer(state, caller.account, input.seat);
  const bot = findBot(state, input.bot_id);
  if (!bot) throw new CodedError('BOT_NOT_FOUND');
  const whole = await sourceOf(deps.streams.store, input.channel_id, bot.generation, bot.code_hash);
  const source = prefix(whole.slice(input.offset), PAGE_BYTES);
  const end = input.offset + source.length;
  const answer = {
    bot_id: bot.bot_id,
    name: bot.name,
    version: bot.version,
    code_ref: bot.code_ref,
    inline_code: bot.code_ref === null ? source : null,
    source,
    offset: input.offset,
    next_offset: end < whole.length ? end : null,
    total_chars: whole.length,
    code_hash: bot.code_hash,
    manifest_hash: bot.manifest_hash,
    removed: bot.removed,
    how_to_verify:
      'Join the pages, write exactly these characters to a file as UTF-8 and run sha256sum on it: it prints the hex digits of code_hash.',
    ...youOf(access),
    notice: NOTICE,
  };
  const { manifest } = botView(bot);
  return { ...answer, manifest: bytesOf(manifest) > roomBeside(answer) ? CUT : manifest };
}
