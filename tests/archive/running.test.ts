import { expect, it } from 'vitest';
import { readStore } from '../../control-plane/src/archive/read.ts';
import { loadItems } from '../../control-plane/src/archive/load.ts';
import { openGame, bodiesOfType, BOT } from '../pipeline/support.ts';
import { openChannels } from '../support/channels.ts';
import { counting } from '../support/fake-sandbox.ts';
import { freshSqlite } from '../support/sqlite-store.ts';

it('a backup made while hooks change states holds for each channel a moment that it goes on from', async () => {
  await using source = await freshSqlite();
  await using game = await openGame({ store: source.commits });
  const { channels, channel_id, alice } = game;
  channels.sandbox.script(BOT, counting);
  let playing = true;
  const play = (async () => {
    while (playing) await alice.post_message({ channel_id, body: 'x' });
  })();
  const counts: number[] = [];
  for (let backups = 0; backups < 15; backups++) {
    await using copy = await freshSqlite();
    // Attachments are read slowly, so that states come and go meanwhile.
    const contents: typeof source.contents = {
      ...source.contents,
      async attachments(...args) {
        const page = await source.contents.attachments(...args);
        const { n } = (await channels.streams.open(channel_id)).folded;
        const moved = async () =>
          (await channels.streams.open(channel_id)).folded.n > n + backups ? true : undefined;
        await channels.streams.wait(channel_id, moved, 5_000);
        return page;
      },
    };
    await loadItems(copy, readStore({ ...source, contents }, 0));
    await using restored = openChannels({ store: copy.commits });
    restored.sandbox.script(BOT, counting);
    await restored.workList.round();
    await restored.settled(channel_id);
    await restored.as('acc_alice').post_message({ channel_id, body: 'on' });
    const said = (await bodiesOfType(restored, channel_id, 'count')).map(({ count }) => count as number);
    expect(said).toEqual(said.map((_, index) => index + 1));
    counts.push(said.length);
  }
  playing = false;
  await play;
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
});
