import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { canonicalJson } from '../../control-plane/src/kernel/json/canonical.ts';
import { CodedError } from '../../control-plane/src/kernel/errors.ts';
import { openChannels, refusal } from '../support/channels.ts';
import { ok } from '../support/fake-sandbox.ts';
import { ECHO, openSeated, openTable, seatTwo } from './support.ts';

describe('reading', () => {
  it('starts at the beginning and pages by its cursor, missing and repeating nothing', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice } = table;
    for (let n = 0; n < 30; n++) await alice.post_message({ channel_id, body: `${n} ${'y'.repeat(n * 20)}` });
    const expected = (await channels.entries(channel_id)).map(({ salt: _salt, ...message }) => message);
    for (const bounds of [
      { limit: 1 },
      { limit: 7 },
      { max_tokens: 200 },
      { max_tokens: 1_000, limit: 500 },
    ]) {
      const read = [];
      for (let cursor: number | undefined; ; ) {
        const page = await alice.sync_messages({
          channel_id,
          timeout_ms: 0,
          ...(cursor === undefined ? {} : { cursor }),
          ...bounds,
        });
        read.push(...page.messages);
        cursor = page.cursor;
        if (!page.has_more) break;
      }
      expect(read.map((message) => message.truncated ?? message)).toHaveLength(expected.length);
      const whole = read.filter((message) => !message.truncated);
      expect(whole).toEqual(expected.filter(({ id }) => whole.some((message) => message.id === id)));
    }
  });

  it('answers with about as many tokens as it was allowed', async () => {
    await using table = await openSeated();
    const { channel_id, alice } = table;
    for (let n = 0; n < 40; n++) await alice.post_message({ channel_id, body: 'z'.repeat(400) });
    const small = await alice.sync_messages({ channel_id, timeout_ms: 0 });
    const large = await alice.sync_messages({ channel_id, timeout_ms: 0, max_tokens: 20_000 });
    expect(JSON.stringify(small.messages).length).toBeLessThan(2_000 * 2.5 + 200);
    expect(large.messages.length).toBeGreaterThan(small.messages.length * 3);
    expect(JSON.stringify(large.messages).length).toBeLessThan(20_000 * 2.5 + 200);
  });

  it.each([200, 2_000, 20_000])(
    'puts a body of 64 KiB together from parts of %i tokens exactly',
    async (max_tokens) => {
      await using table = await openSeated();
      const { channel_id, alice } = table;
      const body = { text: `"\\\u0000𝄞é\n${'ab"𝄞\\'.repeat(5_000)}`, list: [1.5, null, { k: '\u2028' }] };
      const { msg_id } = await alice.post_message({ channel_id, body, wait_ms: 0 });
      let text = '';
      for (let part = 0; ; part++) {
        const { messages } = await alice.sync_messages({
          channel_id,
          cursor: msg_id - 1,
          limit: 1,
          timeout_ms: 0,
          max_tokens,
          ...(part === 0 ? {} : { body_offset: text.length }),
        });
        const [message] = messages;
        text += message!.body as string;
        expect(message).toMatchObject({
          id: msg_id,
          truncated: { offset: text.length, total_chars: canonicalJson(body).length },
        });
        expect(JSON.stringify(messages).length).toBeLessThan(max_tokens * 2.5 + 600);
        if (text.length === message!.truncated!.total_chars) break;
        expect(message!.truncated!.next).toContain(`body_offset ${text.length}`);
      }
      expect(text).toBe(canonicalJson(body));
    },
  );

  it('goes on behind a message that came cut', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice } = table;
    channels.sandbox.script(ECHO, () => ok());
    const { msg_id } = await alice.post_message({ channel_id, body: 'x'.repeat(60_000), wait_ms: 0 });
    const after = await alice.post_message({ channel_id, body: 'after' });
    const first = await alice.sync_messages({
      channel_id,
      cursor: msg_id - 1,
      timeout_ms: 0,
      max_tokens: 200,
    });
    expect(first).toMatchObject({ cursor: msg_id, has_more: true, messages: [{ id: msg_id }] });
    const { messages } = await alice.sync_messages({
      channel_id,
      cursor: first.cursor,
      timeout_ms: 0,
      max_tokens: 20_000,
    });
    expect(messages.map(({ id }) => id)).toContain(after.msg_id);
  });

  it('refuses a cursor that the channel never gave', async () => {
    await using table = await openSeated();
    const { channel_id, alice } = table;
    const { head } = await alice.sync_messages({ channel_id, timeout_ms: 0 });
    expect(await alice.sync_messages({ channel_id, cursor: head, timeout_ms: 0 })).toMatchObject({
      messages: [],
    });
    expect(await refusal(alice.sync_messages({ channel_id, cursor: head + 1, timeout_ms: 0 }))).toBe(
      'BAD_CURSOR',
    );
  });

  it('reads on from the store where the newest commits are no longer at hand', async () => {
    await using channels = openChannels({ maxLoaded: 1 });
    const { channel_id, alice } = await seatTwo(channels);
    for (let n = 0; n < 300; n++) await alice.post_message({ channel_id, body: `${n}`, wait_ms: 0 });
    await channels.settled(channel_id);
    const all = await channels.entries(channel_id);
    for (const cursor of [0, 1, 57, all.length - 2]) {
      const { messages } = await alice.sync_messages({
        channel_id,
        cursor,
        timeout_ms: 0,
        limit: 3,
        max_tokens: 20_000,
      });
      expect(messages.map(({ id }) => id)).toEqual(all.slice(cursor, cursor + 3).map(({ id }) => id));
    }
  });
});

describe('a parked read', () => {
  it('wakes with the message that somebody posts', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, bob } = table;
    const { head } = await bob.sync_messages({ channel_id, timeout_ms: 0 });
    const parked = bob.sync_messages({ channel_id, cursor: head });
    await channels.wakeups.waiting(1);
    const { msg_id } = await alice.post_message({ channel_id, body: 'wake up', wait_ms: 0 });
    expect(await parked).toMatchObject({
      messages: [{ id: msg_id, body: { text: 'wake up' } }],
      cursor: msg_id,
    });
  });

  it('sleeps through what it may not see, and its cursor passes it', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, bob, bot_id } = table;
    channels.sandbox.script(ECHO, () => ok());
    const { head } = await bob.sync_messages({ channel_id, timeout_ms: 0 });
    const parked = bob.sync_messages({ channel_id, cursor: head });
    await channels.wakeups.waiting(1);
    const hidden = await alice.dm_bot({ channel_id, bot_id, message: 'psst' });
    const seen = await alice.post_message({ channel_id, body: 'aloud' });
    expect(hidden.msg_id).toBe(head + 1);
    expect(await parked).toMatchObject({ messages: [{ id: seen.msg_id }], cursor: seen.msg_id });
  });

  it('asks the store for nothing while it waits, and ends empty when its time is over', async () => {
    await using table = await openSeated();
    const { channels, channel_id, bob } = table;
    const { head } = await bob.sync_messages({ channel_id, timeout_ms: 0 });
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const reads = vi.spyOn(channels.store, 'read');
    const opens = vi.spyOn(channels.streams, 'open');
    const progress = vi.fn<(waited: number, total: number) => void>();
    const parked = bob.sync_messages({ channel_id, cursor: head, timeout_ms: 45_000 }, { progress });
    await channels.wakeups.waiting(1);
    await vi.advanceTimersByTimeAsync(1);
    const opened = opens.mock.calls.length;
    await vi.advanceTimersByTimeAsync(44_000);
    expect(opens.mock.calls.length).toBe(opened);
    expect(progress.mock.calls).toEqual([
      [10_000, 45_000],
      [20_000, 45_000],
      [30_000, 45_000],
      [40_000, 45_000],
    ]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await parked).toMatchObject({ messages: [], cursor: head, has_more: false });
    expect(reads).not.toHaveBeenCalled();
    expect(channels.wakeups.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is freed at once when its caller goes', async () => {
    await using table = await openSeated();
    const { channels, channel_id, bob } = table;
    const { head } = await bob.sync_messages({ channel_id, timeout_ms: 0 });
    const gone = new AbortController();
    const parked = bob.sync_messages({ channel_id, cursor: head }, { signal: gone.signal });
    await channels.wakeups.waiting(1);
    gone.abort();
    await parked.catch(() => undefined);
    expect(channels.wakeups.size).toBe(0);
  });

  it('does not wait at all for a caller that has gone already', async () => {
    await using table = await openSeated();
    const { channels, channel_id, bob } = table;
    const { head } = await bob.sync_messages({ channel_id, timeout_ms: 0 });
    await bob
      .sync_messages({ channel_id, cursor: head }, { signal: AbortSignal.abort() })
      .catch(() => undefined);
    expect(channels.wakeups.size).toBe(0);
  });

  it('answers with what it has when the server stops: its cursor goes on at another', async () => {
    await using table = await openSeated();
    const { channels, channel_id, bob } = table;
    const { head } = await bob.sync_messages({ channel_id, timeout_ms: 0 });
    const server = new AbortController();
    const parked = bob.sync_messages({ channel_id, cursor: head }, { signal: server.signal });
    await channels.wakeups.waiting(1);
    server.abort(new CodedError('SERVER_STOPPING'));
    expect(await parked).toMatchObject({ messages: [], cursor: head, head, has_more: false });
  });

  it('of a seat that is evicted ends with NOT_MEMBER and shows nothing', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, bob } = table;
    const { head } = await bob.sync_messages({ channel_id, timeout_ms: 0 });
    const parked = refusal(bob.sync_messages({ channel_id, cursor: head }));
    await channels.wakeups.waiting(1);
    await alice.update_channel({ channel_id, ops: [{ type: 'evict', slot_id: 's2' }] });
    expect(await parked).toBe('NOT_MEMBER');
  });

  it('of a channel that is deleted ends with CHANNEL_NOT_FOUND', async () => {
    await using table = await openSeated();
    const { channels, channel_id, alice, bob } = table;
    const { head } = await bob.sync_messages({ channel_id, timeout_ms: 0 });
    const parked = refusal(bob.sync_messages({ channel_id, cursor: head }));
    await channels.wakeups.waiting(1);
    await alice.update_channel({ channel_id, ops: [{ type: 'close' }, { type: 'delete' }] });
    expect(await parked).toBe('CHANNEL_NOT_FOUND');
  });

  it('wakes many at once', async () => {
    await using channels = openChannels();
    const { channel_id, alice, inviteA } = await openTable(channels);
    await alice.join_channel({ invite_code: inviteA });
    await channels.settled(channel_id);
    const { head } = await alice.sync_messages({ channel_id, timeout_ms: 0 });
    const parked = Array.from({ length: 100 }, () => alice.sync_messages({ channel_id, cursor: head }));
    await channels.wakeups.waiting(100);
    const { msg_id } = await alice.post_message({ channel_id, body: 'x', wait_ms: 0 });
    for (const answer of await Promise.all(parked)) expect(answer.messages[0]?.id).toBe(msg_id);
    expect(channels.wakeups.size).toBe(0);
  });
});
