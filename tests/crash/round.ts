import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { authorize } from '../../clients/typescript/client/oauth.ts';
import { SeededRandom } from '../../bench/mix/random.ts';
import { openTown } from './agents/town.ts';
import { checkAgents, type TownVerdict } from './check/agents.ts';
import { check, type Verdict } from './check/check.ts';
import { meddle } from './clients/meddler.ts';
import { Persistent } from './clients/persistent.ts';
import { postOn, type Seat } from './clients/poster.ts';
import { Watcher } from './clients/watcher.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { Ledger } from './ledger.ts';

const SOURCE = readFileSync(new URL('./chain-bot.py', import.meta.url), 'utf8');
const SEATS = 3;
const SHORTEST_PEACE_MS = 200;
const LONGEST_PEACE_MS = 4_000;
/** A channel with hooks to run in which nothing happens for so long is stuck, once nothing is hurt any more. */
const STUCK_MS = 90_000;

export interface RoundOptions {
  readonly seed: number;
  readonly ms: number;
  /** The least number of harms: a round in which they take long goes on until they are done. */
  readonly harms?: number;
  readonly channels: number;
}

/** What a round came to. */
export interface RoundReport extends Verdict {
  readonly seed: number;
  /** Each harm, in order: when it began (ms from the start), and how long until what it ended was up again. */
  readonly trace: readonly { readonly name: string; readonly at: number; readonly ms: number }[];
  readonly acknowledged: number;
  /** Answers that were refusals, and calls that were asked again. */
  readonly refusals: number;
  readonly retries: number;
  /** What agents wrote to each other. */
  readonly agents: TownVerdict;
  /** The longest time in which no post was acknowledged at all. */
  readonly still: Still;
}

/** A time without an acknowledgement, ms, and when it began, ms from the start. */
export interface Still {
  readonly ms: number;
  readonly at: number;
}

interface Table {
  readonly channel_id: string;
  readonly admin: Persistent;
  readonly seats: readonly { readonly client: Persistent; readonly seat: Seat }[];
}

/** Plays, hurts, lets come to rest, stops the servers, and holds the store against what clients were told. */
export async function playRound(fleet: Fleet, options: RoundOptions): Promise<RoundReport> {
  const { seed, channels } = options;
  const random = new SeededRandom(seed);
  const violations: string[] = [];
  const count = { refusals: 0, retries: 0 };
  const account = async (name: string) => {
    const token = await authorize(fleet.urls[0] ?? '', name);
    const own = new SeededRandom(random.below(2 ** 31));
    const onViolation = (what: string) => void violations.push(what);
    return { token, urls: fleet.urls, random: own, onViolation, count };
  };
  const client = async (name: string) => new Persistent(await account(name));
  const town = await openTown(account, seeded(random));
  const tables: Table[] = [];
  for (let n = 0; n < channels; n++) tables.push(await openTable(client));

  const ledger: Ledger = { acknowledged: [], refused: [], views: [], replies: [] };
  const pulse = new Pulse(ledger.acknowledged);
  const watchers = tables.flatMap(({ seats }) =>
    seats.map(({ client: who, seat }) => new Watcher(who, seat)),
  );
  ledger.views.push(...watchers);
  const [posting, watching] = [new AbortController(), new AbortController()];
  const play = tables.flatMap((table) => [
    ...table.seats.map(({ client: who, seat }) => postOn(who, seat, ledger, seeded(random), posting.signal)),
    meddle(table.admin, { channel_id: table.channel_id, source: SOURCE }, seeded(random), posting.signal),
  ]);
  play.push(...town.play(posting.signal));
  const views = [
    ...watchers.map((watcher) => watcher.watch(watching.signal)),
    ...town.listen(watching.signal),
  ];
  const all = Promise.all([...play, ...views]);
  const trace = await hurt(fleet, random, options, all).finally(() => posting.abort());
  await Promise.all(play);
  await comeToRest(tables);
  violations.push(...(await town.comeToRest()));
  watching.abort();
  await Promise.all(views);
  for (const watcher of watchers) await watcher.finish();
  const still = pulse.end();

  violations.push(...(await fleet.stop()).map((left) => `left behind: ${left}`));
  await using store = await fleet.openStore();
  const verdict = await check(
    store.commits,
    tables.map(({ channel_id }) => channel_id),
    ledger,
  );
  const agents = await checkAgents(store.commits, town.notes);
  return {
    ...verdict,
    violations: [...violations, ...verdict.violations, ...agents.violations],
    agents,
    seed,
    trace,
    acknowledged: ledger.acknowledged.length,
    ...count,
    still,
  };
}

function seeded(random: SeededRandom): SeededRandom {
  return new SeededRandom(random.below(2 ** 31));
}

async function openTable(client: (name: string) => Promise<Persistent>): Promise<Table> {
  const admin = await client('admin');
  const invites = Array.from({ length: SEATS }, (_, n) => `invite:P${n}`);
  const made = await admin.call('create_channel', {
    name: 'Crash',
    slots: ['bot:Chain', ...invites],
    bot_code: SOURCE,
    bots_policy: 'open',
  });
  const seats: Table['seats'][number][] = [];
  for (const invite_code of made.invites) {
    const who = await client('player');
    const { channel_id, slot_id, rejoin_token } = await who.call('join_channel', { invite_code });
    seats.push({ client: who, seat: { channel_id, slot_id, seat: rejoin_token } });
  }
  return { channel_id: made.channel_id, admin, seats };
}

/** Hurts the fleet again and again, until the time is over and enough is done, or the play has failed. */
async function hurt(
  fleet: Fleet,
  random: SeededRandom,
  { ms, harms: least = 0 }: RoundOptions,
  play: Promise<unknown>,
) {
  const trace: { name: string; at: number; ms: number }[] = [];
  const harms = fleet.harms.flatMap((harm) => Array.from({ length: harm.weight }, () => harm));
  const start = performance.now();
  let failed: unknown;
  play.catch((error: unknown) => {
    failed = error;
  });
  while ((performance.now() - start < ms || trace.length < least) && failed === undefined) {
    await pause(SHORTEST_PEACE_MS + random.below(LONGEST_PEACE_MS - SHORTEST_PEACE_MS));
    const harm = random.pick(harms);
    const at = Math.round(performance.now() - start);
    await harm.inflict(random);
    trace.push({ name: harm.name, at, ms: Math.round(performance.now() - start - at) });
  }
  if (failed !== undefined) throw new Error(`after ${JSON.stringify(trace)}`, { cause: failed });
  return trace;
}

/** Until no bot has anything to do. @throws where a channel with hooks to run stands still for too long */
async function comeToRest(tables: readonly Table[]): Promise<void> {
  for (const { admin, channel_id } of tables) {
    let head = 0;
    for (let since = performance.now(); ; ) {
      const info = await admin.call('get_channel_info', { channel_id });
      if (info.bots.every(({ status }) => status !== 'working')) break;
      if (info.head !== head) [head, since] = [info.head, performance.now()];
      if (performance.now() - since > STUCK_MS)
        throw new Error(
          `${channel_id} stands still at ${head}: ${JSON.stringify(info.bots.map((bot) => bot.status))}`,
        );
      await pause(200);
    }
  }
}

/** Sees for how long nobody got an acknowledgement. */
class Pulse {
  readonly #timer: NodeJS.Timeout;
  readonly #start = performance.now();
  #seen = 0;
  #since = performance.now();
  #longest: Still = { ms: 0, at: 0 };

  constructor(acknowledged: readonly unknown[]) {
    this.#timer = setInterval(() => {
      if (acknowledged.length === this.#seen) return;
      const ms = Math.round(performance.now() - this.#since);
      if (ms > this.#longest.ms) this.#longest = { ms, at: Math.round(this.#since - this.#start) };
      this.#seen = acknowledged.length;
      this.#since = performance.now();
    }, 50);
  }

  end(): Still {
    clearInterval(this.#timer);
    return this.#longest;
  }
}
