import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connect } from '../e2e/support/edges.ts';
import { rawImage } from '../sandbox/support/engine.ts';
import { noPrivateEngine, type PrivateEngine, startPrivateEngine } from '../support/private-engine.ts';
import { testEnv } from '../support/server-env.ts';
import { ServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { shown } from './support/attack.ts';
import { RAW_ECHO } from './support/raw-bot.ts';
import { answers } from './support/row.ts';
import { openSeat, type Seat } from './support/seat.ts';

if (noPrivateEngine !== undefined) {
  console.info(`not run: "engine restarted, or its start hangs": ${noPrivateEngine}`);
}

describe.skipIf(noPrivateEngine !== undefined)('an engine that', { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  let engine: PrivateEngine;
  let server: ServerProcess;
  let seat: Seat;

  beforeAll(async () => {
    engine = stack.use(await startPrivateEngine());
    const image = await rawImage();
    await engine.load(image);
    const data = stack.use(await tempDir());
    const env = { RUNNER_IMAGE: image, DOCKER_HOST: `unix://${engine.socketPath}`, LOG_LEVEL: 'silent' };
    server = stack.use(await ServerProcess.start(testEnv(data.path, env)));
    seat = await openSeat(await connect('REST', server.url, 'Mallory'), { bot_code: RAW_ECHO });
  }, 120_000);
  afterAll(() => stack.disposeAsync(), 60_000);

  test('restarts takes its containers along: the next message is answered from another', async () => {
    expect(shown(await seat.post('before'))).toEqual(answers({ echo: { text: 'before' } }));
    await engine.restart();
    expect(await echoed('after')).toBe(true);
    expect(await containers()).toBeGreaterThan(0);
  });

  test('hangs answers nobody; creation is refused with a code, and what was asked meanwhile is answered later', async () => {
    const client = await connect('REST', server.url, 'Eve');
    engine.hang();
    try {
      const posting = seat.post('meanwhile');
      const created = client.call('create_channel', { name: 'No', slots: ['bot:B'], bot_code: RAW_ECHO });
      await expect(created).rejects.toMatchObject({
        code: expect.stringMatching(/^(SANDBOX_UNAVAILABLE|CAPACITY)$/),
      });
      expect(await client.call('list_channels', {})).toMatchObject({ channels: [] });
      engine.resume();
      await posting;
    } finally {
      engine.resume();
    }
    expect(await echoed('meanwhile')).toBe(true);
    expect(await echoed('later')).toBe(true);
  });

  /** Posts where that is still to be done, and waits until the log has its one answer. */
  async function echoed(text: string): Promise<boolean> {
    const said = (await seat.log()).some(({ body }) => JSON.stringify(body) === JSON.stringify({ text }));
    if (!said) await seat.post(text);
    const wanted = `"echo":{"text":"${text}"}`;
    const answered = async () => {
      const found = (await seat.log()).filter(({ body }) => JSON.stringify(body).includes(wanted));
      if (found.length === 0) throw new Error(`There is no answer to ${text} yet.`);
      return found.length === 1;
    };
    return vi.waitFor(answered, { timeout: 60_000, interval: 100 });
  }

  async function containers(): Promise<number> {
    return (await engine.docker.listContainers()).length;
  }
});
