import { afterEach, describe, expect, it, vi } from 'vitest';
import { dmBot, postMessage } from '../../control-plane/src/channels/operations/messages.ts';
import { HeldHook, ok } from '../support/fake-sandbox.ts';
import { listen } from '../http/support.ts';
import { callWithProgress, events, openCall, WaiterCount } from './live.ts';
import { EDGES, startModels } from './support.ts';

const SOURCE = 'class Slow:\n    pass\n';

/** A channel with alice in s1 and bob in s2 and a bot whose hooks the test ends, on a port of its own. */
async function openRoom() {
  const waiters = new WaiterCount();
  const models = await startModels({ metrics: waiters.metrics });
  const hook = new HeldHook();
  models.channels.sandbox.script(SOURCE, (call, program) =>
    call.hook === 'on_message' ? hook.script(call, program) : ok(),
  );
  const slots = ['bot:Slow', 'invite:a', 'invite:b'];
  const alice = models.as('alice');
  const created = await alice.call('create_channel', { name: 'Room', slots, bot_code: SOURCE });
  const channel_id: string = created['channel_id'];
  await alice.call('join_channel', { invite_code: created['invites'][0] });
  await models.as('bob').call('join_channel', { invite_code: created['invites'][1] });
  await models.channels.settled(channel_id);
  const base = await listen(models.app);
  const { head } = await alice.call('get_channel_info', { channel_id });
  return {
    models,
    waiters,
    hook,
    channel_id,
    alice,
    base,
    head: head as number,
    [Symbol.asyncDispose]: () => models[Symbol.asyncDispose](),
  };
}

const KEY = { idempotency_key: 'move-1' };

describe.each(EDGES)('a client of %s that gives up and closes its connection', (edge) => {
  it('leaves no waiter of sync_messages behind', async () => {
    await using room = await openRoom();
    const { base, channel_id, head, waiters } = room;
    const call = openCall(base, edge, 'bob', 'sync_messages', { channel_id, cursor: head });
    await waiters.reaches(1);
    await room.models.channels.wakeups.waiting(1);
    call.destroy();
    await waiters.reaches(0);
    expect(room.models.channels.wakeups.size).toBe(0);
  });

  it('leaves no waiter of post_message behind', async () => {
    await using room = await openRoom();
    const { base, channel_id, waiters, hook } = room;
    const call = openCall(base, edge, 'bob', 'post_message', { channel_id, body: 'guess 42' });
    await hook.started();
    await waiters.reaches(1);
    call.destroy();
    await waiters.reaches(0);
    expect(room.models.channels.wakeups.size).toBe(0);
  });

  it('and posts again with the same key has posted once, and gets the first answer with the replies', async () => {
    await using room = await openRoom();
    const { base, channel_id, waiters, hook, models, head } = room;
    const bob = models.as('bob', edge);
    const args = { channel_id, body: 'guess 42', ...KEY };
    const first = openCall(base, edge, 'bob', 'post_message', args);
    await hook.started();
    await waiters.reaches(1);
    first.destroy();
    await waiters.reaches(0);

    const second = bob.call('post_message', args);
    await waiters.reaches(1);
    hook.end(ok([{ body: { type: 'judge', result: 'low' } }]));
    const answer = await second;
    const reply = { kind: 'bot', body: expect.objectContaining({ type: 'judge', result: 'low' }) };
    expect(answer).toMatchObject({ msg_id: head + 1, bots: 'settled', replies: [reply] });
    const third = await bob.call('post_message', args);
    expect(third).toMatchObject({ msg_id: answer['msg_id'], ts: answer['ts'], replies: answer['replies'] });
    const said = (await models.channels.entries(channel_id)).filter(({ kind }) => kind === 'user');
    expect(said).toHaveLength(1);
  });

  it('and reads again from the same cursor has missed nothing', async () => {
    await using room = await openRoom();
    const { base, channel_id, waiters, models, head } = room;
    const call = openCall(base, edge, 'bob', 'sync_messages', { channel_id, cursor: head });
    await waiters.reaches(1);
    call.destroy();
    await waiters.reaches(0);
    await models.as('alice').call('post_message', { channel_id, body: 'meanwhile', wait_ms: 0 });
    const read = await models.as('bob', edge).call('sync_messages', { channel_id, cursor: head });
    expect(read).toMatchObject({ messages: [{ id: head + 1, body: { text: 'meanwhile' } }] });
  });
});

it.each([postMessage, dmBot])(
  '$name answers a client that gives up after 10 s before it does',
  ({ input }) => {
    expect(input.shape.wait_ms.parse(undefined)).toBeLessThan(10_000);
  },
);

it('without a key a repeated post is another post, as doc://messages says', async () => {
  await using room = await openRoom();
  const { channel_id, alice, models } = room;
  const args = { channel_id, body: 'twice', wait_ms: 0 };
  const answers = [await alice.call('post_message', args), await alice.call('post_message', args)];
  expect(answers[1]?.['msg_id']).toBe(answers[0]?.['msg_id'] + 1);
  expect((await models.channels.entries(channel_id)).filter(({ kind }) => kind === 'user')).toHaveLength(2);
});

describe.each(EDGES.slice(1))('a parked sync_messages of %s', (edge) => {
  afterEach(() => void vi.useRealTimers());

  it('tells every ten seconds how long it waits, under the token that the client gave', async () => {
    await using room = await openRoom();
    const { base, channel_id, head, models, waiters } = room;
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const call = { name: 'sync_messages', arguments: { channel_id, cursor: head, timeout_ms: 30_000 } };
    const asked = fetch(`${base}/mcp`, callWithProgress(edge, 'bob', call, 'token-7'));
    await waiters.reaches(1);
    vi.advanceTimersByTime(10_000);
    const stream = events(await asked);
    const progress = (ms: number) => ({
      method: 'notifications/progress',
      params: { progressToken: 'token-7', progress: ms, total: 30_000 },
    });
    expect((await stream.next()).value).toMatchObject(progress(10_000));
    vi.advanceTimersByTime(10_000);
    expect((await stream.next()).value).toMatchObject(progress(20_000));
    await models.as('alice').call('post_message', { channel_id, body: 'here', wait_ms: 0 });
    expect((await stream.next()).value).toMatchObject({
      id: 1,
      result: { structuredContent: { messages: [{ id: head + 1, body: { text: 'here' } }] } },
    });
    expect((await stream.next()).done).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells nothing of its progress to a client that gave no token', async () => {
    await using room = await openRoom();
    const { channel_id, head, models, waiters } = room;
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const reading = models.as('bob', edge).try('sync_messages', { channel_id, cursor: head });
    await waiters.reaches(1);
    vi.advanceTimersByTime(20_000);
    await models.as('alice').call('post_message', { channel_id, body: 'here', wait_ms: 0 });
    expect((await reading).sent).not.toContain('notifications/progress');
  });
});
