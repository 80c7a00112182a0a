import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connection, ConnectionOutcome } from '../sandbox/port.ts';
import type { HookBudget } from './budget.ts';
import { dial, DialError, type Dialling } from './dial.ts';
import { parseHost } from './host.ts';
import { type EgressRules, judge } from './policy.ts';
import { answerFrame, type Question, readQuestion, shownHost } from './question.ts';
import { relay } from './relay.ts';

/** What a tunnel goes by. */
export interface TunnelParts {
  readonly rules: EgressRules;
  readonly budget: HookBudget;
  readonly dialling: Dialling;
  /** Life of a connection, ms. */
  readonly connectionMs: number;
  /** A monotonic clock, ms. */
  readonly now: () => number;
}

/** A refusal as the bot gets to read it. */
interface Refusal {
  readonly outcome: ConnectionOutcome;
  readonly message: string;
}

/** What is read and dropped of a bot that goes on writing after it was refused, bytes. */
const DROPPED_AFTER_REFUSAL = 65_536;
const NOT_UNDERSTOOD = { outcome: 'denied_host', message: 'The question is not understood.' } as const;
const BY_RULE = {
  denied_host: 'The bot may not connect to this host.',
  denied_port: 'The bot may not connect to this port of the host.',
} as const;

/** One connection of a bot, from its question to its end. */
export class Tunnel {
  readonly #stream: Duplex;
  readonly #parts: TunnelParts;
  readonly #question: Question | undefined;
  readonly #startedAt: number;
  readonly #abort = new AbortController();
  readonly #ended = Promise.withResolvers<Connection>();
  #address: string | null = null;
  #socket: Socket | undefined;
  #bytesIn = 0;
  #bytesOut = 0;
  #result: Connection | undefined;

  constructor(question: Buffer, stream: Duplex, parts: TunnelParts) {
    this.#stream = stream;
    this.#parts = parts;
    this.#question = readQuestion(question);
    this.#startedAt = parts.now();
  }

  /** Serves the connection; resolves, and never rejects, when it has ended. */
  async run(): Promise<Connection> {
    this.#stream.on('error', () => this.cut());
    this.#stream.once('close', () => this.cut());
    const full = this.#parts.budget.enter();
    if (full !== undefined) return this.#refuse({ outcome: 'over_limit', message: full });
    const timer = setTimeout(() => this.#end('over_limit'), this.#parts.connectionMs);
    try {
      void this.#serve();
      return await this.#ended.promise;
    } finally {
      clearTimeout(timer);
      this.#parts.budget.leave();
    }
  }

  /** Ends the connection, and says what came of it: a bot that has said all it had to say has closed it. */
  cut(): Connection {
    const said = this.#socket !== undefined && this.#stream.readableEnded;
    return this.#end(said ? 'closed' : 'cut');
  }

  async #serve(): Promise<void> {
    try {
      const socket = await this.#connect();
      if (socket) this.#relay(socket);
    } catch {
      this.#end('cut');
    }
  }

  async #connect(): Promise<Socket | undefined> {
    const { rules, dialling } = this.#parts;
    const question = this.#question;
    const host = question && parseHost(question.host);
    if (!question || !host) {
      this.#refuse(question ? { outcome: 'denied_host', message: BY_RULE.denied_host } : NOT_UNDERSTOOD);
      return undefined;
    }
    const verdict = judge(rules, host, question.port);
    if (verdict !== 'allowed') {
      this.#refuse({ outcome: verdict, message: BY_RULE[verdict] });
      return undefined;
    }
    try {
      const dialled = await dial(host, question.port, dialling, this.#abort.signal);
      this.#address = dialled.address;
      return dialled.socket;
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      this.#address = error.address;
      this.#refuse(error);
      return undefined;
    }
  }

  #relay(socket: Socket): void {
    this.#socket = socket;
    if (this.#result) {
      socket.destroy();
      return;
    }
    const ok = { address: this.#address ?? '', port: this.#question?.port ?? 0 };
    this.#stream.write(answerFrame({ ok }));
    relay({
      bot: this.#stream,
      socket,
      tollIn: (bytes) => {
        const granted = this.#parts.budget.spend('in', bytes);
        this.#bytesIn += granted;
        return granted;
      },
      tollOut: (bytes) => {
        const granted = this.#parts.budget.spend('out', bytes);
        this.#bytesOut += granted;
        return granted;
      },
      end: (by) => this.#end(by),
    });
  }

  /** Answers with an error. What the bot wrote meanwhile is dropped, so that its end comes through. */
  #refuse(refusal: Refusal): Connection {
    if (this.#result) return this.#result;
    const { outcome, message } = refusal;
    const result = this.#settle(outcome);
    let dropped = 0;
    this.#stream.on('data', (chunk: Buffer) => {
      dropped += chunk.length;
      if (dropped > DROPPED_AFTER_REFUSAL) this.#stream.destroy();
    });
    this.#stream.end(answerFrame({ error: outcome, message }));
    return result;
  }

  #end(outcome: ConnectionOutcome): Connection {
    if (this.#result) return this.#result;
    const result = this.#settle(outcome);
    this.#abort.abort();
    // A reset, unless all was said: the server must not take half of something for the whole.
    if (outcome === 'closed') this.#socket?.destroy();
    else this.#socket?.resetAndDestroy();
    if (outcome !== 'closed' || !this.#stream.writableFinished) this.#stream.destroy();
    return result;
  }

  #settle(outcome: ConnectionOutcome): Connection {
    const result: Connection = {
      host: shownHost(this.#question?.host ?? ''),
      port: this.#question?.port ?? 0,
      address: this.#address,
      outcome,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      ms: Math.round(this.#parts.now() - this.#startedAt),
    };
    this.#result = result;
    this.#ended.resolve(result);
    return result;
  }
}
