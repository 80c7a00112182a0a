import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { docker } from '../sandbox/support/engine.ts';
import { gone, looked } from './support/attack.ts';
import { HONEST, LOOP, rawBot } from './support/raw-bot.ts';
import { openSeat } from './support/seat.ts';
import { busy } from './support/traces.ts';
import { openRawWorld, type World } from './support/world.ts';

const BURST = 20;
const NEIGHBOUR_MS = 5_000;

describe('lifecycle, with more than one bot:', { timeout: 90_000 }, () => {
  let world: World;
  beforeAll(async () => {
    world = await openRawWorld({ HOOK_WALL_MS: '2000' });
  });
  afterAll(async () => {
    expect(await world.stop()).toEqual([]);
  });

  describe.concurrent('at import,', () => {
    test.each([
      ['hangs', 'import time\ntime.sleep(1e6)\n'],
      ['loops', 'while True: pass\n'],
      ['ends', 'import os\nos._exit(0)\n'],
      ['takes all memory', 'x = bytearray(1 << 30)\n'],
      ['forks', 'import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n'],
    ])('one that %s is refused, and nothing is created', async (_name, bot_code) => {
      const slowest = world.neighbour.watch();
      const before = await channels();
      const created = world.client.call('create_channel', { name: 'No', slots: ['bot:B'], bot_code });
      await expect(created).rejects.toMatchObject({ code: 'INVALID_BOT_CODE' });
      expect(await channels()).toEqual(before);
      expect(await slowest()).toBeLessThan(NEIGHBOUR_MS);
    });
  });

  test('a bot that hangs in on_init fails there, and answers afterwards', async () => {
    const bot_code = HONEST.replace(
      "!= 'on_message'",
      "== 'on_init': time.sleep(1e6)\n    if r['hook'] != 'on_message'",
    );
    const seat = await openSeat(world.client, { bot_code });
    await looked(seat);
    const errors = (await seat.log()).map(({ body }) => body as { type?: string });
    expect(errors.filter(({ type }) => type === 'bot:error')).toMatchObject([
      { hook: 'on_init', reason: 'timeout' },
    ]);
    await seat.close();
  });

  test('a bot whose container dies while it is idle answers from another', async () => {
    const seat = await openSeat(world.client, { bot_code: HONEST });
    const { container } = await looked(seat);
    await docker.getContainer(container).kill();
    const next = await looked(seat);
    expect(next.container).not.toBe(container);
    expect(await gone(container)).toEqual([]);
    await seat.close();
    expect(await gone(next.container)).toEqual([]);
  });

  test('channels that are created all at once all work, beside a neighbour', async () => {
    const slowest = world.neighbour.watch();
    const seats = await Promise.all(
      Array.from({ length: BURST }, () => openSeat(world.client, { bot_code: HONEST })),
    );
    const containers = await Promise.all(seats.map(async (seat) => (await looked(seat)).container));
    expect(new Set(containers).size).toBe(BURST);
    await Promise.all(seats.map((seat) => seat.close()));
    expect((await Promise.all(containers.map(gone))).flat()).toEqual([]);
    expect(await slowest()).toBeLessThan(2 * NEIGHBOUR_MS);
  });

  test('a channel that is closed during a hook ends the hook, and nothing of it stays', async () => {
    const seat = await openSeat(world.client, { bot_code: LOOP });
    const { container } = await looked(seat);
    const attacking = seat.post('attack');
    await vi.waitFor(() => expect(busy(container)).toBe(true), { timeout: 10_000 });
    await seat.close();
    expect(await attacking).toEqual([]);
    expect(await gone(container)).toEqual([]);
  });

  test('a bot that is removed during a hook leaves nothing, and another takes its slot', async () => {
    const seat = await openSeat(world.client, { bot_code: LOOP, bots_policy: 'open' });
    const { container } = await looked(seat);
    const attacking = seat.post('attack');
    await vi.waitFor(() => expect(busy(container)).toBe(true), { timeout: 10_000 });
    await seat.update({ type: 'remove_bot', bot_id: 'bot_Bot_0' });
    expect(await attacking).toEqual([]);
    expect(await gone(container)).toEqual([]);
    await seat.update({ type: 'set_bot', slot: 'Bot', inline_code: HONEST });
    const next = await looked(seat);
    expect(next.container).not.toBe(container);
    await seat.close();
  });

  test('a bot never gets the container of another, and finds nothing of it', async () => {
    const leave = "open('/workspace/secret', 'w').write('x'); os.fork() or time.sleep(1e6); return post({})";
    const first = await openSeat(world.client, { bot_code: rawBot(leave) });
    const { container } = await looked(first);
    await first.post('attack');
    await first.close();
    const second = await openSeat(world.client, { bot_code: HONEST });
    const seen = await looked(second);
    expect(seen).toMatchObject({ files: [], processes: 2 });
    expect(seen.container).not.toBe(container);
    expect(await gone(container)).toEqual([]);
    await second.close();
  });

  async function channels(): Promise<unknown> {
    return (await world.client.call('list_channels', {})).channels;
  }
});
