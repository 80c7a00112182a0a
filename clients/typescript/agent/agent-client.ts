import { Problem } from '../client/problem.ts';
import { Account } from './account.ts';
import type { Agents, DeadLetters, Filter, Inbox, Receipt, Registered, Sent, Ticket } from './answers.ts';
import { Calls } from './calls.ts';
import { Handled } from './handled.ts';
import { type Handler, listen, type ListenOptions } from './listen.ts';
import type { Outgoing } from './messages.ts';
import { type AgentOptions, baseUrlOf } from './options.ts';

export interface SendOptions {
  /** Not acknowledged by then, the message becomes a dead letter, seconds. */
  readonly ttlS?: number;
  /** Made for each call unless given: give one to repeat a call after this program has ended. */
  readonly idempotencyKey?: string;
}

export interface ReadOptions {
  /** Of the last answer: acknowledges all up to it, and reads on. */
  readonly cursor?: string;
  readonly limit?: number;
  /** What an answer holds at most, for readers that are models. */
  readonly maxTokens?: number;
  /** Waits so long for a message, ms; at most 45,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** One page of a list. */
export interface PageOptions {
  readonly limit?: number;
  readonly cursor?: string;
}

/**
 * One agent (docs/agents.md): over HTTP, and over WebSocket while it listens. Runs in Node 22 and newer and in
 * browsers. Disposing of it ends what it does; the agent stays registered, and messages wait for it.
 *
 * Each method throws a Problem with the server's code. Calls that may do later are tried again, some times.
 */
export class AgentClient implements AsyncDisposable {
  readonly #options: AgentOptions;
  readonly #account: Account;
  readonly #calls: Calls;
  readonly #handled = new Handled();
  readonly #closed = new AbortController();
  readonly #listening = new Set<Promise<void>>();

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#account = new Account(options);
    this.#calls = new Calls(baseUrlOf(options), this.#account, this.#closed.signal);
  }

  /** The agent's name in addresses; with a credentialsFile, certain after the first call. */
  get agentId(): string {
    return this.#account.agentId;
  }

  /**
   * Makes the agent, or changes it where it is there and the credentials are its own.
   *
   * @throws {Problem} AGENT_TAKEN for a name that another account holds, also this agent's own from an earlier
   * start without its credentials
   */
  async register(): Promise<Registered> {
    const { sessionId, name, capabilities } = this.#options;
    const fields = () => ({ agent_id: this.agentId, session_id: sessionId, name, capabilities });
    const answer = await this.#calls.call<Registered>({
      method: 'POST',
      path: '/api/v1/agents/register',
      fields,
    });
    if (answer.token !== undefined) await this.#account.adopt(answer);
    return answer;
  }

  /** Ends the agent and this client. What was not acknowledged goes to its senders' dead letters. */
  async deregister(): Promise<void> {
    const fields = () => ({ agent_id: this.agentId });
    await this.#calls
      .call({ method: 'POST', path: '/api/v1/agents/deregister', fields })
      .catch((error: unknown) => {
        // So it is where the answer to an earlier try was lost.
        if (!(error instanceof Problem && error.code === 'AGENT_NOT_FOUND')) throw error;
      });
    await this[Symbol.asyncDispose]();
  }

  /** Who is registered, page by page. */
  listAgents(filter: Filter = {}): Promise<Agents> {
    return this.#calls.call({ method: 'GET', path: '/api/v1/agents', fields: () => filter });
  }

  /**
   * Writes to an agent, or to ALL; resolves once the message is durable. A call that is tried again takes effect
   * once.
   */
  sendMessage(to: string, message: Outgoing, options: SendOptions = {}): Promise<Sent> {
    const { ttlS: ttl_s, idempotencyKey: idempotency_key = crypto.randomUUID() } = options;
    const fields = () => ({ from: this.agentId, to, message, ttl_s, idempotency_key });
    return this.#calls.call({ method: 'POST', path: '/api/v1/messages', fields });
  }

  /** Reads what was sent to the agent: for programs that do not listen. */
  read({ cursor, limit, maxTokens, timeoutMs, signal }: ReadOptions = {}): Promise<Inbox> {
    const fields = () => ({
      agent_id: this.agentId,
      cursor,
      limit,
      max_tokens: maxTokens,
      timeout_ms: timeoutMs,
    });
    const waits = { parkedMs: timeoutMs ?? 0, ...(signal && { signal }) };
    return this.#calls.call({ method: 'GET', path: '/api/v1/messages', fields, ...waits });
  }

  /**
   * Hands each message to the handler, in order, and acknowledges it when the handler has returned. It connects
   * again whenever that may help, without loss or repeat; only after this program was killed, what it had not
   * acknowledged comes again. Resolves once the signal, or disposing of this client, has ended it.
   *
   * @throws {Problem} REPLACED, AGENT_NOT_FOUND, TOKEN_REFUSED, which another connection does not mend; whatever
   * the handler throws: its message is not acknowledged, and comes again
   */
  async listen(handler: Handler, options: ListenOptions = {}): Promise<void> {
    const { signal: closed } = this.#closed;
    const signal = options.signal ? AbortSignal.any([closed, options.signal]) : closed;
    const renew = () => this.#account.renew(this.#account.token);
    const address = () => this.#address(signal);
    const listening = listen({ address, renew, handled: this.#handled, signal }, handler, options);
    this.#listening.add(listening);
    try {
      await listening;
    } finally {
      this.#listening.delete(listening);
    }
  }

  /** What became of a message that this agent sent. */
  receipt(messageId: string): Promise<Receipt> {
    return this.#calls.call({
      method: 'GET',
      path: '/api/v1/receipts',
      fields: () => ({ agent_id: this.agentId, message_id: messageId }),
    });
  }

  /** Messages of this agent that ended before they were acknowledged. */
  deadLetters({ limit, cursor }: PageOptions = {}): Promise<DeadLetters> {
    return this.#calls.call({
      method: 'GET',
      path: '/api/v1/dead_letters',
      fields: () => ({ agent_id: this.agentId, limit, cursor }),
    });
  }

  /** Ends calls and listening; not to be awaited in a handler, whose end it waits for. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new Problem('LOCAL', 'This client was closed.', 'Make another one.'));
    await Promise.allSettled(this.#listening);
  }

  /** Where to connect to. A ticket stands in for the header that browsers cannot send there. */
  async #address(signal: AbortSignal): Promise<string> {
    const fields = () => ({ agent_id: this.agentId });
    const { websocket_url } = await this.#calls.call<Ticket>({
      method: 'POST',
      path: '/api/v1/tickets',
      fields,
      signal,
    });
    return `${baseUrlOf(this.#options).replace(/^http/, 'ws')}${websocket_url}`;
  }
}
