import { randomHex } from '../kernel/hash.ts';
import type { Caller } from '../identity/caller.ts';
import type { InputOf, OutputOf } from '../kernel/operation.ts';
import { waitUntil } from '../log/waiting.ts';
import { requireAgent } from './access.ts';
import type { AgentDeps } from './deps.ts';
import { type Agent, DIRECTORY } from './directory/state.ts';
import { readCursor } from './inbox/cursor.ts';
import { type Delivered, look } from './inbox/look.ts';
import { further, isBefore, type Place } from './inbox/state.ts';
import { begin, write } from './read.ts';
import { sendAs } from './send.ts';
import type { sendAgentMessage } from './operations.ts';

/** What is handed over at a time. */
const BATCH = { limit: 100, bytes: 256 * 1024 };
const LONGEST_WAIT_MS = 2 ** 31 - 1;
/** Acknowledgements and deliveries of this time are written down together, ms. */
const WRITE_AFTER_MS = 250;
/** When they are tried again where the store did not take them, ms. */
const WRITE_AGAIN_MS = 2_000;

/** Why a connection has ended on this side. */
export type Ended = 'replaced' | 'gone';

/** How the edges open lines. */
export interface Connecting {
  /** Whether a caller may open an agent's connection. @throws AGENT_NOT_FOUND, NOT_YOUR_AGENT, STORE_UNAVAILABLE */
  readonly mayConnect: (caller: Caller, agentId: string) => Promise<void>;
  /** Opens it; undefined where the other side has given up by then. @throws as mayConnect */
  readonly connect: (
    caller: Caller,
    agentId: string,
    isOpen: () => boolean,
  ) => Promise<Connection | undefined>;
}

/** One agent's open line: what is sent to it, as it is committed, from where it left off. */
export class Connection implements AsyncDisposable {
  readonly agent: Agent;
  readonly #id = randomHex(8);
  readonly #deps: AgentDeps;
  readonly #caller: Caller;
  /** Behind all that was looked at. */
  #place: Place;
  /** Behind the last message that was handed over; what follows it up to #place is nothing to hand over. */
  #handed: Place;
  #acknowledged: Place;
  #delivered: Place;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(deps: AgentDeps, caller: Caller, agent: Agent, place: Place) {
    this.#deps = deps;
    this.#caller = caller;
    this.agent = agent;
    this.#place = place;
    this.#handed = place;
    this.#acknowledged = place;
    this.#delivered = place;
  }

  /**
   * Begins after what the agent has acknowledged, and ends its connections before this one, on whichever server.
   *
   * @param isOpen asked last: a line that its agent has given up by then must not end the one that it has
   * @throws AGENT_NOT_FOUND, NOT_YOUR_AGENT, STORE_UNAVAILABLE
   */
  static async open(
    deps: AgentDeps,
    caller: Caller,
    agentId: string,
    isOpen: () => boolean,
  ): Promise<Connection | undefined> {
    const { state } = await deps.directory.open(DIRECTORY);
    const agent = requireAgent(state, caller, agentId);
    // What the one before it heard a moment ago is not handed over again.
    await deps.connections.get(agent.inbox)?.flush();
    const connection = new Connection(deps, caller, agent, await begin(deps, agent, undefined));
    // Before the line that stands gives way to this one: who fails here changes nothing.
    await deps.presence.heard(agent.inbox);
    const isTaken = await deps.inboxes.submit(agent.inbox, () => {
      if (!isOpen()) return { answer: false };
      return { draft: { facts: [{ type: 'connected', connection: connection.#id }] }, answer: true };
    });
    if (!isTaken) return undefined;
    deps.connections.set(agent.inbox, connection);
    return connection;
  }

  /** What comes next, waiting for it; nothing where the signal ends the wait. */
  async next(signal: AbortSignal): Promise<readonly Delivered[] | Ended> {
    const check = async () => {
      const { state } = await this.#deps.inboxes.known(this.agent.inbox);
      if (state.closed) return 'gone';
      if (state.connection !== this.#id) return 'replaced';
      const from = this.#place;
      const { messages, place } = await look(this.#deps, this.agent, from, BATCH);
      this.#place = place;
      const last = messages.at(-1);
      if (last) this.#handed = readCursor(last.cursor);
      // Ended messages would fill an inbox that nobody could ever acknowledge; own broadcasts do no harm.
      if (this.#passOver() && place.direct > from.direct) this.#writeSoon();
      return messages.length > 0 ? messages : undefined;
    };
    const streams = [this.agent.inbox, DIRECTORY];
    return (await waitUntil(this.#deps.wakeups, streams, check, LONGEST_WAIT_MS, signal)) ?? [];
  }

  /** Everything up to this cursor is done with. @throws BAD_CURSOR */
  acknowledge(cursor: string): void {
    this.#acknowledged = further(this.#acknowledged, this.#atMost(cursor));
    this.#passOver();
    this.#writeSoon();
  }

  /** Everything up to this cursor has come to the other side. @throws BAD_CURSOR */
  delivered(cursor: string): void {
    this.#delivered = further(this.#delivered, this.#atMost(cursor));
    this.#writeSoon();
  }

  /** False where this and all before it was acknowledged, which says that it was delivered as well. */
  isOpen(cursor: string): boolean {
    return isBefore(this.#acknowledged, readCursor(cursor));
  }

  /** Counts a message against the rates of the agent and of its account. @throws RATE_LIMITED */
  charge(): void {
    this.#deps.charge(this.#caller);
    this.#deps.pace(this.agent, {});
  }

  /** Sends a message that was counted. */
  async send(
    input: Omit<InputOf<typeof sendAgentMessage>, 'from'>,
  ): Promise<OutputOf<typeof sendAgentMessage>> {
    const { state } = await this.#deps.directory.open(DIRECTORY);
    const agent = requireAgent(state, this.#caller, this.agent.agent_id);
    return sendAs(this.#deps, this.#caller, { agent, state }, input);
  }

  /** The agent has said something. */
  heard(): Promise<void> {
    return this.#deps.presence.heard(this.agent.inbox);
  }

  /** The line stands. */
  seen(): Promise<void> {
    return this.#deps.presence.seen(this.agent.inbox);
  }

  /** Writes down at once what waits to be. What fails is handed over again after the next reconnect. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    await this.#write().catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.flush();
    if (this.#deps.connections.get(this.agent.inbox) === this)
      this.#deps.connections.delete(this.agent.inbox);
    // Another server may have opened the next one without our having heard of it.
    const { state } = await this.#deps.inboxes.open(this.agent.inbox);
    if (state.connection === this.#id) await this.#deps.presence.left(this.agent.inbox);
  }

  /** What was not handed over is neither delivered nor done with, whatever a client says. */
  #atMost(cursor: string): Place {
    const { direct, broadcast } = readCursor(cursor);
    return {
      direct: Math.min(direct, this.#place.direct),
      broadcast: Math.min(broadcast, this.#place.broadcast),
    };
  }

  /** Who has done with all that was handed over has done with what was not. False for who has not. */
  #passOver(): boolean {
    if (isBefore(this.#acknowledged, this.#handed)) return false;
    this.#acknowledged = further(this.#acknowledged, this.#place);
    return true;
  }

  #writeSoon(afterMs = WRITE_AFTER_MS): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#write().catch(() => {
        if (!this.#isOver) this.#writeSoon(WRITE_AGAIN_MS);
      });
    }, afterMs);
  }

  async #write(): Promise<void> {
    await write(this.#deps, this.agent, 'acknowledged', this.#acknowledged);
    await write(this.#deps, this.agent, 'delivered', this.#delivered);
  }
}
