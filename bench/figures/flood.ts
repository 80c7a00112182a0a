import { setTimeout as pause } from 'node:timers/promises';
import type { FigureSet } from '../bench.ts';
import { below } from '../figure.ts';
import { ownServer } from '../own-server.ts';
import { floodImage } from '../sandbox/images.ts';
import { residentMb } from '../sandbox/memory.ts';

const FLOOD_MS = 2_000;
const LOOK_MS = 20;
const CODE = 'class Bot:\n    def on_message(self, msg):\n        pass';

/** What the server's memory grows by while containers flood their standard output for two seconds. */
export const flood: FigureSet = {
  name: 'flood',
  async measure({ engine, runnerImage }) {
    await using server = await ownServer({
      RUNNER_IMAGE: await floodImage(engine, runnerImage),
      POOL_SIZE: '0',
    });
    const { pid, call } = server;
    const create = () =>
      call('create_channel', { name: 'Flood', slots: ['bot:b', 'invite:a'], bot_code: CODE }).then(
        () => Promise.reject(new Error('A flooding container was taken for a bot.')),
        () => undefined,
      );
    // Once before, so that what the first requests of any kind cost is not counted.
    await create();
    const before = residentMb(pid);
    let most = before;
    let floods = 0;
    const until = performance.now() + FLOOD_MS;
    const flooding = Array.from({ length: 2 }, async () => {
      for (; performance.now() < until; floods++) await create();
    });
    while (performance.now() < until) {
      most = Math.max(most, residentMb(pid));
      await pause(LOOK_MS);
    }
    await Promise.all(flooding);
    const value = most - before;
    return [
      {
        name: `server's memory in a ${FLOOD_MS / 1000} s flood`,
        unit: 'MB',
        value,
        samples: floods,
        target: below(value, 20, 'MB'),
      },
    ];
  },
};
