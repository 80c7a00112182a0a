import { describe, expect, test, vi } from 'vitest';
import { containersOf, docker, rawImage } from './support/engine.ts';
import { call, program } from './support/programs.ts';
import { startSandbox } from './support/sandbox.ts';

/** Answers with its own pid and those of all it can see. */
const LOOK = `
import os
def run(r):
    return {'posts': [os.getpid(), sorted(int(p) for p in os.listdir('/proc') if p.isdigit())], 'output': ''}
`;
const WITHIN = { timeout: 10_000, interval: 20 };

async function processes(instance: string): Promise<number> {
  const [id = ''] = await containersOf(instance);
  return (await docker.getContainer(id).top()).Processes.length;
}

/** A bot that has run once, with the process of its next hook waiting beside PID 1. */
async function botWithSpare(source: string, sandbox: Awaited<ReturnType<typeof startSandbox>>) {
  const bot = program(source);
  expect(await sandbox.run(bot, call())).toMatchObject({ outcome: 'ok' });
  await vi.waitFor(async () => expect(await processes(sandbox.instance)).toBe(2), WITHIN);
  return bot;
}

describe('the process that waits for the next hook', () => {
  test('becomes that hook: bot code never sees another process than PID 1', async () => {
    await using sandbox = await startSandbox({ image: await rawImage() });
    const bot = await botWithSpare(LOOK, sandbox);
    const result = await sandbox.run(bot, call());
    if (result.outcome !== 'ok') throw new Error(result.outcome);
    const [own, seen] = JSON.parse(result.reply).posts;
    expect(seen).toEqual([1, own]);
  });

  test('takes over nothing from the hook before', async () => {
    await using sandbox = await startSandbox({ image: await rawImage() });
    const bot = await botWithSpare(
      "seen = []\ndef run(r):\n    seen.append(1)\n    return {'posts': [len(seen)], 'output': ''}",
      sandbox,
    );
    for (let turn = 0; turn < 3; turn++) {
      expect(await sandbox.run(bot, call())).toMatchObject({ outcome: 'ok', reply: '{"posts":[1]}' });
    }
  });

  test('is not missed when it was killed', async () => {
    await using sandbox = await startSandbox({ image: await rawImage() });
    const bot = await botWithSpare(LOOK, sandbox);
    const [id = ''] = await containersOf(sandbox.instance);
    const { Processes, Titles } = await docker.getContainer(id).top();
    const pids = Processes.map((row: string[]) => Number(row[Titles.indexOf('PID')]));
    const first = (await docker.getContainer(id).inspect()).State.Pid;
    for (const pid of pids) if (pid !== first) process.kill(pid, 'SIGKILL');
    await vi.waitFor(async () => expect(await processes(sandbox.instance)).toBe(1), WITHIN);
    expect(await sandbox.run(bot, call())).toMatchObject({ outcome: 'ok' });
  });

  test('is limited like any other: by its own memory, not that of the hook before', async () => {
    await using sandbox = await startSandbox({ image: await rawImage() });
    const greedy = "def run(r):\n    return {'posts': [len(bytearray(30 * 2**20))], 'output': ''}";
    const bot = await botWithSpare(greedy, sandbox);
    expect(await sandbox.run(bot, call())).toMatchObject({ outcome: 'ok' });
    const tight = { ...bot, limits: { ...bot.limits, memoryBytes: 16 * 2 ** 20 } };
    expect(await sandbox.run(tight, call())).toMatchObject({ outcome: 'bot_failed', reason: 'memory' });
  });
});
