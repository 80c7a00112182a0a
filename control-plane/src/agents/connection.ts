import type { Caller } from '../identity/caller.ts';
import type { InputOf, OutputOf } from '../kernel/operation.ts';
import { waitUntil } from '../log/waiting.ts';
import { requireAgent } from './access.ts';
import type { AgentDeps } from './deps.ts';
import { type Agent, DIRECTORY } from './directory/state.ts';
import { further, type Place } from './inbox/state.ts';
import type { Envelope, sendAgentMessage } from './operations.ts';
import { begin, look, readCursor, writeCursor } from './read.ts';
import { send } from './send.ts';

/** Messages that go out together. */
const BATCH = 100;
/** Acknowledgements that arrive within this time are one commit, ms. */
const ACKNOWLEDGE_MS = 250;

/** A wait begins anew after this, ms: what a server that is away told of is then found by looking. */
const LONGEST_WAIT_MS = 30_000;

/** A message with the cursor that acknowledges it and all before it. */
export interface Delivered extends Envelope {
  readonly cursor: string;
}

/** One agent's connection, whatever it travels over: what is sent to it comes out, in order, once. */
export class Connection implements AsyncDisposable {
  readonly agent: Agent;
  readonly #deps: AgentDeps;
  readonly #caller: Caller;
  #place: Place;
  #acknowledged: Place;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(deps: AgentDeps, caller: Caller, agent: Agent, place: Place) {
    this.#deps = deps;
    this.#caller = caller;
    this.agent = agent;
    this.#place = place;
    this.#acknowledged = place;
  }

  /**
   * Begins after what the agent has acknowledged.
   *
   * @throws AGENT_NOT_FOUND, NOT_YOUR_AGENT, STORE_UNAVAILABLE
   */
  static async open(deps: AgentDeps, caller: Caller, agentId: string): Promise<Connection> {
    const { state } = await deps.directory.open(DIRECTORY);
    const agent = requireAgent(state, caller, agentId);
    const place = await begin(deps, agent, undefined);
    await deps.presence.heard(agent.inbox);
    return new Connection(deps, caller, agent, place);
  }

  /** What comes next, waiting for it; nothing where the signal ends the wait, or the agent is no more. */
  async next(signal: AbortSignal): Promise<readonly Delivered[]> {
    let found: readonly Delivered[] = [];
    const check = async () => {
      const { messages, place } = await look(this.#deps, this.agent, this.#place, BATCH);
      this.#place = place;
      found = messages;
      return messages.length > 0 ? true : undefined;
    };
    await waitUntil(this.#deps.wakeups, [this.agent.inbox, DIRECTORY], check, LONGEST_WAIT_MS, signal);
    return found;
  }

  /** All up to this cursor is done with. @throws BAD_CURSOR */
  acknowledge(cursor: string): void {
    const place = readCursor(cursor);
    // What was not handed over is not done with, whatever a client says.
    this.#acknowledged = further(this.#acknowledged, {
      direct: Math.min(place.direct, this.#place.direct),
      broadcast: Math.min(place.broadcast, this.#place.broadcast),
    });
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#write().catch(() => undefined);
    }, ACKNOWLEDGE_MS);
  }

  send(input: Omit<InputOf<typeof sendAgentMessage>, 'from'>): Promise<OutputOf<typeof sendAgentMessage>> {
    return send(this.#deps, this.#caller, { ...input, from: this.agent.agent_id });
  }

  /** A sign of life. */
  heard(): Promise<void> {
    return this.#deps.presence.heard(this.agent.inbox);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer) {
      clearTimeout(this.#timer);
      this.#writing = this.#write().catch(() => undefined);
    }
    await this.#writing;
    await this.#deps.presence.left(this.agent.inbox);
  }

  async #write(): Promise<void> {
    const place = this.#acknowledged;
    await this.#deps.inboxes.submit(this.agent.inbox, ({ acknowledged }) => {
      const isNew = place.direct > acknowledged.direct || place.broadcast > acknowledged.broadcast;
      return {
        ...(isNew ? { draft: { facts: [{ type: 'acknowledged', ...place }] } } : {}),
        answer: undefined,
      };
    });
  }
}
