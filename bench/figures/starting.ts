import { testEnv } from '../../tests/support/server-env.ts';
import { ServerProcess } from '../../tests/support/server-process.ts';
import { tempDir } from '../../tests/support/temp-dir.ts';
import type { FigureSet } from '../bench.ts';
import { under } from '../figure.ts';
import { fillStore } from '../load/full-store.ts';

const LIMIT_MS = 3_000;
const STARTS = 5;
/** Of a hundred channels, how many have hooks to run. */
const WITH_WORK = 3;

/** From the start of the server's process until it listens, with many channels in its store, some with hooks to run. */
export const starting: FigureSet = {
  name: 'starting',
  async measure(bench) {
    const count = bench.quick ? 1_000 : 10_000;
    const withWork = (count * WITH_WORK) / 100;
    await using empty = await tempDir();
    await using full = await tempDir();
    bench.say(`filling a store with ${count} channels, ${withWork} with hooks to run`);
    await fillStore(full.path, count, withWork);
    const floor = { of: 'the same with an empty store', value: await startTime(empty.path) };
    const value = await startTime(full.path);
    const name = `start with ${count.toLocaleString('en')} channels, ${withWork} with hooks to run`;
    return [{ name, unit: 'ms', value, samples: STARTS, floor, target: under(value, LIMIT_MS) }];
  },
};

/** Median of several starts, ms. Its launcher is up already; each server but the last is killed once it listens. */
async function startTime(directory: string): Promise<number> {
  const env = testEnv(directory, { LOG_LEVEL: 'fatal' });
  let server = await ServerProcess.start(env);
  const times: number[] = [];
  for (let n = 0; n < STARTS; n++) {
    const launcher = await server.killServer();
    const start = performance.now();
    server = await ServerProcess.start(env, [], launcher);
    times.push(performance.now() - start);
  }
  await server.kill('server');
  return times.toSorted((a, b) => a - b)[Math.floor(STARTS / 2)] ?? Number.NaN;
}
