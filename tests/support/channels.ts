import type { z } from 'zod';
import { joinAgents } from '../../control-plane/src/assembly/agents.ts';
import { Pipeline } from '../../control-plane/src/bots/pipeline.ts';
import { WorkList } from '../../control-plane/src/bots/work-list.ts';
import type { Preset } from '../../control-plane/src/bots/presets.ts';
import type { Caller } from '../../control-plane/src/identity/caller.ts';
import { SeatCodes } from '../../control-plane/src/channels/codes.ts';
import { hasWork, channelModel } from '../../control-plane/src/channels/model.ts';
import { OPERATIONS } from '../../control-plane/src/channels/operations/index.ts';
import { holdsLiveCode } from '../../control-plane/src/channels/live-codes.ts';
import { type Quota, Usage } from '../../control-plane/src/channels/quota/usage.ts';
import { channelHandlers } from '../../control-plane/src/channels/service.ts';
import type { ChannelState, LoopGuard } from '../../control-plane/src/channels/state.ts';
import { validate } from '../../control-plane/src/http/validate.ts';
import { CodedError, type ErrorCode } from '../../control-plane/src/kernel/errors.ts';
import { parseJson } from '../../control-plane/src/kernel/json/parse.ts';
import { type Metrics, noMetrics } from '../../control-plane/src/kernel/metrics.ts';
import type { CallContext, Operation, OutputOf } from '../../control-plane/src/kernel/operation.ts';
import { decodeCommit } from '../../control-plane/src/log/codec.ts';
import type { Commit, Entry } from '../../control-plane/src/log/commit.ts';
import type { CommitStore } from '../../control-plane/src/log/store.ts';
import { type Leases, soleLeases } from '../../control-plane/src/leases/leases.ts';
import { News } from '../../control-plane/src/log/news.ts';
import { Streams } from '../../control-plane/src/log/streams.ts';
import { LocalWakeups } from '../../control-plane/src/log/waiting.ts';
import { FakeSandbox } from './fake-sandbox.ts';
import { ManualClock, Naps } from './manual-time.ts';
import { MemoryRecords } from './memory-records.ts';
import { MemoryStore } from './memory-store.ts';
import { UNLIMITED } from './unlimited.ts';

type Operations = { [O in (typeof OPERATIONS)[number] as O['name']]: O };
type Client = {
  readonly [Name in keyof Operations]: (
    input: z.input<Operations[Name]['input']>,
    context?: Partial<CallContext>,
  ) => Promise<OutputOf<Operations[Name]>>;
};

export interface ChannelsOptions {
  /** Shared by two servers over one store. */
  readonly store?: CommitStore;
  readonly clock?: ManualClock;
  readonly sandbox?: FakeSandbox;
  readonly loopGuard?: LoopGuard;
  readonly presets?: readonly Preset[];
  readonly maxLoaded?: number;
  /** What accounts may hold; no limit where it is left out. */
  readonly quota?: Partial<Quota>;
  readonly metrics?: Metrics;
  /** Other servers write to the store. */
  readonly shared?: boolean;
  /** Clocks of all servers that are alive; default: this one's. */
  readonly clocks?: () => readonly number[];
  /** Default: the server has its store to itself. */
  readonly leases?: Leases;
}

const KEY = new Uint8Array(32).fill(7);
const GENEROUS: LoopGuard = { per_minute: 60_000, burst: 60_000 };
const LIMITS = { wallMs: 5_000, memoryBytes: 2 ** 27, processes: 64 };

/** Channels and hooks as the server joins them, over a store in memory and scripted bots. */
export type TestChannels = ReturnType<typeof openChannels>;

export function openChannels(options: ChannelsOptions = {}) {
  const { store = new MemoryStore(), clock = new ManualClock(), sandbox = new FakeSandbox() } = options;
  const wakeups = new ObservedWakeups();
  const naps = new Naps();
  const news = new News(store);
  const streams: Streams<ChannelState> = new Streams(
    {
      store,
      model: channelModel,
      wakeups,
      clock,
      ...(options.shared ? { news } : {}),
      onCommit: (id, state) => pipeline.kick(id, state),
    },
    options.maxLoaded ?? 100,
  );
  const logged: { readonly fields: unknown; readonly message: string }[] = [];
  const write = (fields: unknown, message: string) => void logged.push({ fields, message });
  const pipeline: Pipeline<ChannelState> = new Pipeline({
    streams,
    sandbox,
    leases: options.leases ?? soleLeases,
    limits: LIMITS,
    metrics: options.metrics ?? noMetrics,
    log: {
      debug: write,
      info: write,
      warn: (fields, message) => write(fields, `warn: ${message}`),
      error: write,
    },
    memberSlots: (state) =>
      new Set(state.slots.filter((slot) => slot.kind === 'invite').map((slot) => slot.slot_id)),
    holdsSecret: holdsLiveCode,
    sleep: naps.sleep,
  });
  const channels = channelHandlers({
    streams,
    sandbox,
    presets: new Map((options.presets ?? []).map((preset) => [preset.name, preset])),
    codes: new SeatCodes(KEY),
    usage: new Usage(streams, clock, { channels: 0, bots: 0, bytes: 0, ...options.quota }),
    limits: LIMITS,
    loopGuard: options.loopGuard ?? GENEROUS,
    clock,
    metrics: options.metrics ?? noMetrics,
    version: '1.2.3',
  });
  const agents = joinAgents({
    store,
    records: new MemoryRecords(),
    wakeups,
    clock,
    maxLoaded: 100,
    budgets: UNLIMITED,
    mostOfOne: 0,
    metrics: options.metrics ?? noMetrics,
    clientName: async () => 'Claude',
    newcomer: undefined,
    onError: (error) => write(error, 'agents'),
  });
  const handlers = { ...channels, ...agents.handlers };
  const commits = (channelId: string) => commitsOf(store, channelId);
  return {
    store,
    clock,
    sandbox,
    streams,
    pipeline,
    workList: new WorkList({ streams, pipeline, news, clocks: options.clocks ?? (() => [clock.now()]) }),
    handlers,
    agents: { ...agents, callerOf: async (): Promise<Caller | undefined> => undefined },
    naps,
    logged,
    wakeups,
    commits,
    /** The services as one account calls them, with the defaults that an edge fills in. */
    as: (account: string) => clientOf(handlers, account),
    entries: async (channelId: string): Promise<readonly Entry[]> =>
      (await commits(channelId)).flatMap((commit) => commit.entries),
    bodies: async (channelId: string) =>
      (await commits(channelId)).flatMap((commit) => commit.entries.map((entry) => entry.body)),
    state: async (channelId: string) => (await streams.open(channelId)).state,
    /** Number of the newest commit: the same before and after a call that changed nothing. */
    head: async (channelId: string) => (await commits(channelId)).at(-1)?.n,
    /** Resolves when no bot of the channel has a hook to run. */
    settled: async (channelId: string) => {
      const check = async () => (hasWork((await streams.open(channelId)).state) ? undefined : true);
      if (!(await streams.wait(channelId, check, 20_000))) throw new Error('The bots did not settle.');
    },
    [Symbol.asyncDispose]: async () => {
      agents[Symbol.dispose]();
      await sandbox.close();
      await pipeline.stop();
    },
  };
}

/** Every commit of a stream, as the store holds it. */
async function commitsOf(store: CommitStore, stream: string): Promise<readonly Commit[]> {
  return (await store.read(stream, 0, 100_000)).map(decodeCommit);
}

function clientOf(handlers: ReturnType<typeof channelHandlers>, account: string): Client {
  const caller = { account, clientId: `cli_${account}`, scopes: ['mcp'] };
  const calls = (OPERATIONS as readonly Operation[]).map((operation) => {
    const handler = handlers[operation.name as keyof Operations] as (...args: unknown[]) => Promise<unknown>;
    const call = async (input: object, context: Partial<CallContext> = {}) => {
      const read = parseJson(JSON.stringify(input));
      return handler(caller, validate(operation, read), { signal: new AbortController().signal, ...context });
    };
    return [operation.name, call];
  });
  return Object.fromEntries(calls) as Client;
}

/** Wake-ups that tell a test when somebody waits. */
class ObservedWakeups extends LocalWakeups {
  #subscribed = Promise.withResolvers<void>();

  override subscribe(stream: string, listener: () => void): Disposable {
    const subscription = super.subscribe(stream, listener);
    this.#subscribed.resolve();
    this.#subscribed = Promise.withResolvers<void>();
    return subscription;
  }

  /** Resolves as soon as so many wait. */
  async waiting(count: number): Promise<void> {
    while (this.size < count) await this.#subscribed.promise;
  }
}

/** The code of a refusal. A call that succeeds, or fails without a code, fails the test. */
export async function refusal(call: Promise<unknown>): Promise<ErrorCode> {
  return (await refused(call)).code;
}

/** The whole of a refusal. */
export async function refused(call: Promise<unknown>): Promise<CodedError> {
  const answer = await call.catch((error: unknown) => error);
  if (answer instanceof CodedError) return answer;
  throw answer instanceof Error ? answer : new Error('The call was not refused.');
}
