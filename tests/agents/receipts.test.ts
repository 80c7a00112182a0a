import { describe, expect, it } from 'vitest';
import { openTown } from './support/town.ts';

type Town = ReturnType<typeof openTown>;

async function openPair(town: Town = openTown()) {
  const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
  const receiptOf = async (message_id: string) => {
    const { receipt, reason } = await beta.message_receipt({ agent_id: 'beta', message_id });
    return reason === undefined ? receipt : `${receipt}: ${reason}`;
  };
  const dead = async () => (await beta.dead_letters({ agent_id: 'beta' })).messages;
  return { town, alpha, beta, receiptOf, dead };
}

describe('the receipt of a message', () => {
  it('is stored, then delivered, then acknowledged, and never goes back', async () => {
    const { alpha, beta, receiptOf } = await openPair();
    const { message_id } = await beta.send('alpha', 'x');
    const seen = [await receiptOf(message_id)];
    const { cursor } = await alpha.read();
    seen.push(await receiptOf(message_id));
    await alpha.read({ cursor });
    seen.push(await receiptOf(message_id));
    await alpha.deregister_agent({ agent_id: 'alpha' });
    seen.push(await receiptOf(message_id));
    expect(seen).toEqual(['stored', 'delivered', 'acknowledged', 'acknowledged']);
  });

  it('says nothing of what came after the message that was acknowledged', async () => {
    const { alpha, beta, receiptOf } = await openPair();
    const one = await beta.send('alpha', 'one');
    const first = await alpha.read({ limit: 1 });
    const two = await beta.send('alpha', 'two');
    await alpha.read({ cursor: first.cursor, limit: 1 });
    const three = await beta.send('alpha', 'three');
    const ids = [one, two, three].map(({ message_id }) => message_id);
    expect(await Promise.all(ids.map(receiptOf))).toEqual(['acknowledged', 'delivered', 'stored']);
  });

  it('is not delivered for an answer that nobody was there to take', async () => {
    const { alpha, beta, receiptOf } = await openPair();
    const { message_id } = await beta.send('alpha', 'x');
    const signal = AbortSignal.abort();
    await alpha.read_inbox({ agent_id: 'alpha' }, { signal });
    expect(await receiptOf(message_id)).toBe('stored');
  });

  it('of a message to all stays stored: nobody can say it of everybody', async () => {
    const { alpha, beta, receiptOf } = await openPair();
    const { message_id } = await beta.send('ALL', 'x');
    await alpha.read({ cursor: (await alpha.read()).cursor });
    expect(await receiptOf(message_id)).toBe('stored');
  });

  it('is for its sender alone', async () => {
    const { alpha, beta } = await openPair();
    const { message_id } = await beta.send('alpha', 'x');
    for (const id of [message_id, `${message_id}0`, 'msg_all_1', 'msg_', 'x'])
      await expect(alpha.message_receipt({ agent_id: 'alpha', message_id: id })).rejects.toMatchObject({
        code: 'MESSAGE_NOT_FOUND',
      });
  });

  it('survives a restart', async () => {
    const { town, alpha, beta } = await openPair();
    const { message_id } = await beta.send('alpha', 'x', { ttl_s: 60 });
    await alpha.read();
    const again = openTown({ store: town.store, clock: town.clock });
    const told = await again.as('acc_beta').message_receipt({ message_id });
    expect(told).toMatchObject({ message_id, receipt: 'delivered' });
  });
});

describe('a message that ends', () => {
  it('before it is acknowledged is a dead letter, which its sender can read', async () => {
    const { town, alpha, beta, receiptOf, dead } = await openPair();
    const sent = await beta.send('alpha', { type: 'ping' }, { ttl_s: 5 });
    expect(await dead()).toEqual([]);
    town.clock.forward(5_000);
    expect(await receiptOf(sent.message_id)).toBe('dead: expired');
    expect(await dead()).toMatchObject([
      {
        message_id: sent.message_id,
        to: 'alpha',
        type: 'ping',
        message: { type: 'ping' },
        reason: 'expired',
      },
    ]);
    // Its recipient goes past it: that is no acknowledgement.
    await beta.send('alpha', 'next');
    const read = await alpha.read();
    expect(read.messages).toMatchObject([{ message: 'next' }]);
    await alpha.read({ cursor: read.cursor });
    expect(await receiptOf(sent.message_id)).toBe('dead: expired');
    expect(await alpha.dead_letters({})).toMatchObject({ messages: [], next_cursor: null });
  });

  it('after it was acknowledged is none', async () => {
    const { town, alpha, beta, receiptOf, dead } = await openPair();
    const { message_id } = await beta.send('alpha', 'x', { ttl_s: 5 });
    await alpha.read({ cursor: (await alpha.read()).cursor });
    town.clock.forward(10_000);
    expect([await receiptOf(message_id), await dead()]).toEqual(['acknowledged', []]);
  });

  it('with its recipient is a dead letter, also one without an end of its own', async () => {
    const { alpha, beta, receiptOf, dead } = await openPair();
    const read = await beta.send('alpha', 'read');
    await alpha.read({ cursor: (await alpha.read()).cursor });
    const left = [await beta.send('alpha', 'one'), await beta.send('alpha', 'two', { ttl_s: 100 })];
    await alpha.deregister_agent({ agent_id: 'alpha' });
    expect(await Promise.all(left.map(({ message_id }) => receiptOf(message_id)))).toEqual([
      'dead: deregistered',
      'dead: deregistered',
    ]);
    expect(await receiptOf(read.message_id)).toBe('acknowledged');
    expect((await dead()).map(({ message }) => message)).toEqual(['two', 'one']);
  });

  it('is kept in mind for the last hundred of a sender, and nothing more is said of those before than is true', async () => {
    const { town, alpha, beta, receiptOf, dead } = await openPair();
    const first = await beta.send('alpha', 'first', { ttl_s: 1 });
    for (let n = 0; n < 100; n++) await beta.send('alpha', String(n), { ttl_s: 1 });
    town.clock.forward(1_000);
    await alpha.read({ cursor: (await alpha.read()).cursor });
    expect(await dead()).toHaveLength(100);
    expect(await receiptOf(first.message_id)).toBe('stored');
  });

  it('is looked for at a hundred recipients at a time', async () => {
    const { town, beta, dead } = await openPair();
    const unread = await beta.send('alpha', 'unread', { ttl_s: 1 });
    town.clock.forward(1_000);
    for (let n = 0; n < 100; n++) {
      await town.agent(`other-${n}`);
      await beta.send(`other-${n}`, 'still open', { ttl_s: 100 });
    }
    expect(await dead()).toEqual([]);
    const { next_cursor } = await beta.dead_letters({});
    const { messages } = await beta.dead_letters({ cursor: next_cursor ?? '' });
    expect(messages).toMatchObject([{ message_id: unread.message_id }]);
  });

  it('is listed by recipients, page after page', async () => {
    const { town, beta } = await openPair();
    for (const name of ['gamma', 'delta', 'epsilon']) {
      await town.agent(name);
      for (const text of ['1', '2']) await beta.send(name, text, { ttl_s: 1 });
      town.clock.forward(1);
    }
    town.clock.forward(5_000);
    const seen: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await beta.dead_letters({ limit: 1, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.messages.map(({ to, message }) => `${to} ${String(message)}`));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(['epsilon 2', 'epsilon 1', 'delta 2', 'delta 1', 'gamma 2', 'gamma 1']);
    await expect(beta.dead_letters({ cursor: 'x' })).rejects.toMatchObject({ code: 'BAD_CURSOR' });
  });
});
