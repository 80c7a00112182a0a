import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../../control-plane/src/channels/operations/index.ts';
import { openWorld, overMcp, overRest, register, startServer } from './world.ts';

const DAY_MS = 86_400_000;
const NAMES = OPERATIONS.map(({ name }) => name).filter((name) => name !== 'health_check');

describe.each(NAMES)('%s', (name) => {
  it('lets nobody in without a good token of this server, whatever the arguments', async () => {
    await using world = await openWorld();
    await using elsewhere = await startServer();
    const foreign = await register(elsewhere);
    const args = JSON.stringify({ channel_id: world.table.channel_id, body: 'x' });
    const before = await world.traces();
    for (const token of [undefined, 'x', world.table.a.rejoin_token, foreign.token]) {
      for (const call of [overRest, overMcp])
        expect(await call(world.base, name, args, token)).toMatchObject({
          status: 401,
          error: { code: 'UNAUTHORIZED' },
        });
    }
    expect(await world.traces()).toEqual(before);
  });
});

it('a token that expired is one no longer', async () => {
  await using world = await openWorld();
  const args = JSON.stringify({ channel_id: world.table.channel_id, body: 'x', wait_ms: 0 });
  const before = await world.traces();
  world.channels.clock.forward(365 * DAY_MS);
  for (const call of [overRest, overMcp])
    expect(await call(world.base, 'post_message', args, world.tokens.alice)).toMatchObject({
      status: 401,
      error: { code: 'UNAUTHORIZED' },
    });
  expect(await world.traces()).toEqual(before);
});
