import { expect, it } from 'vitest';
import { MONGO_HERE } from '../support/mongo.ts';
import { REDIS_HERE } from '../support/redis.ts';
import type { Fleet } from './fleet/fleet.ts';
import { startMany } from './fleet/many.ts';
import { startSingle } from './fleet/single.ts';
import { agentsLine, CRASH_ENV } from './main.ts';
import { playRound } from './round.ts';

/** Another one each day; `npm run crash -- --seed n` plays one again. */
const SEED = Math.floor(Date.now() / 86_400_000);

/** The least that must have happened for a round to show anything: it ends with the last of these harms. */
const LEAST = { harms: 8, acknowledged: 50, hooks: 50, messages: 30, handed: 60 };

/** A round, told in one line: what is wrong, and what it lacks of the least. */
async function troubleOf(fleet: Fleet): Promise<readonly string[]> {
  const round = await playRound(fleet, { seed: SEED, ms: 0, harms: LEAST.harms, channels: 3 });
  const { seed, trace, acknowledged, hooks, agents, violations } = round;
  const { messages, handed } = agents;
  console.log(
    `crash harness, seed ${seed}: ${trace.length} harms, ${acknowledged} posts, ${hooks} hooks, ${agentsLine(agents)}`,
  );
  const done = { harms: trace.length, acknowledged, hooks, messages, handed };
  const lacking = Object.entries(LEAST).filter(([what, least]) => done[what as keyof typeof done] < least);
  return [
    ...violations,
    ...lacking.map(([what, least]) => `fewer than ${least} ${what}: ${JSON.stringify(trace)}`),
  ];
}

const ROUND = { timeout: 300_000 };

it(
  `one server that is killed again and again loses nothing and does nothing twice (seed ${SEED})`,
  ROUND,
  async () => {
    await using fleet = await startSingle(CRASH_ENV);
    expect(await troubleOf(fleet)).toEqual([]);
  },
);

it.skipIf(!MONGO_HERE || !REDIS_HERE)(
  `nor do two servers over one ${MONGO_HERE} and Redis, all of which are killed again and again (seed ${SEED})`,
  ROUND,
  async () => {
    await using fleet = await startMany(CRASH_ENV, 2);
    expect(await troubleOf(fleet)).toEqual([]);
  },
);
