import type { Streams } from '../log/streams.ts';
import { CLOSED_TAG } from './inbox/model.ts';
import type { InboxState } from './inbox/state.ts';

/** How long senders may read what became of their messages to an agent that has gone, ms. */
const KEPT_MS = 30 * 24 * 3600 * 1000;
const PAGE = 100;

/**
 * Gives up the inboxes of agents that went long ago; what erases deleted channels erases them too.
 *
 * @param now ms since the epoch
 * @throws STORE_UNAVAILABLE
 */
export async function eraseClosedInboxes(inboxes: Streams<InboxState>, now: number): Promise<void> {
  for (let after: { stream: string; at: number } | undefined; ; ) {
    const page = await inboxes.store.streamsByTag(CLOSED_TAG, { limit: PAGE, ...(after ? { after } : {}) });
    for (const { stream, at } of page) if (now - at > KEPT_MS) await giveUp(inboxes, stream);
    after = page.at(-1);
    if (page.length < PAGE) return;
  }
}

function giveUp(inboxes: Streams<InboxState>, stream: string): Promise<void> {
  return inboxes.submit(stream, ({ erased }) => ({
    ...(erased ? {} : { draft: { facts: [{ type: 'inbox_erased' }] } }),
    answer: undefined,
  }));
}
