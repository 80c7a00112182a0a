import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bodiesOfType, hookFacts } from '../pipeline/support.ts';
import { openChannels, type TestChannels } from '../support/channels.ts';
import { counting, FakeSandbox, HeldHook, ok } from '../support/fake-sandbox.ts';
import { MemoryStore } from '../support/memory-store.ts';

const [ONE, TWO] = ['class One:\n    pass\n', 'class Two:\n    pass\n'];

/** Two servers that both believe they own every channel, and hear of each other only by looking. */
async function openRivals() {
  await using stack = new AsyncDisposableStack();
  const store = new MemoryStore();
  const open = () => {
    const sandbox = new FakeSandbox();
    for (const source of [ONE, TWO]) sandbox.script(source, counting);
    return stack.use(openChannels({ store, sandbox, shared: true }));
  };
  const rivals = [open(), open()] as const;
  const { channel_id, invites } = await rivals[0].as('acc_alice').create_channel({
    name: 'Rivals',
    slots: ['bot:One', 'bot:Two', 'invite:A', 'invite:B'],
    bots: [
      { slot: 'One', inline_code: ONE },
      { slot: 'Two', inline_code: TWO },
    ],
    bots_policy: 'open',
  } as never);
  await rivals[0].as('acc_alice').join_channel({ invite_code: invites[0] ?? '' });
  await rivals[1].as('acc_bob').join_channel({ invite_code: invites[1] ?? '' });
  const held = stack.move();
  return { rivals, channel_id, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Every bot's hooks, as far as one cause may have caused them: bot and cause, in the order of the log. */
async function ranHooks(channels: TestChannels, channelId: string): Promise<readonly string[]> {
  const facts = (await hookFacts(channels, channelId)) as unknown as readonly {
    bot_id: string;
    cause: number;
    hook: string;
  }[];
  return facts.map(({ bot_id, cause, hook }) => `${bot_id} ${hook} ${cause}`);
}

describe('two owners of one channel at once', () => {
  it('run the hooks of two bots once each, in order, while both sides post and bots are exchanged', async () => {
    await using game = await openRivals();
    const { rivals, channel_id } = game;
    const seats = [rivals[0].as('acc_alice'), rivals[1].as('acc_bob')] as const;
    const posts = [0, 1].flatMap((side) =>
      Array.from({ length: 40 }, async (_, n) => {
        for (let waited = 0; waited < n * 3; waited++) await turn();
        const server = seats[side as 0 | 1];
        return (await server.post_message({ channel_id, body: `${side} ${n}`, wait_ms: 0 })).msg_id;
      }),
    );
    const exchange = (async () => {
      for (let times = 0; times < 4; times++) {
        for (let waited = 0; waited < 25; waited++) await turn();
        await seats[0].update_channel({
          channel_id,
          ops: [{ type: 'set_bot', slot: 'Two', inline_code: TWO }] as never,
        });
      }
    })();
    const ids = await Promise.all(posts);
    await exchange;
    for (const server of rivals) {
      await server.workList.round();
      await server.settled(channel_id);
    }

    const entries = await rivals[0].entries(channel_id);
    expect(entries.map(({ id }) => id)).toEqual(entries.map((_, at) => at + 1));
    expect(new Set(ids).size).toBe(80);
    for (const id of ids) expect(entries[id - 1]).toMatchObject({ id, sender_kind: 'member' });
    const ran = await ranHooks(rivals[0], channel_id);
    expect(new Set(ran).size).toBe(ran.length);
    // The bot that stayed heard every post, and counted each once.
    const heard = ran
      .filter((line) => line.startsWith('bot_One_0 on_message'))
      .map((line) => Number(line.split(' ')[2]));
    expect(heard).toEqual(entries.filter(({ sender_kind }) => sender_kind === 'member').map(({ id }) => id));
    const counts = new Map<string, number[]>();
    for (const { sender, body } of entries.filter(({ sender_kind }) => sender_kind === 'bot'))
      counts.set(sender, [...(counts.get(sender) ?? []), (body as { count: number }).count]);
    for (const said of counts.values()) expect(said).toEqual(said.map((_, at) => at + 1));
    expect(counts.size).toBeGreaterThan(2);
  });

  it('drop what a hook did whose bot was exchanged through the other server while it ran', async () => {
    await using game = await openRivals();
    const { rivals, channel_id } = game;
    const [here, there] = rivals;
    for (const server of rivals) await server.settled(channel_id);
    const held = [new HeldHook(), new HeldHook()] as const;
    for (const [at, server] of rivals.entries()) server.sandbox.script(TWO, held[at as 0 | 1].script);
    await here.as('acc_alice').post_message({ channel_id, body: 'x', wait_ms: 0 });
    await here.workList.round();
    await there.workList.round();
    await Promise.all(held.map((hook) => hook.started()));
    for (const server of rivals) server.sandbox.script(TWO, () => ok());
    await there.as('acc_alice').update_channel({
      channel_id,
      ops: [{ type: 'set_bot', slot: 'Two', inline_code: TWO }] as never,
    });
    for (const hook of held) hook.end(ok([{ body: { type: 'late' } }], { late: true }));
    for (const server of rivals) await server.pipeline.stop();
    expect(await bodiesOfType(here, channel_id, 'late')).toEqual([]);
  });
});
