import { CodedError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { Leases } from '../leases/leases.ts';
import type { Streams } from '../log/streams.ts';
import type { HookLimits, HookResult, Sandbox } from '../sandbox/port.ts';
import { BotMemory } from './memory.ts';
import { hookCall } from './hook-call.ts';
import { judge } from './judge.ts';
import { noteFailure, noteLost } from './noting.ts';
import { type BotsOf, commitEffect, commitFailure, commitRuntime, type RanHook } from './outcome.ts';
import { programKey } from './prepare.ts';
import { isActive } from './state.ts';
import { Attempt, commitWaiting } from './waiting.ts';

/** Until a channel that could not be read is read again: the first and the longest pause. */
const FIRST_READ_RETRY_MS = 250;
const LAST_READ_RETRY_MS = 10_000;
/** Containers lost under one cause that count as the bot's own doing. */
const MAX_LOST = 2;

/** What the pipeline needs from around it. */
export interface PipelineDeps<State extends BotsOf> {
  readonly streams: Streams<State>;
  readonly sandbox: Sandbox;
  readonly leases: Leases;
  readonly limits: HookLimits;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Slots of the channel that private posts may go to. */
  readonly memberSlots: (state: State) => ReadonlySet<string>;
  /** True for a text that holds a live code of the channel. */
  readonly holdsSecret: (state: State, text: string) => boolean;
  /** Waits so many ms, or until the signal aborts; tests bring their own. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Runs the hooks that entries cause: each bot one at a time and in order, bots beside each other.
 * What a hook did is one commit; losing the pipeline in the middle loses nothing, since the log
 * says which hooks are still to run.
 */
export class Pipeline<State extends BotsOf> {
  readonly #deps: PipelineDeps<State>;
  readonly #memory: BotMemory;
  readonly #working = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(deps: PipelineDeps<State>) {
    this.#deps = deps;
    this.#memory = new BotMemory(deps.streams.store);
  }

  /** Starts on whatever the channel's bots have to do. Returns at once. */
  kick(channelId: string, state: State): void {
    if (this.#stop.signal.aborted || state.status !== 'open') return;
    for (const bot of state.bots) {
      if (!isActive(bot) || bot.pending.length === 0) continue;
      const key = programKey(channelId, bot.bot_id);
      if (!this.#working.has(key)) this.#start(key, channelId, bot.bot_id);
    }
  }

  /**
   * Starts on the hooks of a channel that may not be loaded. One whose log is damaged is logged and left
   * alone: it must not keep the others from going on.
   *
   * @returns the number of the commit up to which nothing is left to run; undefined where something is
   * @throws STORE_UNAVAILABLE
   */
  async resume(channelId: string): Promise<number | undefined> {
    const { streams, log } = this.#deps;
    try {
      const { state, folded } = await streams.open(channelId);
      this.kick(channelId, state);
      const works = state.bots.some((bot) => this.#working.has(programKey(channelId, bot.bot_id)));
      return works || this.#hasWork(state) ? undefined : folded.n;
    } catch (error) {
      if (error instanceof CodedError) throw error;
      log.error({ err: error, channel: channelId }, 'a channel with hooks to run is damaged');
      return (await streams.store.head(channelId))?.n ?? -1;
    }
  }

  #hasWork(state: State): boolean {
    return state.status === 'open' && state.bots.some((bot) => isActive(bot) && bot.pending.length > 0);
  }

  /** True when no bot has anything to do. */
  get idle(): boolean {
    return this.#working.size === 0;
  }

  /** Lets running hooks end and starts no more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#working.values());
  }

  #start(key: string, channelId: string, botId: string): void {
    const work = this.#work(channelId, botId)
      .catch((error: unknown) => {
        this.#deps.log.error({ err: error, channel: channelId, bot: botId }, 'hooks stopped');
        return 'done' as const;
      })
      .then((end) => {
        this.#working.delete(key);
        // Where another server runs them, the next commit or round looks again.
        if (end === 'done') void this.#again(key, channelId, botId);
      });
    this.#working.set(key, work);
  }

  /** Between the last look at the state and the end of the work, another entry may have come. */
  async #again(key: string, channelId: string, botId: string): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const stream = await this.#deps.streams.open(channelId).catch(() => undefined);
    if (stream) this.kick(channelId, stream.state);
    else if (!this.#working.has(key)) this.#start(key, channelId, botId);
  }

  /** Runs hooks until there are none, or another server has the channel's lease. */
  async #work(channelId: string, botId: string): Promise<'done' | 'elsewhere'> {
    let unread = 0;
    for (let attempt = new Attempt(); !this.#stop.signal.aborted; ) {
      const state = await this.#readHeld(channelId);
      if (state === 'elsewhere') return state;
      if (!state) {
        await this.#sleep(Math.min(FIRST_READ_RETRY_MS * 2 ** unread++, LAST_READ_RETRY_MS));
        continue;
      }
      unread = 0;
      const bot = state.bots.find((candidate) => candidate.bot_id === botId);
      const pending = bot?.pending[0];
      if (!bot || !pending || !isActive(bot) || state.status !== 'open') return 'done';
      if (attempt.cause !== pending.cause) attempt = new Attempt(pending.cause);
      const ran = { channel_id: channelId, owner: state.creator, bot, pending };
      const done = await this.#tryHook(ran, attempt).catch((error: unknown) => {
        const fields = { err: error, channel: channelId, bot: botId };
        this.#deps.log.warn(fields, 'a hook could not be run or stored');
        return false;
      });
      if (!done) await this.#backOff(ran, attempt);
    }
    return 'done';
  }

  /** The state of a channel whose lease this server holds; undefined while the store does not give it. */
  async #readHeld(channelId: string): Promise<State | 'elsewhere' | undefined> {
    try {
      if (!(await this.#deps.leases.hold(channelId))) return 'elsewhere';
      return (await this.#deps.streams.open(channelId)).state;
    } catch (error) {
      this.#deps.log.warn({ err: error, channel: channelId }, 'a channel with hooks to run cannot be read');
      return undefined;
    }
  }

  /** Runs one hook and writes what came of it; false when it is to be tried again. */
  async #tryHook(ran: RanHook, attempt: Attempt): Promise<boolean> {
    const { sandbox, streams, metrics } = this.#deps;
    const stream = await streams.open(ran.channel_id);
    const cause = await streams.entry(stream, ran.pending.cause);
    if (!cause) throw new Error(`Entry ${ran.pending.cause} of ${ran.channel_id} is missing.`);
    const program = await this.#memory.program(ran, this.#deps.limits);
    const call = hookCall(ran.bot, ran.pending, cause, await this.#memory.state(ran));
    const result = await sandbox.run(program, call);
    if (result.outcome === 'not_run' && result.runtime !== undefined) {
      await streams.submit(ran.channel_id, commitRuntime(ran, result.runtime));
      return true;
    }
    metrics.hook(result.outcome, result.outcome === 'not_run' ? 0 : result.wallMs);
    if (result.outcome === 'not_run') {
      if (result.noCapacity) attempt.noCapacity();
      if (result.lostContainer) {
        attempt.lost++;
        noteLost(this.#deps, ran);
      }
      if (attempt.lost < MAX_LOST) return false;
    }
    // The hook took its time: what it posts is held against the codes that are live now.
    await this.#commit(ran, result, (await streams.open(ran.channel_id)).state);
    return true;
  }

  async #commit(ran: RanHook, result: HookResult, state: State): Promise<void> {
    const { streams } = this.#deps;
    const verdict = judge(result, {
      bot_id: ran.bot.bot_id,
      state_version: ran.bot.state_version,
      next_version: ran.bot.state_version + 1,
      slots: this.#deps.memberSlots(state),
      holdsSecret: (text) => this.#deps.holdsSecret(state, text),
    });
    if ('failure' in verdict) {
      noteFailure(this.#deps, ran, result, verdict.failure);
      await streams.submit(ran.channel_id, commitFailure(ran, verdict.failure, verdict.evidence));
      return;
    }
    const { effect, evidence } = verdict;
    const written = await streams.submit(ran.channel_id, commitEffect(ran, effect, evidence));
    if (written && effect.state !== undefined) this.#memory.remember(ran, effect.state);
  }

  async #backOff(ran: RanHook, attempt: Attempt): Promise<void> {
    const { streams, log } = this.#deps;
    const { waitMs, tell } = attempt.failed();
    if (tell !== undefined) {
      await streams
        .submit(ran.channel_id, commitWaiting(ran, tell))
        .catch((error: unknown) =>
          log.warn({ err: error, channel: ran.channel_id }, 'bot:waiting was not stored'),
        );
    }
    await this.#sleep(waitMs);
  }

  #sleep(ms: number): Promise<void> {
    return (this.#deps.sleep ?? sleep)(ms, this.#stop.signal);
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    function end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    }
  });
}
