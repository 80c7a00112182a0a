import { describe, expect, it } from 'vitest';
import { ofType } from './support/socket.ts';
import { openStreet } from './support/street.ts';
import { openTown } from './support/town.ts';

describe('an agent', () => {
  it('may call ten times at once, then ten times a second, and is told what is left', async () => {
    const town = openTown({ perSecond: 10 });
    const [, beta] = [await town.agent('alpha'), await town.agent('beta')];
    const left: number[] = [];
    const counted = ({ remaining }: { remaining: number }) => void left.push(remaining);
    const send = () => beta.send_agent_message({ from: 'beta', to: 'alpha', message: 'x' }, { counted });
    for (let n = 0; n < 10; n++) await send();
    expect(left).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    await expect(send()).rejects.toMatchObject({ code: 'RATE_LIMITED', details: { retry_after_s: 1 } });
    await expect(beta.read()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    town.clock.forward(100);
    await send();
    await expect(send()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('does not use up what another agent has, of the same account either', async () => {
    const town = openTown({ perSecond: 1 });
    const client = town.as('acc');
    for (const agent_id of ['one', 'two']) await client.register_agent({ agent_id, name: agent_id });
    await client.read_inbox({ agent_id: 'one' });
    await expect(client.read_inbox({ agent_id: 'one' })).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await client.read_inbox({ agent_id: 'two' })).toMatchObject({ messages: [] });
  });

  it('is not needed to be held back: who has none lists as often as one that is', async () => {
    const town = openTown({ perSecond: 1 });
    await town.as('acc').list_agents({});
    await expect(town.as('acc').list_agents({})).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await town.as('other').list_agents({})).toMatchObject({ you: null });
  });

  it('that does not read is sent ten thousand messages and no more, until it reads', async () => {
    const town = openTown();
    const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
    await Promise.all(Array.from({ length: 10_000 }, (_, n) => beta.send('alpha', String(n))));
    await expect(beta.send('alpha', 'one more')).rejects.toMatchObject({ code: 'INBOX_FULL' });
    const { cursor } = await alpha.read({ limit: 1 });
    await alpha.read({ cursor, limit: 1 });
    expect(await beta.send('alpha', 'one more')).toMatchObject({ receipt: 'stored' });
  });

  it('is refused where its account has as many as it may, until one is ended', async () => {
    const town = openTown({ mostOfOne: 2 });
    const client = town.as('acc');
    const register = (agent_id: string) => client.register_agent({ agent_id, name: agent_id });
    await register('one');
    await register('two');
    await expect(register('three')).rejects.toMatchObject({ code: 'AGENT_QUOTA' });
    await register('two');
    await client.deregister_agent({ agent_id: 'one' });
    expect(await register('three')).toMatchObject({ success: true });
  });
});

describe('a message', () => {
  it.each([
    ['x'.repeat(16_384 - 2), 'stored'],
    ['x'.repeat(16_384 - 1), 'TOO_LARGE'],
    ['é'.repeat(8_191), 'stored'],
    ['é'.repeat(8_192), 'TOO_LARGE'],
  ])('of %.5s… holds 16 KiB as JSON at most', async (text, outcome) => {
    const town = openTown();
    const [, beta] = [await town.agent('alpha'), await town.agent('beta')];
    const told = beta.send('alpha', text).then(
      ({ receipt }) => receipt,
      ({ code }) => code,
    );
    expect(await told).toBe(outcome);
  });
});

describe('a socket', () => {
  const send = { type: 'send', to: 'alpha', message: 'x' };

  it('writes no more than its account may, whatever its agent may', async () => {
    await using street = await openStreet({ writesPerMinute: 2 });
    await street.agent('alpha');
    await using line = await street.open('alpha');
    for (let n = 0; n < 3; n++) line.say(send);
    const [refused] = await line.until(1, ofType('error'));
    expect(refused).toMatchObject({ error: { code: 'RATE_LIMITED' } });
    expect(await line.until(2, ofType('receipt'))).toHaveLength(2);
  });

  it('has a long frame counted before it is read, also one that is refused', async () => {
    await using street = await openStreet({ perSecond: 2 });
    await street.agent('alpha');
    await using line = await street.open('alpha');
    for (let n = 0; n < 2; n++) line.say({ type: 'unknown', filler: 'x'.repeat(3_000) });
    line.say(send);
    const errors = await line.until(3, ofType('error'));
    expect(errors.map(({ error }) => (error as { code: string }).code)).toEqual([
      'INVALID_REQUEST',
      'INVALID_REQUEST',
      'RATE_LIMITED',
    ]);
  });

  it('has a frame of 64 KiB counted as four messages', async () => {
    await using street = await openStreet({ perSecond: 4 });
    await street.agent('alpha');
    await using line = await street.open('alpha');
    line.say({ type: 'unknown', filler: 'x'.repeat(60_000) });
    line.say(send);
    const [, refused] = await line.until(2, ofType('error'));
    expect(refused).toMatchObject({ error: { code: 'RATE_LIMITED' } });
  });

  it('waits with a long frame until its agent may write again', async () => {
    await using street = await openStreet({ perSecond: 1 });
    await street.agent('alpha');
    await using line = await street.open('alpha');
    for (const id of ['1', '2']) line.say({ ...send, id, message: 'x'.repeat(3_000) });
    await line.until(1, ofType('receipt'));
    street.clock.forward(1_000);
    const receipts = await line.until(2, ofType('receipt'));
    expect(receipts.map(({ id }) => id)).toEqual(['1', '2']);
  });
});
