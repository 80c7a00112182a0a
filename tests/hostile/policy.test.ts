import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REFUSED, TRIED, trying } from './rows/policy.ts';
import { shown } from './support/attack.ts';
import { answers } from './support/row.ts';
import { openSeat } from './support/seat.ts';
import { openWorld, type World } from './support/world.ts';

const AFTER = "\nclass Bot:\n    def on_init(self):\n        pass\nraise ValueError('ran')\n";

const FILL = "with open('f', 'w') as f:\n            while True:\n                f.write('x' * (1 << 20))";

describe('the language policy, through a real server:', { timeout: 60_000 }, () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(async () => {
    expect(await world.stop()).toEqual([]);
  });

  test.each(REFUSED)('%s is refused with its line', async (_name, source, line, says) => {
    const bot_code = source + AFTER;
    const created = world.client.call('create_channel', { name: 'No', slots: ['bot:B'], bot_code });
    await expect(created).rejects.toMatchObject({
      code: 'INVALID_BOT_CODE',
      message: expect.stringContaining(says),
      details: { line },
    });
  });

  test.each(TRIED.map((row) => [row[0], row] as const))('%s leads nowhere', async (_name, row) => {
    const [, , caught] = row;
    const seat = await openSeat(world.client, { bot_code: trying(row) });
    expect(shown(await seat.post('attack'))).toEqual(answers({ got: caught }));
    expect(shown(await seat.post('look'))).toEqual(answers({ honest: true }));
    await seat.close();
  });

  test.each([
    ['loops for ever', 'while True:\n            pass', 'timeout'],
    ['takes all memory', "'x' * (1 << 30)", 'memory'],
    ['posts without end', "while True:\n            self.ctx.post('bot', {'a': 1})", 'exception'],
    ['prints without end, and raises', "print('x' * (1 << 22))\n        1 / 0", 'exception'],
    ['raises SystemExit', 'raise SystemExit', 'exception'],
    ['answers half a surrogate pair', "self.ctx.post('bot', {'a': '\\ud800'})", 'exception'],
    ['writes more than the workspace holds', FILL, 'exception'],
  ])('a bot within the policy that %s', async (_name, statement, reason) => {
    const slowest = world.neighbour.watch();
    const seat = await openSeat(world.client, { bot_code: doing(statement) });
    expect(shown(await seat.post('attack'))).toEqual({ error: reason });
    expect(shown(await seat.post('look'))).toEqual(answers({ honest: true }));
    await seat.close();
    expect(await slowest()).toBeLessThan(5_000);
  });
});

const doing = (statement: string) => `
class Bot:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_message(self, msg):
        if msg['body'] != {'text': 'attack'}:
            self.ctx.post('bot', {'honest': True})
            return
        ${statement}
`;
