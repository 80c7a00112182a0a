import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../../../bench/mix/random.ts';
import { type Persistent, RefusedError } from './persistent.ts';

const MOST_PAUSE_MS = 20_000;

/** What an admin does meanwhile: puts another bot in the place of the one, renames, wakes a suspended one. */
export async function meddle(
  client: Persistent,
  channel: { readonly channel_id: string; readonly source: string },
  random: SeededRandom,
  signal: AbortSignal,
): Promise<void> {
  const { channel_id, source } = channel;
  for (let n = 0; !signal.aborted; n++) {
    await pause(random.below(MOST_PAUSE_MS), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const { bots } = await client.call('get_channel_info', { channel_id });
    const suspended = bots.find(({ status }) => status === 'suspended');
    const ops = suspended
      ? [{ type: 'resume_bot', bot_id: suspended.bot_id }]
      : random.next() < 0.3
        ? [{ type: 'set_bot', slot: 'Chain', inline_code: source }]
        : [{ type: 'rename', name: `name ${n}` }];
    const call = client.call('update_channel', { channel_id, ops, idempotency_key: `meddle-${n}` } as never);
    await call.catch((error: unknown) => {
      // The bot may be gone or awake by now.
      if (!(error instanceof RefusedError) || !/^(BAD_OP|BOT_NOT_FOUND)$/.test(error.code)) throw error;
    });
  }
}
