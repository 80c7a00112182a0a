import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isMessage, ofType, openSocket, type ServerFrame } from './support/socket.ts';
import { openStreet } from './support/street.ts';

const texts = (frames: readonly ServerFrame[]) => frames.map(({ message }) => message);

const POLL = { timeout: 10_000 };

describe('a line', () => {
  it('brings what waited and what comes, direct and to all, each once and in order', async () => {
    await using street = await openStreet();
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await beta.send('alpha', '1');
    await beta.send('ALL', '2');
    await using line = await street.open('alpha');
    await beta.send('alpha', '3');
    await beta.send('ALL', '4');
    await beta.send('alpha', '5');
    const heard = await line.until(5, isMessage);
    expect(texts(heard)).toEqual(['1', '2', '3', '4', '5']);
    expect(heard[1]).toMatchObject({ from: 'beta', to: 'ALL', type: 'text', message_id: 'msg_all_1' });
  });

  it('goes on after what was acknowledged, also a moment before it was cut', async () => {
    await using street = await openStreet();
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    for (const text of ['1', '2', '3']) await beta.send('alpha', text);
    const first = await street.open('alpha');
    const heard = await first.until(3, isMessage);
    first.say({ type: 'ack', cursor: heard[1]?.['cursor'] });
    first.say({ type: 'heartbeat' });
    await first.until(1, ofType('heartbeat'));
    first.socket.terminate();
    await using second = await street.open('alpha');
    expect(texts(await second.until(1, isMessage))).toEqual(['3']);
  });

  it('acknowledges no more than it was handed', async () => {
    await using street = await openStreet();
    const [alpha, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await using line = await street.open('alpha');
    line.say({ type: 'ack', cursor: '999.999' });
    line.say({ type: 'heartbeat' });
    await line.until(1, ofType('heartbeat'));
    await beta.send('alpha', 'new');
    await line.until(1, isMessage);
    await line[Symbol.asyncDispose]();
    expect(texts((await alpha.read()).messages)).toEqual(['new']);
  });

  it('says delivered once the other side has answered, and acknowledged once it says so', async () => {
    await using street = await openStreet({ askAfterMs: 10 });
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    const receipt = async (message_id: string) =>
      (await beta.message_receipt({ agent_id: 'beta', message_id })).receipt;
    await using line = await street.open('alpha', 'acc_alpha');
    const { message_id } = await beta.send('alpha', 'x');
    const [message] = await line.until(1, isMessage);
    await expect.poll(() => receipt(message_id), POLL).toBe('delivered');
    line.say({ type: 'ack', cursor: message?.['cursor'] });
    await expect.poll(() => receipt(message_id), POLL).toBe('acknowledged');
  });

  it('that does not answer has nothing delivered', async () => {
    await using street = await openStreet({ askAfterMs: 10 });
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await using line = await openSocket(street.url, '/ws/alpha', 'acc_alpha', { autoPong: false });
    line.say({ type: 'heartbeat' });
    const { message_id } = await beta.send('alpha', 'x');
    await line.until(1, isMessage);
    line.say({ type: 'heartbeat' });
    await line.until(2, ofType('heartbeat'));
    const told = await beta.message_receipt({ agent_id: 'beta', message_id });
    expect(told.receipt).toBe('stored');
  });

  it('gives way to a newer one of the same agent, which misses nothing', async () => {
    await using street = await openStreet();
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await using first = await street.open('alpha');
    await using second = await street.open('alpha');
    expect(await first.closed).toBe(4001);
    await beta.send('alpha', 'x');
    await second.until(1, isMessage);
    const { agents } = await beta.list_agents({});
    expect(agents.map(({ status }) => status)).toEqual(['active', 'active']);
  });

  it('stays when another is asked for and given up at once', async () => {
    await using street = await openStreet();
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await using line = await street.open('alpha');
    const { port } = new URL(street.url);
    const upgrade = [
      'GET /ws/alpha HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Authorization: Bearer acc_alpha',
    ];
    for (let n = 0; n < 20; n++) {
      const raw = connect(Number(port), '127.0.0.1');
      await once(raw, 'connect');
      raw.write(`${upgrade.join('\r\n')}\r\n\r\n`, () => raw.resetAndDestroy());
      await once(raw, 'close');
    }
    await beta.send('alpha', 'still there?');
    expect(texts(await line.until(1, isMessage))).toEqual(['still there?']);
  });

  it('ends with 1001 when the server stops, which writes down first what was acknowledged', async () => {
    const street = await openStreet();
    const [alpha, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await using line = await street.open('alpha');
    await beta.send('alpha', 'done with');
    const [message] = await line.until(1, isMessage);
    line.say({ type: 'ack', cursor: message?.['cursor'] });
    line.say({ type: 'heartbeat' });
    await line.until(1, ofType('heartbeat'));
    const stopped = street[Symbol.asyncDispose]();
    expect(await line.closed).toBe(1001);
    await stopped;
    expect((await alpha.read()).messages).toEqual([]);
  });

  it('writes as its own agent, and is answered with the receipt', async () => {
    await using street = await openStreet();
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await using line = await street.open('alpha');
    line.say({ type: 'send', id: 'a', to: 'beta', message: { type: 'ping' }, idempotency_key: 'k' });
    line.say({ type: 'send', id: 'b', to: 'beta', message: { type: 'ping' }, idempotency_key: 'k' });
    const [one, two] = await line.until(2, ofType('receipt'));
    expect(one).toMatchObject({ id: 'a', receipt: 'stored', from: 'alpha', to: 'beta', recipients: 1 });
    expect(two).toEqual({ ...one, id: 'b' });
    expect((await beta.read()).messages).toMatchObject([{ type: 'ping', from: 'alpha' }]);
  });
});

describe('a ticket', () => {
  it('opens the line of its agent once, within a minute, for as long as its token is good', async () => {
    await using street = await openStreet({ pingMs: 200 });
    const alpha = await street.agent('alpha');
    const take = async () => (await alpha.issue_ticket({})).websocket_url;
    const url = await take();
    expect(url).toMatch(/^\/ws\/alpha\?ticket=mcp_tk_[\w-]{43}$/);
    await using line = await openSocket(street.url, url);
    line.say({ type: 'heartbeat' });
    await line.until(1, ofType('heartbeat'));
    await expect(openSocket(street.url, url)).rejects.toThrow('refused with 401');

    const late = await take();
    street.clock.forward(60_001);
    await expect(openSocket(street.url, late)).rejects.toThrow('refused with 401');

    const orphan = await take();
    street.revoke('acc_alpha');
    expect(await line.closed).toBe(4401);
    await expect(openSocket(street.url, orphan)).rejects.toThrow('refused with 401');
  });

  it('opens no line of another agent', async () => {
    await using street = await openStreet();
    const [alpha] = [await street.agent('alpha'), await street.agent('beta')];
    const { ticket } = await alpha.issue_ticket({ agent_id: 'alpha' });
    await expect(openSocket(street.url, `/ws/beta?ticket=${ticket}`)).rejects.toThrow('refused with 401');
    await expect(alpha.issue_ticket({ agent_id: 'beta' })).rejects.toMatchObject({ code: 'NOT_YOUR_AGENT' });
  });

  it('of a made-up kind is refused like a wrong token', async () => {
    await using street = await openStreet();
    await street.agent('alpha');
    for (const ticket of ['', 'x', `mcp_tk_${'A'.repeat(43)}`])
      await expect(openSocket(street.url, `/ws/alpha?ticket=${ticket}`)).rejects.toThrow('refused with 401');
  });
});
