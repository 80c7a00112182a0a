import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { listen, startApp } from './support.ts';

describe('what is no HTTP request', () => {
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', '400 Bad Request'],
    [
      'two lengths',
      'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      '400',
    ],
    [
      'a length and chunks',
      'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      '400',
    ],
    ['endless headers', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, '431'],
  ])('that has %s gets the one error shape and is cut off', async (_what, bytes, status) => {
    await using server = await startApp();
    const { port } = new URL(await listen(server.app));
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(bytes);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head).toContain(`HTTP/1.1 ${status}`);
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
  });

  it('that asks for the head alone gets the head alone', async () => {
    await using server = await startApp();
    const { port } = new URL(await listen(server.app));
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`HEAD /mcp HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 431 [^]*\r\n\r\n$/);
  });

  it.each(['/%zz', '/who%', '/%c0%ae'])('such as the address %s gets it too', async (url) => {
    await using server = await startApp();
    const answer = await server.app.inject(url);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
  });
});
