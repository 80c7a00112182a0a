import { promisify } from 'node:util';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isMessage, ofType, openSocket, type TestSocket } from './support/socket.ts';
import { openStreet } from './support/street.ts';

const errorOf = (frame: Readonly<Record<string, unknown>> | undefined) =>
  (frame?.['error'] as { code: string; field?: string } | undefined) ?? { code: 'none' };

/** Frames that are refused with an error, and change nothing. */
const REFUSED: readonly (readonly [title: string, frame: string, code: string, field?: string])[] = [
  ['no JSON', '{"type":', 'INVALID_REQUEST'],
  ['a number', '7', 'INVALID_REQUEST', 'type'],
  ['a list', '[]', 'INVALID_REQUEST', 'type'],
  ['no type', '{}', 'INVALID_REQUEST', 'type'],
  ['an unknown type', '{"type":"explode"}', 'INVALID_REQUEST', 'type'],
  ['a type of every object', '{"type":"constructor"}', 'INVALID_REQUEST', 'type'],
  ['a key twice', '{"type":"heartbeat","type":"send"}', 'INVALID_REQUEST'],
  ['deep nesting', `${'['.repeat(200)}${']'.repeat(200)}`, 'INVALID_REQUEST'],
  ['half a surrogate pair', '{"type":"send","to":"beta","message":"\\ud800"}', 'INVALID_REQUEST'],
  ['another sender', '{"type":"send","from":"beta","to":"beta","message":"x"}', 'INVALID_REQUEST', 'from'],
  ['no recipient', '{"type":"send","message":"x"}', 'INVALID_REQUEST', 'to'],
  ['an unknown recipient', '{"type":"send","to":"nobody","message":"x"}', 'AGENT_NOT_FOUND', 'to'],
  ['no message', '{"type":"send","to":"beta"}', 'INVALID_REQUEST', 'message'],
  [
    'a message of an unknown type',
    '{"type":"send","to":"beta","message":{"type":"x"}}',
    'UNKNOWN_MESSAGE_TYPE',
  ],
  ['a message without a type', '{"type":"send","to":"beta","message":{}}', 'UNKNOWN_MESSAGE_TYPE'],
  [
    'a request without a correlation id',
    '{"type":"send","to":"beta","message":{"type":"request","action":"x"}}',
    'INVALID_REQUEST',
    'message.correlation_id',
  ],
  [
    'a message that is too long',
    JSON.stringify({ type: 'send', to: 'beta', message: 'x'.repeat(16_385) }),
    'TOO_LARGE',
  ],
  [
    'a time to live of nothing',
    '{"type":"send","to":"beta","message":"x","ttl_s":0}',
    'INVALID_REQUEST',
    'ttl_s',
  ],
  ['a cursor that is none', '{"type":"ack","cursor":"x"}', 'BAD_CURSOR', 'cursor'],
  ['an acknowledgement of nothing', '{"type":"ack"}', 'INVALID_REQUEST', 'cursor'],
];

describe('a frame with', () => {
  it.each(REFUSED)('%s is refused, and the line goes on', async (_title, frame, code, field) => {
    await using street = await openStreet();
    const [alpha, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await using line = await street.open('alpha');
    line.socket.send(String(frame));
    const [refusal] = await line.until(1, ofType('error'));
    expect(errorOf(refusal)).toMatchObject({ code, ...(field === undefined ? {} : { field }) });
    expect((await beta.read()).messages).toEqual([]);
    await beta.send('alpha', 'still there?');
    await line.until(1, isMessage);
    expect((await alpha.read()).messages).toHaveLength(1);
    expect(street.logged).toEqual([]);
  });

  it.each([
    ['{"type":"send","to":"beta","message":"x","ttl_s":0,"id":"7"}', 'ttl_s must be at least 1.'],
    ['{"type":"send","to":"beta","message":"x","from":"beta","id":"7"}', 'from is not a field of this call.'],
    ['{"type":"send","to":"beta","id":"7"}', 'message is required.'],
    ['{"type":"explode","id":"7"}', 'type must be one of: heartbeat, ack, send.'],
    ['{"type":"ack","id":"7"}', 'cursor is required.'],
  ])('a fault is told what is wrong, with the id that it came with: %s', async (frame, message) => {
    await using street = await openStreet();
    await street.agent('alpha');
    await using line = await street.open('alpha');
    line.socket.send(frame);
    const [refusal] = await line.until(1, ofType('error'));
    expect(refusal).toMatchObject({ id: '7', error: { message } });
  });

  it('more bytes than allowed closes the line with 1009, and nothing before it is lost', async () => {
    await using street = await openStreet();
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await using line = await street.open('alpha');
    line.say({ type: 'send', id: '1', to: 'beta', message: 'before' });
    await line.until(1, ofType('receipt'));
    line.socket.send(JSON.stringify({ type: 'send', to: 'beta', message: 'x'.repeat(100_000) }));
    expect(await line.closed).toBe(1009);
    expect((await beta.read()).messages).toMatchObject([{ message: 'before' }]);
    expect(street.logged).toEqual([]);
  });

  it.each([
    ['binary data', 1003, (line: TestSocket) => line.socket.send(Buffer.from('{"type":"heartbeat"}'))],
    [
      'text that is no UTF-8',
      1007,
      (line: TestSocket) => line.socket.send(Buffer.from([0xff]), { binary: false }),
    ],
    [
      'a thousand others in a second',
      1008,
      (line: TestSocket) => {
        for (let n = 0; n < 3_000; n++) line.socket.send('{"type":"heartbeat"}');
      },
    ],
    [
      'a thousand pongs in a second',
      1008,
      (line: TestSocket) => {
        for (let n = 0; n < 3_000; n++) line.socket.pong('1.1');
      },
    ],
  ])('%s closes the line with %i', async (_title, code, send) => {
    await using street = await openStreet();
    await street.agent('alpha');
    await using line = await street.open('alpha');
    send(line);
    expect(await line.closed).toBe(code);
    expect(street.logged).toEqual([]);
  });
});

describe('a line', () => {
  it('that floods is cut soon, although it does not say goodbye', async () => {
    await using street = await openStreet();
    await street.agent('alpha');
    await using line = await street.open('alpha');
    line.socket.pause();
    for (let n = 0; n < 3_000; n++) line.socket.send('{"type":"heartbeat"}');
    const connections = promisify((done: (error: Error | null, count: number) => void) =>
      street.app.server.getConnections(done),
    );
    await expect.poll(() => connections(), { timeout: 8_000 }).toBe(0);
  });

  it('answers ten of a hundred messages in one burst, and says when to go on', async () => {
    await using street = await openStreet({ perSecond: 10 });
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await using line = await street.open('alpha');
    for (let n = 0; n < 100; n++) line.say({ type: 'send', id: String(n), to: 'beta', message: `m${n}` });
    const receipts = await line.until(100, (frame) => frame['id'] !== undefined);
    const stored = receipts.filter(ofType('receipt'));
    const refused = receipts.filter(ofType('error'));
    expect([stored.length, refused.length]).toEqual([10, 90]);
    expect(errorOf(refused[0])).toMatchObject({ code: 'RATE_LIMITED', retry_after_s: 1 });
    const { messages } = await beta.read({ limit: 200 });
    expect(messages.map(({ message }) => message)).toEqual(stored.map(({ id }) => `m${String(id)}`));
  });

  it('ends with 4401 once its token is revoked', async () => {
    await using street = await openStreet({ pingMs: 200 });
    await street.agent('alpha');
    await using line = await street.open('alpha');
    street.revoke('acc_alpha');
    expect(await line.closed).toBe(4401);
    await expect(street.open('alpha')).rejects.toThrow('refused with 401');
  });

  it('neither speaks nor hears once its token is revoked, long before the next ping', async () => {
    await using street = await openStreet();
    const [alpha, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await using speaking = await street.open('alpha');
    await using hearing = await street.open('beta');
    street.revoke('acc_alpha');
    street.revoke('acc_beta');
    speaking.say({ type: 'send', to: 'beta', message: 'late' });
    expect(await speaking.closed).toBe(4401);
    expect((await beta.read()).messages).toEqual([]);
    await alpha.send('beta', 'secret');
    expect(await hearing.closed).toBe(4401);
    expect(hearing.messages()).toEqual([]);
  });

  it('ends with 4404 when its agent is deregistered', async () => {
    await using street = await openStreet();
    const alpha = await street.agent('alpha');
    await using line = await street.open('alpha');
    await alpha.deregister_agent({ agent_id: 'alpha' });
    expect(await line.closed).toBe(4404);
  });

  it('ends with 4009 when nobody answers its pings, and the agent counts as gone', async () => {
    await using street = await openStreet({ pingMs: 200 });
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await using line = await street.open('alpha');
    // A line that is cut without a word: nothing is read any more.
    line.socket.pause();
    await expect
      .poll(async () => (await beta.list_agents({})).agents.map(({ status }) => status), { timeout: 10_000 })
      .toEqual(['offline', 'active']);
    line.socket.resume();
    expect(await line.closed).toBe(4009);
  });

  it('hands a backlog to who reads steadily, however long that takes', { timeout: 30_000 }, async () => {
    await using street = await openStreet();
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    const long = 'x'.repeat(16_000);
    await Promise.all(Array.from({ length: 800 }, () => beta.send('alpha', long)));
    await using line = await street.open('alpha');
    line.socket.on('message', () => {
      line.socket.pause();
      setImmediate(() => line.socket.resume());
    });
    expect(await line.until(800, isMessage)).toHaveLength(800);
  });

  it('ends with 4008 when too much waits for who does not read', async () => {
    await using street = await openStreet({ takeMs: 200 });
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await using line = await street.open('alpha');
    line.socket.pause();
    // More than the machine's own buffers take in.
    const long = 'x'.repeat(16_000);
    await Promise.all(Array.from({ length: 1_500 }, () => beta.send('alpha', long)));
    await expect
      .poll(async () => (await beta.list_agents({})).agents[0]?.status, { timeout: 10_000 })
      .toBe('offline');
    line.socket.resume();
    expect(await line.closed).toBe(4008);
    await using again = await street.open('alpha');
    const [first] = await again.until(1, isMessage);
    expect(first).toMatchObject({ message_id: expect.stringMatching(/_1$/) });
  });

  it('that is cut while it sends has sent what was acknowledged, once', async () => {
    await using street = await openStreet();
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    const receipts: unknown[] = [];
    for (let round = 0; round < 5; round++) {
      await using line = await street.open('alpha');
      for (let n = 0; n < 20; n++)
        line.say({ type: 'send', id: `${round}.${n}`, to: 'beta', message: `${round}.${n}` });
      await line.until(round * 4, ofType('receipt'));
      line.socket.terminate();
      await line.closed;
      receipts.push(...line.frames.filter(ofType('receipt')).map(({ id }) => id));
    }
    const { messages } = await beta.read({ limit: 200 });
    const stored = messages.map(({ message }) => message);
    expect(new Set(stored).size).toBe(stored.length);
    expect(stored).toEqual(expect.arrayContaining(receipts));
  });

  it('that never says hello, or says something else than HTTP, takes nothing with it', async () => {
    await using street = await openStreet();
    await street.agent('alpha');
    const { port } = new URL(street.url);
    for (const text of ['', 'GET /ws/alpha HTTP/1.1\r\n', '\u0000\u0001']) {
      const raw = connect(Number(port), '127.0.0.1');
      raw.on('error', () => undefined);
      raw.write(text);
      raw.destroySoon();
    }
    await using line = await street.open('alpha');
    line.say({ type: 'heartbeat' });
    await line.until(1, ofType('heartbeat'));
    expect(street.logged).toEqual([]);
  });
});

describe('opening a line', () => {
  it.each([
    ['without a token', 'alpha', undefined, 401],
    ['of another account', 'alpha', 'acc_beta', 403],
    ['of nobody', 'nobody', 'acc_alpha', 404],
    ['of everybody', 'ALL', 'acc_alpha', 404],
    ['of what is no name', '..%2f', 'acc_alpha', 404],
  ])('%s is refused with its status', async (_title, agentId, token, status) => {
    await using street = await openStreet();
    await street.agent('alpha');
    await street.agent('beta');
    await expect(openSocket(street.url, `/ws/${agentId}`, token)).rejects.toThrow(`refused with ${status}`);
  });

  it('is asked for by a page of another site in vain', async () => {
    await using street = await openStreet();
    await street.agent('alpha');
    const headers = { authorization: 'Bearer acc_alpha', origin: 'https://evil.example' };
    await expect(openSocket(street.url, '/ws/alpha', undefined, { headers })).rejects.toThrow('403');
  });

  it('without an upgrade is told what the address is for', async () => {
    await using street = await openStreet();
    await street.agent('alpha');
    const answer = await fetch(`${street.url}/ws/alpha`, { headers: { authorization: 'Bearer acc_alpha' } });
    expect(answer.status).toBe(426);
    expect(await answer.json()).toMatchObject({ error: { code: 'UPGRADE_REQUIRED' } });
  });
});
