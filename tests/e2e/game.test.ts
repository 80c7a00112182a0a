import { describe, expect, it } from 'vitest';
import { ofType, single } from '../../clients/typescript/demo/log.ts';
import { containersOf } from '../support/containers.ts';
import { startTestServer } from '../support/server.ts';
import { connect, EDGES } from './support/edges.ts';
import { playOn, proofOf, readUntil, startGame } from './support/guessing.ts';

const ALL = { low: 1, high: 100 };
const over = (log: Parameters<typeof ofType>[0]) => ofType(log, 'end').length > 0;

describe('a game of two accounts through GuessBot', () => {
  it.each(EDGES)('is played to the reveal over %s, and the commitment holds', async (edge) => {
    await using server = await startTestServer();
    await using alice = await connect(edge, server.url, 'Alice');
    await using bob = await connect(edge, server.url, 'Bob');

    const players = await startGame([alice, bob]);
    await playOn(players, ALL);

    const logs = await Promise.all(players.map((player) => readUntil(player, over)));
    expect(logs[0]).toEqual(logs[1]);
    const [log = []] = logs;
    expect(log.map(({ id }) => id)).toEqual(log.map((_, index) => index + 1));
    const { committed, revealed, computed } = proofOf(log);
    expect([revealed, computed]).toEqual([committed, committed]);
    expect(players.map(({ slot_id }) => slot_id)).toContain(single(log, 'game_end').body['winner']);
  });

  it('is played by one over MCP and the other over REST', async () => {
    await using server = await startTestServer();
    await using alice = await connect('MCP', server.url, 'Alice');
    await using bob = await connect('REST', server.url, 'Bob');
    const players = await startGame([alice, bob]);
    await playOn(players, ALL);
    expect(over(await readUntil(players[0], over))).toBe(true);
  });
});

describe('two servers on one machine', () => {
  it('keep to their own channels and containers, and leave none of them behind', async () => {
    await using one = await startTestServer();
    const instances = [one.instance];
    {
      await using other = await startTestServer();
      instances.push(other.instance);
      await using here = await connect('REST', one.url, 'Alice');
      await using there = await connect('REST', other.url, 'Alice');
      const game = await startGame([here, await connect('REST', one.url, 'Bob')]);
      const elsewhere = await startGame([there, await connect('REST', other.url, 'Bob')]);

      await playOn(elsewhere, ALL);
      expect(await containersOf(other.instance)).toHaveLength(1);
      const foreign = there.call('get_channel_info', { channel_id: game[0].channel_id });
      await expect(foreign).rejects.toMatchObject({ code: 'CHANNEL_NOT_FOUND' });
      await other[Symbol.asyncDispose]();
      expect(await containersOf(other.instance)).toEqual([]);

      expect(await containersOf(one.instance)).toHaveLength(1);
      await playOn(game, ALL);
    }
    await one[Symbol.asyncDispose]();
    expect(await Promise.all(instances.map(containersOf))).toEqual([[], []]);
  });
});
