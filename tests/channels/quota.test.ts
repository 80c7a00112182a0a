import { expect, it } from 'vitest';
import { openChannels, refused } from '../support/channels.ts';
import { openTable } from './support.ts';

it('a channel has 64 bots in its life at most', async () => {
  await using channels = openChannels();
  const { alice, channel_id } = await openTable(channels);
  const next = { type: 'set_bot', slot: 'Referee', inline_code: 'class Next:\n    pass\n' } as const;
  for (let generation = 1; generation < 64; generation++) {
    await alice.update_channel({ channel_id, ops: [next] });
  }
  await channels.settled(channel_id);
  const head = await channels.head(channel_id);
  expect(await refused(alice.update_channel({ channel_id, ops: [next] }))).toMatchObject({ code: 'QUOTA' });
  expect(await channels.head(channel_id)).toBe(head);
});
