import { describe, expect, it, vi } from 'vitest';
import { keepArchive, packed, readArchive, verifyArchive } from '../../control-plane/src/archive/file.ts';
import { readStream } from '../../control-plane/src/archive/read.ts';
import { loadItems } from '../../control-plane/src/archive/load.ts';
import { Erasing } from '../../control-plane/src/channels/erase.ts';
import { channelModel } from '../../control-plane/src/channels/model.ts';
import { restoreArchived } from '../../control-plane/src/channels/restore-archived.ts';
import { Retention } from '../../control-plane/src/channels/retention.ts';
import { unarchive } from '../../control-plane/src/channels/unarchive.ts';
import type { Clock } from '../../control-plane/src/kernel/clock.ts';
import { News } from '../../control-plane/src/log/news.ts';
import type { CommitStore } from '../../control-plane/src/log/store.ts';
import { Streams } from '../../control-plane/src/log/streams.ts';
import { LocalWakeups } from '../../control-plane/src/log/waiting.ts';
import { soleLeases } from '../../control-plane/src/leases/leases.ts';
import { bodiesOfType, BOT, startGame } from '../pipeline/support.ts';
import { openChannels, refusal } from '../support/channels.ts';
import { counting } from '../support/fake-sandbox.ts';
import { freshSqlite } from '../support/sqlite-store.ts';
import { tempDir } from '../support/temp-dir.ts';

const KEEP_MS = 30 * 24 * 3_600_000;

/** A server on a store of its own, and what archives its old channels. */
async function openHouse() {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const store = stack.use(await freshSqlite());
  const channels = stack.use(openChannels({ store: store.commits }));
  channels.sandbox.script(BOT, counting);
  const files: string[] = [];
  const { streams, clock, logged } = channels;
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (fields: unknown) => void logged.push({ fields, message: '' }),
  };
  const archive = async (channelId: string, last: number) => {
    const file = dir.file(`${channelId}-${last}.gz`);
    files.push(file);
    return { ...(await keepArchive(packed(readStream(store, channelId), clock.now()), file)), file };
  };
  const options = { streams, contents: store.contents, leases: soleLeases, keepMs: KEEP_MS, archive, log };
  const held = stack.move();
  return {
    store,
    channels,
    files,
    retention: new Retention(options),
    options,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** The streams of one of several servers. */
function sharedStreams(store: CommitStore, clock: Clock) {
  const parts = { store, clock, model: channelModel, wakeups: new LocalWakeups(), news: new News(store) };
  return new Streams(parts, 10);
}

describe('a channel in which nothing has happened for long', () => {
  it('is closed with its seeds revealed, moved into a file, and gone; others stay', async () => {
    await using house = await openHouse();
    const { channels, retention, files } = house;
    const old = await startGame(channels);
    await old.post();
    await channels.settled(old.channel_id);
    channels.clock.forward(KEEP_MS - 1);
    const young = await startGame(channels);
    expect(await retention.round(channels.clock.now())).toBe(0);
    channels.clock.forward(1);
    expect(await retention.round(channels.clock.now())).toBe(1);

    expect(await refusal(old.alice.get_channel_info({ channel_id: old.channel_id }))).toBe(
      'CHANNEL_NOT_FOUND',
    );
    expect(await channels.commits(old.channel_id)).toHaveLength(1);
    expect((await channels.state(young.channel_id)).status).toBe('open');
    const types = [];
    for await (const item of readArchive(files[0] ?? '')) {
      if (item.type === 'commit')
        types.push(
          ...(JSON.parse(item.commit.payload) as { entries: { body: { type?: string } }[] }).entries,
        );
    }
    expect(types.slice(-2).map(({ body }) => body.type)).toEqual(['close_applied', 'bot:seed']);
    expect(await retention.round(channels.clock.now())).toBe(0);
  });

  it('comes back, closed, with everything that was said, to those who sat in it', async () => {
    await using house = await openHouse();
    const { channels, retention, files, store } = house;
    const { channel_id, alice, post } = await startGame(channels);
    await post('remember this');
    await channels.settled(channel_id);
    const before = await channels.bodies(channel_id);
    channels.clock.forward(KEEP_MS);
    await retention.round(channels.clock.now());

    const file = files[0] ?? '';
    const summary = await verifyArchive(file);
    for (let times = 0; times < 2; times++) {
      expect(await restoreArchived(store, () => readArchive(file), summary, channels.clock)).toEqual([
        channel_id,
      ]);
    }
    await using again = openChannels({ store: store.commits, clock: channels.clock });
    const after = await again.bodies(channel_id);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(await bodiesOfType(again, channel_id, 'count')).toHaveLength(3);
    const info = await again.as('acc_alice').get_channel_info({ channel_id });
    expect(info.view).toMatchObject({ closed: true });
    expect(await refusal(again.as('acc_alice').post_message({ channel_id, body: 'x' }))).toBe(
      'CHANNEL_CLOSED',
    );
    const { channels: mine } = await again.as('acc_alice').list_channels({});
    expect(mine.map((channel) => channel.channel_id)).toEqual([channel_id]);
    expect(alice).toBeDefined();
  });

  it('comes back also while other servers forget what was archived: they leave it time', async () => {
    await using house = await openHouse();
    const { channels, retention, files, store } = house;
    const { channel_id } = await startGame(channels);
    const before = await channels.bodies(channel_id);
    channels.clock.forward(KEEP_MS);
    await retention.round(channels.clock.now());
    const erasing = new Erasing(sharedStreams(store.commits, channels.clock), expect.unreachable);
    const later = vi.spyOn(performance, 'now');
    const startedAt = performance.now();
    const forget = (seconds: number) => {
      later.mockReturnValue(startedAt + seconds * 1_000);
      return erasing.round(channels.clock.now());
    };
    for (const seconds of [0, 30, 59]) await forget(seconds);
    await loadItems(store, readArchive(files[0] ?? ''));
    for (const seconds of [60, 90]) await forget(seconds);
    later.mockRestore();
    await unarchive(store.commits, channel_id, channels.clock);

    await using again = openChannels({ store: store.commits, clock: channels.clock });
    expect((await again.bodies(channel_id)).slice(0, before.length)).toEqual(before);
  });

  it('that was deleted does not come back, nor does one whose file is of another moment', async () => {
    await using house = await openHouse();
    const { channels, store, options } = house;
    const { channel_id, alice } = await startGame(channels);
    await options.archive(channel_id, 0);
    const file = house.files[0] ?? '';
    const summary = await verifyArchive(file);
    const restore = () => restoreArchived(store, () => readArchive(file), summary, channels.clock);
    await expect(restore()).rejects.toThrow('does not hold');
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }, { type: 'delete' }] });
    await expect(restore()).rejects.toThrow('does not hold');
    expect(await channels.commits(channel_id)).toHaveLength(1);
  });

  it('stays when its file cannot be written, and the operator is told', async () => {
    await using house = await openHouse();
    const { channels, options } = house;
    const { channel_id } = await startGame(channels);
    channels.clock.forward(KEEP_MS);
    const failing = new Retention({
      ...options,
      archive: () => Promise.reject(new Error('the disk is full')),
    });
    expect(await failing.round(channels.clock.now())).toBe(0);
    expect((await channels.state(channel_id)).status).toBe('closed');
    expect(channels.logged).toMatchObject([{ fields: { channel: channel_id } }]);
  });

  it('is archived by the next round where its file could not be written, not after all that time again', async () => {
    await using house = await openHouse();
    const { channels, options, retention } = house;
    const { channel_id, alice } = await startGame(channels);
    channels.clock.forward(KEEP_MS);
    const failing = new Retention({
      ...options,
      archive: () => Promise.reject(new Error('the disk is full')),
    });
    await failing.round(channels.clock.now());
    channels.clock.forward(30_000);
    expect(await retention.round(channels.clock.now())).toBe(1);
    expect(await refusal(alice.get_channel_info({ channel_id }))).toBe('CHANNEL_NOT_FOUND');
  });

  it('that its owner closed stays for as long as any other', async () => {
    await using house = await openHouse();
    const { channels, retention } = house;
    const { channel_id, alice } = await startGame(channels);
    channels.clock.forward(KEEP_MS);
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }] });
    expect(await retention.round(channels.clock.now())).toBe(0);
    expect((await channels.state(channel_id)).status).toBe('closed');
  });

  it('stays when somebody deletes it, or writes to it, while it is archived', async () => {
    await using house = await openHouse();
    const { channels, options } = house;
    const { channel_id } = await startGame(channels);
    channels.clock.forward(KEEP_MS);
    const meddled = new Retention({
      ...options,
      archive: async (...args) => {
        const archived = await options.archive(...args);
        await channels.streams.submit(channel_id, () => ({
          draft: { facts: [{ type: 'late' }] },
          answer: 0,
        }));
        return archived;
      },
    });
    expect(await meddled.round(channels.clock.now())).toBe(0);
    expect((await channels.state(channel_id)).status).toBe('closed');
  });

  it('is archived by the server that has its lease, and by no other', async () => {
    await using house = await openHouse();
    const { channels, options } = house;
    const { channel_id } = await startGame(channels);
    channels.clock.forward(KEEP_MS);
    const other = new Retention({
      ...options,
      leases: { ...soleLeases, hold: () => Promise.resolve(false) },
    });
    expect(await other.round(channels.clock.now())).toBe(0);
    expect((await channels.state(channel_id)).status).toBe('open');
  });
});
