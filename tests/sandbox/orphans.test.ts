import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { containersOf, docker, rawImage } from './support/engine.ts';
import { call, program } from './support/programs.ts';
import { startSandbox } from './support/sandbox.ts';

const SERVER = fileURLToPath(new URL('./fixtures/server.ts', import.meta.url));
const ECHO = "def run(r): return {'posts': [], 'output': ''}";

/** Another process with a sandbox of its own, killed the hard way when the test is over. */
async function startServer(
  image: string,
  instance: string,
): Promise<AsyncDisposable & { kill(): Promise<void> }> {
  const child: ChildProcess = spawn(process.execPath, [SERVER, image, instance], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  await Promise.race([once(child.stdout ?? child, 'data'), exited]);
  return { kill, [Symbol.asyncDispose]: kill };
}

test('a container ends by itself when its server is killed', async () => {
  const [image, instance] = [await rawImage(), `test-${randomUUID()}`];
  await using server = await startServer(image, instance);
  const [id] = await containersOf(instance);
  expect((await docker.getContainer(id ?? '').inspect()).State.Running).toBe(true);
  // Asked before: once its owner is dead, the reaper of any test beside this one may take it away.
  const ended = docker.getContainer(id ?? '').wait();
  await server.kill();
  expect(await ended).toMatchObject({ StatusCode: 0 });
  const removed = await docker
    .getContainer(id ?? '')
    .remove()
    .then(
      () => 204,
      (error: { statusCode?: number }) => error.statusCode,
    );
  expect([204, 404, 409]).toContain(removed);
});

test('the next start removes what a dead server left, and spares a living one’s', async () => {
  const image = await rawImage();
  const [dead, living] = [`test-${randomUUID()}`, `test-${randomUUID()}`];
  await using left = await startServer(image, dead);
  await using _neighbour = await startServer(image, living);
  expect(await containersOf(dead)).toHaveLength(1);
  await left.kill();
  await using _next = await startSandbox({ image });
  expect(await containersOf(dead)).toEqual([]);
  const [id] = await containersOf(living);
  expect((await docker.getContainer(id ?? '').inspect()).State.Running).toBe(true);
  await docker.getContainer(id ?? '').remove({ force: true });
});

test('two sandboxes in one process work side by side', async () => {
  const image = await rawImage();
  await using one = await startSandbox({ image });
  const bot = program(ECHO);
  await one.check(bot);
  await using two = await startSandbox({ image });
  await two.check(bot);
  expect(await Promise.all([one.run(bot, call()), two.run(bot, call())])).toMatchObject([
    { outcome: 'ok' },
    { outcome: 'ok' },
  ]);
});
