import { setTimeout } from 'node:timers/promises';
import type { Pipeline } from '../bots/pipeline.ts';
import type { WorkList } from '../bots/work-list.ts';
import { isAgentStream } from '../agents/names.ts';
import type { ChannelState } from '../channels/state.ts';
import { type Leases, soleLeases } from '../leases/leases.ts';
import { Members } from '../leases/members.ts';
import { SharedLeases } from '../leases/shared.ts';
import type { RecordStore } from '../identity/records.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { randomHex } from '../kernel/hash.ts';
import type { Relay } from '../log/relay.ts';
import type { Streams } from '../log/streams.ts';
import type { Sandbox } from '../sandbox/port.ts';
import type { RedisRelayOptions } from '../storage/redis/relay.ts';
import type { Agents } from './agents.ts';
import { every } from './every.ts';
import { identifyStore } from './store-identity.ts';

/** How often a server that is alone with its store looks at its work list, ms. */
const ALONE_ROUND_MS = 30_000;
/** How often one looks for what others wrote, with a relay that may lose a wake-up and without any, ms. */
const LOOK_MS = { relayed: 5_000, alone: 1_000 } as const;
/** Rounds of the work list in the time of a lease: what a server that is gone left is found by then. */
const ROUNDS_PER_LEASE = 2;
/** Rounds in which no container could be had, after which a server leaves the bots to the others. */
const MAX_IDLE_ROUNDS = 2;
/** More than a timer may fire too early, ms. */
const TIMER_EARLY_MS = 10;

/** What wants to hear of the others. */
export interface Listeners {
  readonly streams: Streams<ChannelState>;
  readonly agents: Pick<Agents, 'hear' | 'look'>;
  readonly pipeline: Pipeline<ChannelState>;
  readonly workList: WorkList<ChannelState>;
  readonly sandbox: Pick<Sandbox, 'ready'>;
}

/** The servers that write to one store, as one of them sees them. */
export interface Company extends AsyncDisposable {
  readonly leases: Leases;
  /** Tells the others of a commit. */
  readonly tell?: (stream: string) => void;
  /** Clocks of all of them, ms since the epoch. */
  readonly clocks: () => readonly number[];
  /** Begins to hear the others, and to look for what nobody tells of. */
  attend(listeners: Listeners): AsyncDisposable;
}

/** A server that has its store to itself. */
export function alone(clock: Clock, log: Logger): Company {
  return {
    leases: soleLeases,
    clocks: () => [clock.now()],
    attend: ({ workList }) => every(ALONE_ROUND_MS, () => workList.round(), log),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

export interface JoinOptions {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** The servers' key, 32 bytes. */
  readonly key: Uint8Array;
  readonly leaseMs: number;
  /** A lease that was not used for so long is given up, ms. */
  readonly idleMs: number;
  readonly redisUrl: string | undefined;
}

/** Joins the servers of a shared store. @throws STORE_UNAVAILABLE */
export async function join(options: JoinOptions): Promise<Company> {
  const { records, clock, log, key, leaseMs, redisUrl } = options;
  await using stack = new AsyncDisposableStack();
  const serverId = `srv_${randomHex(8)}`;
  const onTrouble = (error: unknown) => log.warn({ err: error }, 'a heartbeat could not be written');
  const members = stack.use(await Members.join({ records, clock, id: serverId, leaseMs, onTrouble }));
  const hasOthers = () => othersBeat(members, leaseMs);
  const storeId = await identifyStore({ records, key, hasOthers, now: clock.now() });
  const relay = redisUrl ? stack.use(await redisRelay({ url: redisUrl, storeId, serverId, log })) : undefined;
  const company = companyOf(options, members, relay);
  const held = stack.move();
  return { ...company, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Servers that were killed left their last beat: whoever is alive beats again in the time of a lease. */
async function othersBeat(members: Members, leaseMs: number): Promise<boolean> {
  if (members.alive().length === 1) return false;
  // A timer may fire a moment before the clock that leases go by says so.
  await setTimeout(leaseMs + TIMER_EARLY_MS);
  await members.hear();
  return members.alive().length > 1;
}

function companyOf(
  { records, clock, log, leaseMs, idleMs }: JoinOptions,
  members: Members,
  relay: Relay | undefined,
): Omit<Company, keyof AsyncDisposable> {
  const leases = new SharedLeases({ records, clock, members, idleMs });
  return {
    leases,
    ...(relay ? { tell: (stream: string) => relay.send(stream) } : {}),
    clocks: () => members.alive().map(({ clock: now }) => now),
    attend(listeners) {
      relay?.listen(
        hearer(listeners, leases, log),
        () => void look(listeners, leases).catch(() => undefined),
      );
      const roundMs = leaseMs / ROUNDS_PER_LEASE;
      const pause = () => (relay?.connected ? LOOK_MS.relayed : LOOK_MS.alone);
      return together([
        every(roundMs, () => listeners.workList.round(), log),
        every(roundMs, () => leases.releaseIdle(), log),
        every(roundMs, ableOrBack(listeners, leases, members), log),
        every(pause, () => look(listeners, leases), log),
      ]);
    },
  };
}

/** What ends at once, all together: each may wait for a store that does not answer. */
function together(parts: readonly AsyncDisposable[]): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(parts.map((part) => part[Symbol.asyncDispose]()));
    },
  };
}

/** The client is loaded where it is used only. */
async function redisRelay(options: RedisRelayOptions): Promise<Relay> {
  const { RedisRelay } = await import('../storage/redis/relay.ts');
  return new RedisRelay(options);
}

/** Wakes who waits on a stream, and its hooks where they run here. */
function hearer(
  { streams, agents, pipeline }: Listeners,
  leases: Leases,
  log: Logger,
): (stream: string) => void {
  return (stream) => {
    const heard =
      agents.hear(stream) ?? (leases.holds(stream) ? pipeline.resume(stream) : streams.hear(stream));
    heard.catch((error: unknown) => log.debug({ err: error, stream }, 'a wake-up could not be followed'));
  };
}

async function look({ streams, agents }: Listeners, leases: Leases): Promise<void> {
  await Promise.all([streams.look(leases.held(), (id) => !isAgentStream(id)), agents.look()]);
}

/** Without its launcher a server cannot run hooks: where there are others, they shall. */
function ableOrBack({ sandbox }: Listeners, leases: SharedLeases, members: Members): () => Promise<void> {
  let idleRounds = 0;
  return async () => {
    idleRounds = (await sandbox.ready()) ? 0 : idleRounds + 1;
    await leases.stepBack(idleRounds >= MAX_IDLE_ROUNDS && members.alive().length > 1);
  };
}
