import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { isMessage, ofType } from './support/socket.ts';
import { openStreet } from './support/street.ts';

const HANDSHAKE = {
  host: 'localhost',
  authorization: 'Bearer acc_alpha',
  connection: 'upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** Asks for an upgrade of alpha's line, with these headers beside those that it takes. */
function askFor(url: string, headers: Readonly<Record<string, string>> = {}) {
  const raw = connect(Number(new URL(url).port), '127.0.0.1');
  raw.on('error', () => undefined);
  const lines = Object.entries({ ...HANDSHAKE, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  raw.write(`GET /ws/alpha HTTP/1.1\r\n${lines.join('')}\r\n`);
  return raw;
}

describe('an upgrade that comes to nothing', () => {
  it.each([
    ['without a key', { 'sec-websocket-key': '' }],
    ['with a key that is none', { 'sec-websocket-key': 'short' }],
    ['of another version', { 'sec-websocket-version': '12' }],
    ['to something else', { upgrade: 'h2c' }],
  ])('%s is refused, and leaves the line that stands', async (_title, headers) => {
    await using street = await openStreet();
    const [, beta] = [await street.agent('alpha'), await street.agent('beta')];
    await using line = await street.open('alpha');
    const raw = askFor(street.url, headers);
    expect(await text(raw)).toMatch(/^HTTP\/1\.1 4\d\d /);
    await beta.send('alpha', 'x');
    line.say({ type: 'heartbeat' });
    await line.until(1, ofType('heartbeat'));
    expect(await line.until(1, isMessage)).toMatchObject([{ message: 'x' }]);
  });
});
