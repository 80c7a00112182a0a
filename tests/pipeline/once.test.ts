import { describe, expect, it } from 'vitest';
import { CodedError } from '../../control-plane/src/kernel/errors.ts';
import { openChannels } from '../support/channels.ts';
import { counting, HeldHook, ok } from '../support/fake-sandbox.ts';
import { bodiesOfType, BOT, BOT_ID, hookFacts, openGame, startGame } from './support.ts';

const NEW = 'class New:\n    pass\n';

describe('a hook whose bot changes while it runs', () => {
  it.each([
    ['replaced', [{ type: 'set_bot', slot: 'Bot', inline_code: NEW }]],
    ['replaced by the same code', [{ type: 'set_bot', slot: 'Bot', inline_code: BOT }]],
    ['removed', [{ type: 'remove_bot', bot_id: BOT_ID }]],
    ['gone with its channel', [{ type: 'close' }]],
  ] as const)('is dropped: %s', async (_how, ops) => {
    await using game = await openGame();
    const { channels, channel_id, alice, post } = game;
    const held = new HeldHook();
    channels.sandbox.script(BOT, held.script);
    await post();
    await held.started();
    channels.sandbox.script(BOT, () => ok());
    await alice.update_channel({ channel_id, ops: [...ops] as never });
    held.end(ok([{ body: { type: 'late' } }], { late: true }));
    await channels.settled(channel_id);
    await channels.pipeline.stop();
    expect(await bodiesOfType(channels, channel_id, 'late')).toEqual([]);
    const [old] = (await channels.state(channel_id)).bots;
    expect(old).toMatchObject({ state_version: 0, state_hash: null });
  });
});

describe('two servers over one store', () => {
  it.each([
    ['changes', true],
    ['leaves', false],
  ])('that both run a hook write its effect once: it %s the state', async (_what, sets) => {
    await using first = await openGame();
    const { channels, channel_id, post } = first;
    const [one, two] = [new HeldHook(), new HeldHook()];
    channels.sandbox.script(BOT, one.script);
    await post();
    const second = openChannels({ store: channels.store, clock: channels.clock });
    await using _second = second;
    second.sandbox.script(BOT, two.script);
    expect(await second.workList.round()).toEqual({ waiting: 1 });
    expect(await two.started()).toEqual(await one.started());
    one.end(ok([{ body: { type: 'verdict', by: 'first' } }], sets ? { by: 'first' } : undefined));
    two.end(ok([{ body: { type: 'verdict', by: 'second' } }], sets ? { by: 'second' } : undefined));
    await Promise.all([channels.pipeline, second.pipeline].map((pipeline) => pipeline.stop()));
    expect(await bodiesOfType(channels, channel_id, 'verdict')).toHaveLength(1);
    expect(
      (await hookFacts(channels, channel_id)).filter(
        (fact) => 'hook' in fact && fact['hook'] === 'on_message',
      ),
    ).toHaveLength(1);
  });

  it('that take turns keep one state: each hook starts from what the other left', async () => {
    await using first = await openGame();
    const { channels, channel_id } = first;
    channels.sandbox.script(BOT, counting);
    await using second = openChannels({
      store: channels.store,
      clock: channels.clock,
      sandbox: channels.sandbox,
    });
    for (let turn = 0; turn < 10; turn++) {
      const server = turn % 2 === 0 ? channels : second;
      await server.as('acc_alice').post_message({ channel_id, body: `${turn}` });
    }
    await Promise.all([channels.settled(channel_id), second.settled(channel_id)]);
    const counts = (await bodiesOfType(channels, channel_id, 'count')).map((body) => body['count']);
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('that post at once number every entry once, and each post has one verdict', async () => {
    await using first = await openGame();
    const { channels, channel_id } = first;
    channels.sandbox.script(BOT, counting);
    await using second = openChannels({
      store: channels.store,
      clock: channels.clock,
      sandbox: channels.sandbox,
    });
    const posts = Array.from({ length: 40 }, (_, at) =>
      (at % 2 === 0 ? channels : second)
        .as('acc_alice')
        .post_message({ channel_id, body: `${at}`, wait_ms: 0 }),
    );
    const ids = (await Promise.all(posts)).map(({ msg_id }) => msg_id);
    expect(new Set(ids).size).toBe(40);
    await using third = openChannels({
      store: channels.store,
      clock: channels.clock,
      sandbox: channels.sandbox,
    });
    await third.workList.round();
    await third.settled(channel_id);
    const entries = await channels.entries(channel_id);
    expect(entries.map(({ id }) => id)).toEqual(entries.map((_, at) => at + 1));
    expect(await bodiesOfType(channels, channel_id, 'count')).toHaveLength(40);
  });
});

describe('a server that dies', () => {
  it('between hook and commit: the next one runs the hook again, the same way, and its effect is there once', async () => {
    await using dead = await openGame();
    const { channels, channel_id, post } = dead;
    const held = new HeldHook();
    channels.sandbox.script(BOT, held.script);
    const { msg_id } = await post();
    const before = await held.started();
    await using next = openChannels({ store: channels.store, clock: channels.clock });
    next.sandbox.script(BOT, counting);
    next.clock.forward(3_600_000);
    expect(await next.workList.round()).toEqual({ waiting: 1 });
    await next.settled(channel_id);
    expect(next.sandbox.runs.map(({ call }) => call)).toEqual([before]);
    // Should the dead one wake up after all, it changes nothing.
    held.end(ok([{ body: { type: 'count', count: 99 } }]));
    await channels.pipeline.stop();
    expect(await bodiesOfType(next, channel_id, 'count')).toMatchObject([{ count: 1 }]);
    expect((await next.entries(channel_id)).at(-1)).toMatchObject({ id: msg_id + 1 });
  });

  it('with several hooks to run: all of them are run, in order', async () => {
    await using dead = await openGame();
    const { channels, channel_id, post } = dead;
    const held = new HeldHook();
    channels.sandbox.script(BOT, held.script);
    const ids = [];
    for (let n = 0; n < 5; n++) ids.push((await post()).msg_id);
    await held.started();
    await using next = openChannels({ store: channels.store, clock: channels.clock });
    await next.workList.round();
    await next.settled(channel_id);
    expect(next.sandbox.runs.map(({ call }) => (call.args[0] as { id: number }).id)).toEqual(ids);
    channels.sandbox.script(BOT, () => ok());
    held.end(ok());
  });

  it('before on_init ran: it is run', async () => {
    await using dead = openChannels();
    const held = new HeldHook();
    dead.sandbox.script(BOT, held.script);
    const { channel_id } = await dead
      .as('acc_alice')
      .create_channel({ name: 'n', slots: ['bot:Bot'], bot_code: BOT });
    await held.started();
    await using next = openChannels({ store: dead.store, clock: dead.clock });
    next.sandbox.script(BOT, counting);
    await next.workList.round();
    await next.settled(channel_id);
    expect(await bodiesOfType(next, channel_id, 'count')).toMatchObject([{ hook: 'on_init' }]);
    held.end(ok());
  });
});

describe('work that is resumed', () => {
  it('is found in the channels that have some, and in no others', async () => {
    await using dead = openChannels();
    const [idle, waiting] = [await startGame(dead), await startGame(dead)];
    await idle.post();
    await dead.settled(idle.channel_id);
    const held = new HeldHook();
    dead.sandbox.script(BOT, held.script);
    await waiting.post();
    await held.started();
    await using next = openChannels({ store: dead.store, clock: dead.clock });
    await next.workList.round();
    await next.settled(waiting.channel_id);
    expect(next.sandbox.runs.map(({ program }) => program.key)).toEqual([`${waiting.channel_id}/${BOT_ID}`]);
    held.end(ok());
  });

  it('is looked for back to the mark, which is set only when nothing is left to do', async () => {
    await using dead = openChannels();
    const old = await startGame(dead);
    await old.post();
    await dead.settled(old.channel_id);
    // The pipeline's own end of the hook comes just after its commit.
    await new Promise(setImmediate);
    dead.clock.forward(120_000);
    await dead.workList.round();
    const recent = await startGame(dead);
    const held = new HeldHook();
    dead.sandbox.script(BOT, held.script);
    await recent.post();
    await held.started();
    dead.clock.forward(3_600_000);
    await dead.workList.round();
    await using next = openChannels({ store: dead.store, clock: dead.clock });
    const read = next.streams.store.snapshot.bind(next.store);
    const opened: string[] = [];
    next.store.snapshot = (stream) => (opened.push(stream), read(stream));
    expect(await next.workList.round()).toEqual({ waiting: 1 });
    expect(opened).toEqual([recent.channel_id]);
    await next.settled(recent.channel_id);
    held.end(ok());
  });

  it('is found when its cause was still being written as all before was noted as done', async () => {
    await using dead = openChannels();
    dead.sandbox.script(BOT, () => ok());
    const { channel_id, post } = await startGame(dead);
    await dead.settled(channel_id);
    await new Promise(setImmediate);
    const append = dead.store.append.bind(dead.store);
    const arrived = Promise.withResolvers<void>();
    const disk = Promise.withResolvers<void>();
    dead.store.append = async (...args) => {
      arrived.resolve();
      await disk.promise;
      return append(...args);
    };
    const held = new HeldHook();
    dead.sandbox.script(BOT, held.script);
    const posted = post();
    await arrived.promise;
    dead.clock.forward(5_000);
    await dead.workList.round();
    disk.resolve();
    await posted;
    await held.started();
    await using next = openChannels({ store: dead.store, clock: dead.clock });
    next.sandbox.script(BOT, counting);
    expect(await next.workList.round()).toEqual({ waiting: 1 });
    await next.settled(channel_id);
    held.end(ok());
  });

  it('is found in more channels than one page of the list holds', async () => {
    await using dead = openChannels({ maxLoaded: 500 });
    const held = new HeldHook();
    dead.sandbox.script(BOT, held.script);
    const alice = dead.as('acc_alice');
    for (let n = 0; n < 230; n++)
      await alice.create_channel({ name: 'n', slots: ['bot:Bot'], bot_code: BOT });
    await using next = openChannels({ store: dead.store, clock: dead.clock });
    expect(await next.workList.round()).toEqual({ waiting: 230 });
    const found = await next.store.streamsByTag('work', { limit: 500 });
    for (const { stream } of found) await next.settled(stream);
    expect(new Set(next.sandbox.runs.map(({ program }) => program.key)).size).toBe(230);
    for (let n = 0; n < 230; n++) held.end(ok());
  });

  it('goes on in the other channels when one is damaged, and the operator is told', async () => {
    await using dead = openChannels();
    const [broken, whole] = [await startGame(dead), await startGame(dead)];
    const held = new HeldHook();
    dead.sandbox.script(BOT, held.script);
    await broken.post();
    await whole.post();
    const read = dead.store.read.bind(dead.store);
    dead.store.read = async (stream, ...page) =>
      (await read(stream, ...page)).filter(({ n }) => stream !== broken.channel_id || n !== 1);
    await using next = openChannels({ store: dead.store, clock: dead.clock });
    next.sandbox.script(BOT, counting);
    expect(await next.workList.round()).toEqual({ waiting: 1 });
    await next.settled(whole.channel_id);
    expect(await bodiesOfType(next, whole.channel_id, 'count')).toHaveLength(1);
    expect(next.logged).toMatchObject([
      { fields: { channel: broken.channel_id }, message: expect.stringContaining('damaged') },
    ]);
  });

  it('goes on after the store was away', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    channels.sandbox.script(BOT, counting);
    const held = new HeldHook();
    channels.sandbox.script(BOT, held.script);
    await post();
    await held.started();
    const append = channels.store.append.bind(channels.store);
    let away = true;
    channels.store.append = (...args) =>
      away ? Promise.reject(new CodedError('STORE_UNAVAILABLE')) : append(...args);
    channels.sandbox.script(BOT, counting);
    held.end(ok([{ body: { type: 'count', count: 1 } }], { count: 1 }));
    const nap = await channels.naps.next();
    away = false;
    nap.wake();
    await channels.settled(channel_id);
    expect(await bodiesOfType(channels, channel_id, 'count')).toMatchObject([{ count: 1 }]);
  });

  it('goes on after its channel could not be read at all', async () => {
    await using game = await openGame({ maxLoaded: 1 });
    const { channels, channel_id, post } = game;
    const held = new HeldHook();
    channels.sandbox.script(BOT, held.script);
    await post();
    await held.started();
    // Another channel takes the only place, so that this one must be read again.
    await channels.as('acc_bob').create_channel({ name: 'n', slots: ['invite:A'] });
    const snapshot = channels.store.snapshot.bind(channels.store);
    channels.store.snapshot = () => Promise.reject(new CodedError('STORE_UNAVAILABLE'));
    channels.sandbox.script(BOT, counting);
    held.end(ok());
    for (const ms of [100, 250, 500]) {
      const nap = await channels.naps.next();
      expect(nap.ms).toBe(ms);
      nap.wake();
    }
    const nap = await channels.naps.next();
    channels.store.snapshot = snapshot;
    nap.wake();
    await channels.settled(channel_id);
    expect(await bodiesOfType(channels, channel_id, 'count')).toMatchObject([{ count: 1 }]);
  });

  it('counts an effect whose acknowledgement was lost once', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    channels.sandbox.script(BOT, counting);
    const append = channels.store.append.bind(channels.store);
    channels.store.append = async (commit, attachments) => {
      await append(commit, attachments);
      channels.store.append = append;
      throw new CodedError('STORE_UNAVAILABLE');
    };
    for (let n = 1; n <= 3; n++) {
      await post();
      await channels.settled(channel_id);
    }
    expect((await bodiesOfType(channels, channel_id, 'count')).map((body) => body['count'])).toEqual([
      1, 2, 3,
    ]);
  });
});

describe('a new runner image', () => {
  it('is announced by bot:runtime before the first hook that it runs, once for each bot', async () => {
    await using game = await openGame();
    const { channels, channel_id, post } = game;
    const before = channels.sandbox.digest;
    channels.sandbox.digest = `sha256:${'2'.repeat(64)}`;
    channels.sandbox.script(BOT, counting);
    const { msg_id } = await post();
    await post();
    await channels.settled(channel_id);
    const announced = (await channels.entries(channel_id)).filter(
      ({ body }) => (body as { type?: string }).type === 'bot:runtime',
    );
    expect(announced).toMatchObject([
      { sender: 'system', body: { bot_id: BOT_ID, runtime: channels.sandbox.digest, before } },
    ]);
    const facts = (await hookFacts(channels, channel_id)) as unknown as {
      cause: number;
      runtime: string;
      entry_ids: number[];
    }[];
    const first = facts.find(({ cause }) => cause === msg_id)!;
    expect(first.runtime).toBe(channels.sandbox.digest);
    expect(announced[0]!.id).toBeLessThan(first.entry_ids[0]!);
    expect(facts.filter(({ runtime }) => runtime === before).every(({ cause }) => cause < msg_id)).toBe(true);
  });
});
