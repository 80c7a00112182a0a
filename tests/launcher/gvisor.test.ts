import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readLauncherConfig } from '../../control-plane/src/config/config.ts';
import { adviceFor } from '../../control-plane/src/launcher/advice.ts';
import { startLauncher } from '../../control-plane/src/launcher/main.ts';
import type { HookCall } from '../../control-plane/src/sandbox/port.ts';
import { type PrivateEngine, startPrivateEngine } from '../support/private-engine.ts';
import { runnerImage, socketPath } from '../sandbox/support/engine.ts';
import { call, program } from '../sandbox/support/programs.ts';
import { startSandbox } from '../sandbox/support/sandbox.ts';
import { tempDir } from '../support/temp-dir.ts';
import { noGvisor, RUNTIMES } from './support/gvisor.ts';

const ECHO = `
class Bot:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_message(self, msg):
        self.ctx.set_state({'seen': self.ctx.get_state().get('seen', 0) + 1})
        self.ctx.post('bot', {'echo': msg['body']['text']})
`;
const hostile = (statement: string) =>
  ECHO.replace('self.ctx.set_state', `${statement}\n        self.ctx.set_state`);
const TS = '2026-01-01T00:00:00.000Z';
const MESSAGE: HookCall = call([{ id: 1, sender: 's1', kind: 'user', body: { text: 'hi' }, ts: TS }]);
const SILENT = { info: () => undefined, warn: () => undefined };

describe('a runtime that the engine does not know', () => {
  it('keeps the launcher from starting, which says what to do', async () => {
    await using dir = await tempDir();
    const env = { DATA_DIR: dir.path, DOCKER_HOST: `unix://${socketPath}`, RUNNER_IMAGE: runnerImage() };
    const config = readLauncherConfig({ ...env, SANDBOX_RUNTIME: 'no-such-runtime' });
    const error: unknown = await startLauncher(config, SILENT).catch((reason: unknown) => reason);
    expect(adviceFor(error, config)).toMatch(
      /has no runtime no-such-runtime \(it has .*\brunc\b.*\)\. Add it to the engine, or set SANDBOX_RUNTIME/,
    );
  });
});

if (noGvisor !== undefined) console.warn(`Skipped, bots in gVisor: ${noGvisor}.`);
describe.skipIf(noGvisor !== undefined)('bots in gVisor', { timeout: 120_000 }, () => {
  let engine: PrivateEngine;

  const start = () => startSandbox({ socketPath: engine.socketPath, image: runnerImage(), runtime: 'runsc' });

  beforeAll(async () => {
    engine = await startPrivateEngine(RUNTIMES);
    await engine.load(runnerImage());
  }, 60_000);
  afterAll(() => engine?.[Symbol.asyncDispose](), 60_000);

  it('run on a kernel of its own', async () => {
    const { StatusCode, output } = await python(engine, 'import os; print(os.uname().release)');
    expect({ StatusCode, output }).toEqual({ StatusCode: 0, output: expect.stringMatching(/^4\.4\.0\s*$/) });
  });

  it('are checked, keep their state, and answer', async () => {
    await using sandbox = await start();
    const bot = program(ECHO);
    expect(await sandbox.check(bot)).toMatchObject({ outcome: 'ok', className: 'Bot' });
    const result = await sandbox.run(bot, { ...MESSAGE, state: '{"seen":1}', stateVersion: 1 });
    expect(result).toMatchObject({ outcome: 'ok', reply: expect.stringContaining('{"echo":"hi"}') });
    expect(result).toMatchObject({ reply: expect.stringContaining('"seen":2') });
  });

  it.for<[string, string, unknown]>([
    ['never ends', 'while True: pass', expect.objectContaining({ reason: 'timeout' })],
    ['raises', "raise ValueError('no')", expect.objectContaining({ reason: 'exception', line: 7 })],
    [
      'takes all memory',
      "held = ['x' * 10**6 for _ in range(10**6)]",
      expect.not.objectContaining({ outcome: 'ok' }),
    ],
    [
      'fills the pipe',
      "for _ in range(10**6): print('x' * 1000)",
      expect.objectContaining({ outcome: expect.stringMatching(/^(ok|bot_failed)$/) }),
    ],
  ])('contain one that %s, and the next hook answers', async ([, statement, expected]) => {
    await using sandbox = await start();
    const bad = program(hostile(statement), { wallMs: 2000 });
    expect(await sandbox.run(bad, MESSAGE)).toEqual(expected);
    expect(await sandbox.run(program(ECHO), MESSAGE)).toMatchObject({ outcome: 'ok' });
  });

  it('leave no container and no process behind', async () => {
    const sandbox = await start();
    await sandbox.check(program(ECHO));
    await sandbox.close();
    expect(await engine.docker.listContainers({ all: true })).toEqual([]);
    await vi.waitUntil(async () => (await processesOf('runsc-sandbox', engine.socketPath)) === 0, 10_000);
  });
});

/** Runs Python in a container of the runtime. */
async function python(engine: PrivateEngine, code: string): Promise<{ StatusCode: number; output: string }> {
  const container = await engine.docker.createContainer({
    Image: runnerImage(),
    Entrypoint: ['python3', '-c', code],
    Tty: true,
    NetworkDisabled: true,
    HostConfig: { NetworkMode: 'none', Runtime: 'runsc' },
  });
  await container.start();
  const { StatusCode } = await container.wait();
  const output = (await container.logs({ stdout: true, stderr: true })).toString();
  await container.remove({ force: true });
  return { StatusCode, output };
}

/** Processes of that name that an engine, known by its socket's folder, has started. */
async function processesOf(name: string, socket: string): Promise<number> {
  const folder = socket.replace(/\/[^/]+$/, '');
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(name) && line.includes(folder)).length;
}
