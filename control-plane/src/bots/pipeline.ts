import { CodedError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { Streams } from '../log/streams.ts';
import type { HookLimits, HookResult, Sandbox } from '../sandbox/port.ts';
import { serverEntry } from './announce.ts';
import { BotMemory } from './memory.ts';
import { hookCall } from './hook-call.ts';
import { type BotsOf, commitEffect, commitFailure, type Failure, type RanHook } from './outcome.ts';
import { programKey } from './prepare.ts';
import { readEffect, RefusedOutput } from './effects.ts';
import { type BotState, isActive, type PendingHook } from './state.ts';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;
/** Attempts after which the channel is told that the bot waits. */
const TELL_AFTER = 3;
/** Containers lost under one cause that count as the bot's own doing. */
const MAX_LOST = 2;

/** What the pipeline needs from around it. */
export interface PipelineDeps<State extends BotsOf> {
  readonly streams: Streams<State>;
  readonly sandbox: Sandbox;
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
   * Starts on the hooks of a channel that is not loaded. One whose log is damaged is logged and left
   * alone: it must not keep the others from going on.
   *
   * @returns whether there was anything to go on with
   * @throws STORE_UNAVAILABLE
   */
  async resume(channelId: string): Promise<boolean> {
    try {
      const { state } = await this.#deps.streams.open(channelId);
      this.kick(channelId, state);
      return state.bots.some((bot) => this.#working.has(programKey(channelId, bot.bot_id)));
    } catch (error) {
      if (error instanceof CodedError) throw error;
      this.#deps.log.error({ err: error, channel: channelId }, 'a channel with hooks to run is damaged');
      return false;
    }
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
      .catch((error: unknown) =>
        this.#deps.log.error({ err: error, channel: channelId, bot: botId }, 'hooks stopped'),
      )
      .finally(() => {
        this.#working.delete(key);
        void this.#again(key, channelId, botId);
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

  async #work(channelId: string, botId: string): Promise<void> {
    for (let attempt = new Attempt(); !this.#stop.signal.aborted; ) {
      const state = await this.#read(channelId);
      if (!state) {
        await this.#sleep(LAST_RETRY_MS);
        continue;
      }
      const bot = state.bots.find((candidate) => candidate.bot_id === botId);
      const pending = bot?.pending[0];
      if (!bot || !pending || !isActive(bot) || state.status !== 'open') break;
      if (attempt.cause !== pending.cause) attempt = new Attempt(pending.cause);
      const done = await this.#tryHook({ channel_id: channelId, bot, pending }, attempt).catch(
        (error: unknown) => {
          this.#deps.log.warn(
            { err: error, channel: channelId, bot: botId },
            'a hook could not be run or stored',
          );
          return false;
        },
      );
      if (!done) await this.#backOff(channelId, bot, pending, attempt);
    }
  }

  /** The channel's state, undefined while the store does not give it. */
  async #read(channelId: string): Promise<State | undefined> {
    try {
      return (await this.#deps.streams.open(channelId)).state;
    } catch (error) {
      this.#deps.log.warn({ err: error, channel: channelId }, 'a channel with hooks to run cannot be read');
      return undefined;
    }
  }

  /** Runs one hook and writes what came of it; false when it is to be tried again. */
  async #tryHook(ran: RanHook, attempt: Attempt): Promise<boolean> {
    const { sandbox, streams, metrics } = this.#deps;
    const runtime = await sandbox.runtimeDigest();
    if (runtime !== ran.bot.runtime) {
      await this.#announceRuntime(ran, runtime);
      return true;
    }
    const stream = await streams.open(ran.channel_id);
    const cause = await streams.entry(stream, ran.pending.cause);
    if (!cause) throw new Error(`Entry ${ran.pending.cause} of ${ran.channel_id} is missing.`);
    const program = await this.#memory.program(ran, this.#deps.limits);
    const call = hookCall(ran.bot, ran.pending, cause, await this.#memory.state(ran));
    const result = await sandbox.run(program, call);
    metrics.hook(result.outcome, result.outcome === 'not_run' ? 0 : result.wallMs);
    if (result.outcome === 'not_run') {
      if (result.lostContainer) attempt.lost++;
      if (attempt.lost < MAX_LOST) return false;
    }
    // The hook took its time: what it posts is held against the codes that are live now.
    await this.#commit(ran, result, (await streams.open(ran.channel_id)).state);
    return true;
  }

  async #commit(ran: RanHook, result: HookResult, state: State): Promise<void> {
    const { streams } = this.#deps;
    const ended = this.#judge(ran, result, state);
    if ('reason' in ended) {
      this.#deps.log.info(
        {
          channel: ran.channel_id,
          bot: ran.bot.bot_id,
          hook: ran.pending.hook,
          cause: ran.pending.cause,
          reason: ended.reason,
        },
        'a hook failed',
      );
      if (result.outcome === 'bot_failed') {
        const { trace, output } = result;
        this.#deps.log.debug(
          { channel: ran.channel_id, bot: ran.bot.bot_id, trace, output },
          'what the bot said',
        );
      }
      await streams.submit(ran.channel_id, commitFailure(ran, ended));
      return;
    }
    const written = await streams.submit(ran.channel_id, commitEffect(ran, ended));
    if (written && ended.state !== undefined) this.#memory.remember(ran, ended.state);
  }

  #judge(ran: RanHook, result: HookResult, state: State): Failure | ReturnType<typeof readEffect> {
    if (result.outcome === 'not_run') {
      return { reason: 'exit', detail: 'The bot lost its container twice on the same message.' };
    }
    if (result.outcome === 'bot_failed') {
      const { reason, detail, line } = result;
      return { reason, detail, ...(line === undefined ? {} : { line }) };
    }
    try {
      return readEffect(result.reply, {
        bot_id: ran.bot.bot_id,
        state_version: ran.bot.state_version,
        next_version: ran.bot.state_version + 1,
        slots: this.#deps.memberSlots(state),
        holdsSecret: (text) => this.#deps.holdsSecret(state, text),
      });
    } catch (error) {
      if (error instanceof RefusedOutput) return { reason: 'output', detail: error.message };
      throw error;
    }
  }

  async #announceRuntime({ channel_id, bot }: RanHook, runtime: string): Promise<void> {
    await this.#deps.streams.submit(channel_id, (state) => {
      const now = state.bots.find((candidate) => candidate.bot_id === bot.bot_id);
      if (!now || !isActive(now) || state.status !== 'open' || now.runtime === runtime)
        return { answer: undefined };
      const body = { type: 'bot:runtime', bot_id: bot.bot_id, runtime, before: now.runtime };
      const fact = { type: 'bot_runtime', bot_id: bot.bot_id, runtime };
      return { draft: { entries: [serverEntry(body)], facts: [fact] }, answer: undefined };
    });
  }

  async #backOff(channelId: string, bot: BotState, pending: PendingHook, attempt: Attempt): Promise<void> {
    attempt.count++;
    if (attempt.count === TELL_AFTER) {
      const body = {
        type: 'bot:waiting',
        bot_id: bot.bot_id,
        cause: pending.cause,
        message: 'The server cannot run the bot right now and keeps trying.',
      };
      await this.#deps.streams
        .submit(channelId, (state) => {
          const now = state.bots.find((candidate) => candidate.bot_id === bot.bot_id);
          const waits = state.status === 'open' && now?.pending[0]?.cause === pending.cause;
          return waits
            ? { draft: { entries: [serverEntry(body)] }, answer: undefined }
            : { answer: undefined };
        })
        .catch((error: unknown) =>
          this.#deps.log.warn({ err: error, channel: channelId }, 'bot:waiting was not stored'),
        );
    }
    const wait = Math.min(FIRST_RETRY_MS * 2 ** (attempt.count - 1), LAST_RETRY_MS);
    await this.#sleep(wait);
  }

  #sleep(ms: number): Promise<void> {
    return (this.#deps.sleep ?? sleep)(ms, this.#stop.signal);
  }
}

/** How often one cause was tried. */
class Attempt {
  readonly cause: number | undefined;
  count = 0;
  lost = 0;
  constructor(cause?: number) {
    this.cause = cause;
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
