import { describe, expect, it } from 'vitest';
import { counting, noCapacity, notRun } from '../support/fake-sandbox.ts';
import { bodiesOfType, BOT, BOT_ID, openGame } from './support.ts';

describe('a bot that waits in vain for a container', () => {
  it('is told of at once and once, goes on by itself, and nothing is lost', async () => {
    await using game = await openGame();
    const { channels, channel_id, alice } = game;
    let free = false;
    channels.sandbox.script(BOT, (call, program) => (free ? counting(call, program) : noCapacity()));
    const { msg_id, bots } = await alice.post_message({ channel_id, body: 'x', wait_ms: 0 });
    expect(bots).toBe('pending');
    const pauses = [];
    for (let tries = 1; tries <= 5; tries++) {
      const nap = await channels.naps.next();
      pauses.push(nap.ms);
      expect(await bodiesOfType(channels, channel_id, 'bot:waiting')).toEqual([
        {
          type: 'bot:waiting',
          bot_id: BOT_ID,
          cause: msg_id,
          message: expect.stringContaining('All containers are at work'),
        },
      ]);
      free = tries === 5;
      nap.wake();
    }
    await channels.settled(channel_id);
    expect(pauses).toEqual([100, 100, 100, 100, 100]);
    expect(await bodiesOfType(channels, channel_id, 'count')).toMatchObject([{ count: 1 }]);
    expect(await bodiesOfType(channels, channel_id, 'bot:error')).toEqual([]);
    expect((await channels.state(channel_id)).bots[0]).toMatchObject({ failures: 0, suspended: false });
  });

  it('is told of anew for another cause', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    for (let round = 1; round <= 2; round++) {
      let tries = 0;
      channels.sandbox.script(BOT, (call, program) => (++tries > 1 ? counting(call, program) : noCapacity()));
      await post();
      (await channels.naps.next()).wake();
      await channels.settled(channel_id);
      expect(await bodiesOfType(channels, channel_id, 'bot:waiting')).toHaveLength(round);
    }
  });

  it('is not told of twice when the engine goes away on top', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    const results = [noCapacity(), notRun(), notRun(), notRun()];
    channels.sandbox.script(BOT, (call, program) => results.shift() ?? counting(call, program));
    await post();
    for (let tries = 0; tries < 4; tries++) (await channels.naps.next()).wake();
    await channels.settled(channel_id);
    expect(await bodiesOfType(channels, channel_id, 'bot:waiting')).toHaveLength(1);
  });
});
