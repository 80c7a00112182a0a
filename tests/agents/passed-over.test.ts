import { describe, expect, it } from 'vitest';
import { isMessage, ofType } from './support/socket.ts';
import { openStreet } from './support/street.ts';

const POLL = { timeout: 10_000 };

describe('messages that ended before they could be handed over', () => {
  it('do not fill an inbox that is read over a socket', { timeout: 60_000 }, async () => {
    await using street = await openStreet();
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await Promise.all(Array.from({ length: 10_000 }, () => beta.send('alpha', 'late', { ttl_s: 1 })));
    street.clock.forward(1_000);
    await expect(beta.send('alpha', 'x')).rejects.toMatchObject({ code: 'INBOX_FULL' });
    await using line = await street.open('alpha');
    await expect.poll(() => beta.send('alpha', 'in time').catch(() => undefined), POLL).toBeDefined();
    expect(await line.until(1, isMessage)).toMatchObject([{ message: 'in time' }]);
  });

  it('are passed over only where all before them is acknowledged, and stay dead letters', async () => {
    await using street = await openStreet();
    const [alpha, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await beta.send('alpha', 'open');
    const { message_id } = await beta.send('alpha', 'late', { ttl_s: 1 });
    street.clock.forward(1_000);
    const line = await street.open('alpha');
    await line.until(1, isMessage);
    line.say({ type: 'heartbeat' });
    await line.until(1, ofType('heartbeat'));
    await line[Symbol.asyncDispose]();
    expect((await alpha.read()).messages).toMatchObject([{ message: 'open' }]);
    expect(await beta.message_receipt({ message_id })).toMatchObject({ receipt: 'dead', reason: 'expired' });
  });
});
