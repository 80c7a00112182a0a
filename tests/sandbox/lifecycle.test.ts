import { randomUUID } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { containersOf, docker, rawImage } from './support/engine.ts';
import { call, program } from './support/programs.ts';
import { startSandbox } from './support/sandbox.ts';

const ECHO = `
import time
def run(r):
    if r['args'] == ['stay']: time.sleep(60)
    return {'posts': r['args'], 'output': 'said'}
`;
const WITHIN = { timeout: 10_000, interval: 20 };

test('a check starts the container that the first hook then finds', async () => {
  await using sandbox = await startSandbox({ image: await rawImage() });
  const bot = program(ECHO);
  expect(await sandbox.check(bot)).toMatchObject({ outcome: 'ok', className: 'Raw', usesNetwork: false });
  const before = await containersOf(sandbox.instance);
  const result = await sandbox.run(bot, call([1, 'ä']));
  expect(result).toMatchObject({ outcome: 'ok', reply: '{"posts":[1,"ä"]}', output: 'said' });
  expect(await containersOf(sandbox.instance)).toEqual(before);
  expect(sandbox.status().containers).toEqual({ starting: 0, blank: 0, idle: 1, busy: 0, removing: 0 });
});

test('a program that is refused keeps no container', async () => {
  await using sandbox = await startSandbox({ image: await rawImage() });
  const refused = await sandbox.check(program('x = 1\ndef (:\n'));
  expect(refused).toEqual({ outcome: 'refused', line: 2, message: 'The source is not Python.' });
  await vi.waitFor(async () => expect(await containersOf(sandbox.instance)).toEqual([]), WITHIN);
});

test('a module body that never ends is refused', async () => {
  await using sandbox = await startSandbox({ image: await rawImage() });
  const refused = await sandbox.check(program('while True: pass', { wallMs: 500 }));
  expect(refused).toMatchObject({ outcome: 'refused', message: expect.stringContaining('time limit') });
});

test('requests and answers larger than a stream credit pass whole', async () => {
  await using sandbox = await startSandbox({ image: await rawImage() });
  const text = 'x'.repeat(2 * 1024 * 1024);
  const result = await sandbox.run(program(ECHO), call([text]));
  expect(result).toMatchObject({ outcome: 'ok', reply: JSON.stringify({ posts: [text] }) });
});

test('an idle container is removed, and the next hook gets a new one', async () => {
  await using sandbox = await startSandbox({ image: await rawImage(), idleMs: 100 });
  const bot = program(ECHO);
  expect(await sandbox.run(bot, call([1]))).toMatchObject({ outcome: 'ok' });
  await vi.waitFor(async () => expect(await containersOf(sandbox.instance)).toEqual([]), WITHIN);
  expect(await sandbox.run(bot, call([2]))).toMatchObject({ outcome: 'ok' });
});

test('one key with two sources never shares a container', async () => {
  await using sandbox = await startSandbox({ image: await rawImage() });
  const bot = program(ECHO);
  await sandbox.run(bot, call());
  const [before] = await containersOf(sandbox.instance);
  const other = { ...program("def run(r): return {'posts': ['other'], 'output': ''}"), key: bot.key };
  expect(await sandbox.run(other, call())).toMatchObject({ outcome: 'ok', reply: '{"posts":["other"]}' });
  expect(await containersOf(sandbox.instance)).not.toContain(before);
});

test('at the cap the longest idle bot makes room, one at work does not', async () => {
  const capacityWaitMs = 1500;
  await using sandbox = await startSandbox({ image: await rawImage(), maxContainers: 1, capacityWaitMs });
  const [first, second] = [program(ECHO), program(ECHO, { wallMs: 4000 })];
  expect(await sandbox.run(first, call())).toMatchObject({ outcome: 'ok' });
  const working = sandbox.run(second, call(['stay']));
  await vi.waitFor(() => expect(sandbox.status().containers.busy).toBe(1), WITHIN);
  const refused = await sandbox.run(first, call());
  expect(refused).toMatchObject({ outcome: 'not_run', lostContainer: false, noCapacity: true });
  expect(await working).toMatchObject({ outcome: 'bot_failed', reason: 'timeout' });
});

test('many bots at once never take more containers than the cap', async () => {
  await using sandbox = await startSandbox({ image: await rawImage(), maxContainers: 2 });
  for (const bot of [program(ECHO), program(ECHO)]) await sandbox.check(bot);
  const results = await Promise.all(Array.from({ length: 8 }, () => sandbox.check(program(ECHO))));
  expect(results.map(({ outcome }) => outcome)).toContain('ok');
  expect((await containersOf(sandbox.instance)).length).toBeLessThanOrEqual(2);
});

test('calls for one key run one after the other', async () => {
  await using sandbox = await startSandbox({ image: await rawImage() });
  const bot = program(ECHO);
  const results = await Promise.all([1, 2, 3].map((n) => sandbox.run(bot, call([n]))));
  expect(results).toMatchObject([1, 2, 3].map((n) => ({ outcome: 'ok', reply: `{"posts":[${n}]}` })));
  expect(await containersOf(sandbox.instance)).toHaveLength(1);
});

test('a container that dies during a hook is the host’s fault, and the next hook runs in a new one', async () => {
  await using sandbox = await startSandbox({ image: await rawImage() });
  const bot = program(ECHO, { wallMs: 60_000 });
  await sandbox.check(bot);
  const [id] = await containersOf(sandbox.instance);
  const running = sandbox.run(bot, call(['stay']));
  await docker.getContainer(id ?? '').kill();
  expect(await running).toMatchObject({ outcome: 'not_run', lostContainer: true });
  expect(await sandbox.run(bot, call([1]))).toMatchObject({ outcome: 'ok' });
});

test('a container in which something outlives its hook is removed; the answer stands', async () => {
  await using sandbox = await startSandbox({ image: await rawImage() });
  const bot = program(ECHO);
  await sandbox.check(bot);
  const [before] = await containersOf(sandbox.instance);
  // A process of root's: the runner, which is not root, cannot end it.
  const Cmd = ['python3', '-c', 'import time; time.sleep(60)'];
  const left = await docker.getContainer(before ?? '').exec({ User: '0', Cmd });
  await left.start({ Detach: true });
  // Clearing away the check may have found it already: then this runs in another container.
  expect(await sandbox.run(bot, call([1]))).toMatchObject({ outcome: 'ok', reply: '{"posts":[1]}' });
  await vi.waitFor(async () => expect(await containersOf(sandbox.instance)).not.toContain(before), WITHIN);
  expect(await sandbox.run(bot, call([2]))).toMatchObject({ outcome: 'ok' });
});

test('a frozen container is given up two seconds after the bot’s own limit', async () => {
  await using sandbox = await startSandbox({ image: await rawImage() });
  const bot = program(ECHO, { wallMs: 1000 });
  await sandbox.check(bot);
  // On a busy machine the bot may have had another one before.
  const ids = await containersOf(sandbox.instance);
  expect(ids.length).toBeGreaterThan(0);
  await Promise.all(ids.map((id) => docker.getContainer(id).pause()));
  expect(await sandbox.run(bot, call())).toMatchObject({ outcome: 'not_run', lostContainer: true });
  await vi.waitFor(async () => expect(await containersOf(sandbox.instance)).toEqual([]), WITHIN);
});

test('releasing a key and closing the sandbox leave no container', async () => {
  const sandbox = await startSandbox({ image: await rawImage() });
  const bots = [program(ECHO), program(ECHO)] as const;
  await Promise.all(bots.map((bot) => sandbox.check(bot)));
  await sandbox.release(bots[0].key);
  expect(await containersOf(sandbox.instance)).toHaveLength(1);
  const working = sandbox.run(bots[1], call(['stay']));
  await sandbox.close();
  expect(await working).toMatchObject({ outcome: 'not_run' });
  expect(await containersOf(sandbox.instance)).toEqual([]);
  expect(await sandbox.run(bots[0], call())).toMatchObject({ outcome: 'not_run', lostContainer: false });
});

test('an image that is not there is an error at the start', async () => {
  await expect(startSandbox({ image: `absent-${randomUUID()}` })).rejects.toThrow(/no such image/i);
});

test('twelve bots started at once all answer', async () => {
  await using sandbox = await startSandbox({ image: await rawImage() });
  const bots = Array.from({ length: 12 }, () => program(ECHO));
  const results = await Promise.all(bots.map((bot, n) => sandbox.run(bot, call([n]))));
  expect(results).toMatchObject(bots.map((_, n) => ({ outcome: 'ok', reply: `{"posts":[${n}]}` })));
});

test('a blank container waits for its first bot, and another takes its place', async () => {
  const claims: string[] = [];
  const events = { claim: (source: string) => void claims.push(source) };
  await using sandbox = await startSandbox({ image: await rawImage(), poolSize: 1, events });
  const filled = () => vi.waitFor(() => expect(sandbox.status().containers.blank).toBe(1), WITHIN);
  for (const bot of [program(ECHO), program(ECHO)]) {
    await filled();
    const [blank] = await containersOf(sandbox.instance);
    expect(await sandbox.run(bot, call([1]))).toMatchObject({ outcome: 'ok', reply: '{"posts":[1]}' });
    await sandbox.release(bot.key);
    expect(await containersOf(sandbox.instance)).not.toContain(blank);
  }
  expect(claims).toEqual(['warm', 'warm']);
});
