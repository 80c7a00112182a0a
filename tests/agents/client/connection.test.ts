import { expect, it } from 'vitest';
import { Connection } from '../../../clients/typescript/agent/connection.ts';
import { LossyServer, message } from './support/lossy-server.ts';

const never = new AbortController().signal;

/** All that a connection hands out: its frames, and the code it ended with. */
async function drain(connection: Connection) {
  const frames: string[] = [];
  for (;;) {
    const next = await connection.next();
    if (typeof next !== 'string') return { frames, code: next.code };
    frames.push(next);
  }
}

it('keeps no more than so much for a handler that is slow: the rest comes over another connection', async () => {
  const large = 'x'.repeat(90_000);
  const pushes = Array.from({ length: 250 }, () => large);
  await using server = await LossyServer.start({ pushes, ends: 1011 });
  await using connection = new Connection(server.url.replace('http', 'ws'), never);
  await server.until(() => server.ended === 1);
  const { frames, code } = await drain(connection);
  expect(code).toBe(4008);
  expect(frames.every((frame) => frame === large)).toBe(true);
  expect(frames.length).toBeGreaterThan(100);
  expect(frames.length).toBeLessThan(200);
});

it.each([
  [1011, ['msg_1', 'msg_2']],
  // Another program handles them now.
  [4001, []],
  [4404, []],
])('what came before it was closed with %i and waits: %j', async (ends, waiting) => {
  await using server = await LossyServer.start({ pushes: [message(1), message(2)], ends });
  await using connection = new Connection(server.url.replace('http', 'ws'), never);
  await server.until(() => server.ended === 1);
  // The client has heard of it as well once it is through with the connection.
  await connection[Symbol.asyncDispose]();
  const { frames } = await drain(connection);
  expect(frames.map((frame) => JSON.parse(frame).message_id)).toEqual(waiting);
});

it('that is opened when it is to end already ends at once', async () => {
  await using server = await LossyServer.start({ pushes: [message(1)] });
  await using connection = new Connection(server.url.replace('http', 'ws'), AbortSignal.abort());
  expect(await drain(connection)).toEqual({ frames: [], code: 1000 });
});
