import { describe, expect, it } from 'vitest';
import { Erasing } from '../../control-plane/src/channels/erase.ts';
import { openChannels, refusal, refused } from '../support/channels.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { storeWith } from '../support/store-with.ts';
import { ECHO, openSeated, strangeCode } from './support.ts';

const NEW = 'class New:\n    pass\n';

describe('a closed channel', () => {
  it('can be read, not written', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, bob, b, bot_id } = table;
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }] });
    const head = await channels.head(channel_id);
    const writes = [
      bob.post_message({ channel_id, body: 'x' }),
      bob.dm_bot({ channel_id, bot_id, message: 'x' }),
      alice.attach_bot({ channel_id, inline_code: NEW }),
      ...(
        [
          'close',
          'rename',
          'set_visibility',
          'evict',
          'issue_invite',
          'revoke_invite',
          'remove_bot',
          'resume_bot',
          'set_bot',
          'set_admin',
        ] as const
      ).map((type) => {
        const fields = {
          name: 'x',
          visibility: 'listed',
          slot_id: 's2',
          bot_id,
          slot: 'Referee',
          inline_code: NEW,
          admin: true,
        };
        const takes: Record<string, readonly (keyof typeof fields)[]> = {
          rename: ['name'],
          set_visibility: ['visibility'],
          evict: ['slot_id'],
          issue_invite: ['slot_id'],
          revoke_invite: ['slot_id'],
          remove_bot: ['bot_id'],
          resume_bot: ['bot_id'],
          set_bot: ['slot', 'inline_code'],
          set_admin: ['slot_id', 'admin'],
        };
        const op = { type, ...Object.fromEntries((takes[type] ?? []).map((name) => [name, fields[name]])) };
        return alice.update_channel({ channel_id, ops: [op] as never });
      }),
    ];
    for (const write of writes) expect(await refusal(write)).toBe('CHANNEL_CLOSED');
    expect(await channels.head(channel_id)).toBe(head);
    expect(channels.sandbox.containers).toEqual(new Set());
    const { messages, view } = await bob.sync_messages({ channel_id, timeout_ms: 0, max_tokens: 20_000 });
    expect(view.closed).toBe(true);
    expect(messages.map(({ body }) => (body as { type: string }).type)).toContain('bot:seed');
    expect(await bob.get_bot_code({ channel_id, bot_id })).toMatchObject({ source: ECHO });
    expect(await bob.join_channel({ invite_code: b.rejoin_token })).toMatchObject({ slot_id: 's2' });
    expect((await alice.list_channels({})).channels).toMatchObject([{ channel_id, closed: true }]);
  });

  it('is deleted for good: its history is gone, its id is never used again', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, bob, b, bot_id } = table;
    await bob.post_message({ channel_id, body: 'to be forgotten' });
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }] });
    expect(await alice.update_channel({ channel_id, ops: [{ type: 'delete' }] })).toMatchObject({
      ok: true,
      view: { channel_id },
    });
    const left = await channels.commits(channel_id);
    expect(left).toHaveLength(1);
    expect(JSON.stringify(left)).not.toContain('to be forgotten');
    const calls = [
      alice.sync_messages({ channel_id, timeout_ms: 0 }),
      alice.get_channel_info({ channel_id }),
      alice.get_bot_code({ channel_id, bot_id }),
      bob.post_message({ channel_id, body: 'x' }),
      alice.update_channel({ channel_id, ops: [{ type: 'rename', name: 'x' }] }),
      alice.update_channel({ channel_id, ops: [{ type: 'yield_slot' }] }),
      alice.attach_bot({ channel_id, inline_code: NEW }),
      bob.join_channel({ channel_id, slot_id: 's2' }),
    ];
    for (const call of calls) expect(await refusal(call)).toBe('CHANNEL_NOT_FOUND');
    expect(await refusal(bob.join_channel({ invite_code: b.rejoin_token }))).toBe('REJOIN_TOKEN_INVALID');
    expect(await refusal(bob.join_channel({ invite_code: strangeCode('inv', channel_id) }))).toBe(
      'INVITE_INVALID',
    );
    expect((await alice.list_channels({})).channels).toEqual([]);
  });

  it('can be closed and deleted in one call, and nothing can follow delete', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice } = table;
    const after = [{ type: 'close' }, { type: 'delete' }, { type: 'rename', name: 'x' }] as const;
    expect(await refused(alice.update_channel({ channel_id, ops: [...after] }))).toMatchObject({
      code: 'BAD_OP',
      details: { field: 'ops.2' },
    });
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }, { type: 'delete' }] });
    expect(await refusal(alice.get_channel_info({ channel_id }))).toBe('CHANNEL_NOT_FOUND');
    expect(channels.sandbox.containers).toEqual(new Set());
  });

  it('that a crash left half erased is erased when the server starts again', async () => {
    const disk = new MemoryStore();
    const crash = () => Promise.reject(new Error('the server ended here'));
    await using before = openChannels({ store: storeWith(disk, { eraseBelow: crash }) });
    const alice = before.as('acc_alice');
    const { channel_id } = await alice.create_channel({ name: 'to be forgotten', slots: ['invite:A'] });
    const ops = [{ type: 'close' }, { type: 'delete' }] as const;
    await expect(alice.update_channel({ channel_id, ops: [...ops] })).rejects.toThrow(
      'the server ended here',
    );
    expect(JSON.stringify(await before.commits(channel_id))).toContain('to be forgotten');
    await using after = openChannels({ store: disk });
    await new Erasing(after.streams, expect.unreachable).round(Date.now());
    expect(await after.commits(channel_id)).toHaveLength(1);
    expect(JSON.stringify(await after.commits(channel_id))).not.toContain('to be forgotten');
    expect(await refusal(after.as('acc_alice').get_channel_info({ channel_id }))).toBe('CHANNEL_NOT_FOUND');
  });

  it('keeps its tombstone when a late writer had another commit under way', async () => {
    const disk = new MemoryStore();
    await using before = openChannels({ store: storeWith(disk, { eraseBelow: () => Promise.resolve() }) });
    const { channel_id } = await before.as('acc_alice').create_channel({ name: 'n', slots: ['invite:A'] });
    const ops = [{ type: 'close' }, { type: 'delete' }] as const;
    await before.as('acc_alice').update_channel({ channel_id, ops: [...ops] });
    await before.streams.submit(channel_id, () => ({ draft: { facts: [{ type: 'late' }] }, answer: 1 }));
    for (let starts = 0; starts < 2; starts++) {
      await using after = openChannels({ store: disk });
      await new Erasing(after.streams, expect.unreachable).round(Date.now());
      const alice = after.as('acc_alice');
      expect(await refusal(alice.get_channel_info({ channel_id }))).toBe('CHANNEL_NOT_FOUND');
      const types = (await after.commits(channel_id)).map(({ facts }) => facts.map(({ type }) => type));
      expect(types).toEqual([['channel_closed', 'channel_deleted'], ['late']]);
    }
  });

  it('that cannot be erased keeps neither the others from it nor the server from starting', async () => {
    const disk = new MemoryStore();
    await using before = openChannels({ store: storeWith(disk, { eraseBelow: () => Promise.resolve() }) });
    const alice = before.as('acc_alice');
    const made: string[] = [];
    for (const name of ['whole', 'broken', 'whole too']) {
      const { channel_id } = await alice.create_channel({ name, slots: ['invite:A'] });
      await alice.update_channel({ channel_id, ops: [{ type: 'rename', name: 'x' }] });
      await alice.update_channel({ channel_id, ops: [{ type: 'close' }, { type: 'delete' }] });
      made.push(channel_id);
    }
    const [one, broken, other] = made as [string, string, string];
    const read: MemoryStore['read'] = (stream, ...page) =>
      stream === broken ? Promise.reject(new Error('damaged')) : disk.read(stream, ...page);
    await using after = openChannels({ store: storeWith(disk, { read }) });
    const failed: string[] = [];
    await new Erasing(after.streams, (channelId) => void failed.push(channelId)).round(Date.now());
    expect(failed).toEqual([broken]);
    for (const channelId of [one, other]) expect(await disk.read(channelId, 0, 9)).toHaveLength(1);
  });

  it('is not looked for again once it was seen erased, until others are deleted', async () => {
    const disk = new MemoryStore();
    await using before = openChannels({ store: storeWith(disk, { eraseBelow: () => Promise.resolve() }) });
    const alice = before.as('acc_alice');
    const deleted = async () => {
      const { channel_id } = await alice.create_channel({ name: 'n', slots: ['invite:A'] });
      await alice.update_channel({ channel_id, ops: [{ type: 'close' }, { type: 'delete' }] });
      return channel_id;
    };
    await deleted();
    const asked: (number | undefined)[] = [];
    const streamsByTag: MemoryStore['streamsByTag'] = (tag, page) => {
      asked.push(page.since);
      return disk.streamsByTag(tag, page);
    };
    await using after = openChannels({ store: storeWith(disk, { streamsByTag }) });
    const erasing = new Erasing(after.streams, expect.unreachable);
    const hour = 3_600_000;
    const now = Date.now() + 2 * hour;
    await erasing.round(now);
    await erasing.round(now + hour);
    expect(asked).toEqual([0, now - hour]);
  });

  it('that is deleted is not made again by the idempotency key that made it', async () => {
    await using channels = openChannels();
    const alice = channels.as('acc_alice');
    const input = { name: 'n', slots: ['bot:R'], bot_code: ECHO, idempotency_key: 'once' };
    const { channel_id } = await alice.create_channel(input);
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }, { type: 'delete' }] });
    expect(await refusal(alice.create_channel(input))).toBe('IDEMPOTENCY_CONFLICT');
    expect(channels.sandbox.containers).toEqual(new Set());
    expect(await channels.commits(channel_id)).toHaveLength(1);
  });
});
