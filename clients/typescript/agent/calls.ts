import { isRecord, PassingProblem, Problem, problemOf, unreachable } from '../client/problem.ts';
import { PASSING } from '../client/token.ts';
import type { Account } from './account.ts';
import { Backoff, pause } from './backoff.ts';

/** A call is given up after so many tries. */
const MOST_TRIES = 6;
/** A server that asks for a longer wait is not waited for, s. */
const LONGEST_WAIT_S = 60;
/** Time for an answer, beside what the server was asked to wait, ms. */
const ANSWER_MS = 30_000;

/** One call, which may be repeated: repeating it takes effect once. */
export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /**
   * The query of a GET, the body of a POST, without those that are undefined. Asked for once the account is
   * loaded.
   */
  readonly fields: () => Readonly<Record<string, unknown>>;
  /** How long the server was asked to wait, ms. */
  readonly parkedMs?: number;
  readonly signal?: AbortSignal;
}

/** Calls to a server over HTTP: repeated where that may help, with another token where that is what is wrong. */
export class Calls {
  readonly #baseUrl: string;
  readonly #account: Account;
  readonly #closed: AbortSignal;

  /** @param closed ends every call */
  constructor(baseUrl: string, account: Account, closed: AbortSignal) {
    this.#baseUrl = baseUrl;
    this.#account = account;
    this.#closed = closed;
  }

  /** @throws {Problem} with the server's code; the signal's reason where that ended it */
  async call<Answer>(call: Call): Promise<Answer> {
    const signal = call.signal ? AbortSignal.any([this.#closed, call.signal]) : this.#closed;
    const backoff = new Backoff(250, 8_000);
    for (let tries = 1; ; tries++) {
      try {
        return (await this.#withToken(call, signal)) as Answer;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PassingProblem) || tries === MOST_TRIES) throw error;
        const { retry_after_s: askedS } = error.details;
        if (Number(askedS) > LONGEST_WAIT_S) throw error;
        await pause(Math.max(backoff.next(), typeof askedS === 'number' ? askedS * 1_000 : 0), signal);
      }
    }
  }

  /** A token may have expired meanwhile; one that was just taken has not. */
  async #withToken(call: Call, signal: AbortSignal): Promise<unknown> {
    await this.#account.load();
    const { token } = this.#account;
    try {
      return await this.#once(call, token, signal);
    } catch (error) {
      if (!(error instanceof Problem && error.details['status'] === 401)) throw error;
      await this.#account.renew(token);
      return this.#once(call, this.#account.token, signal);
    }
  }

  async #once(call: Call, token: string | undefined, signal: AbortSignal): Promise<unknown> {
    const { method, path, fields, parkedMs = 0 } = call;
    const given = Object.entries(fields()).filter(([, value]) => value !== undefined);
    const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
    const url = `${this.#baseUrl}${path}${method === 'GET' && given.length > 0 ? `?${query.toString()}` : ''}`;
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    };
    const body = method === 'POST' ? { body: JSON.stringify(Object.fromEntries(given)) } : {};
    const ends = AbortSignal.any([signal, AbortSignal.timeout(parkedMs + ANSWER_MS)]);
    try {
      const answer = await fetch(url, { method, headers, ...body, signal: ends });
      return readAnswer(answer, await answer.text());
    } catch (error) {
      // Whatever else fails there is the connection, before the answer or in the middle of it.
      throw error instanceof Problem ? error : unreachable(this.#baseUrl, error);
    }
  }
}

function readAnswer(answer: Response, text: string): Readonly<Record<string, unknown>> {
  const body = parsed(text);
  if (answer.ok && isRecord(body)) return body;
  const { status } = answer;
  const told = problemOf(body);
  const { code, message, next } = told ?? {
    code: 'BAD_ANSWER',
    message: `The server answered with HTTP status ${status}.`,
    next: 'Check that serverUrl names an MCP Multiplayer server.',
  };
  const seconds = Number.parseFloat(answer.headers.get('retry-after') ?? '');
  const details = { ...told?.details, status, ...(seconds >= 0 ? { retry_after_s: seconds } : {}) };
  // A full inbox or a quota is 429 as well, but no wait is known that would end it.
  const isPassing = PASSING.has(status) && (status !== 429 || seconds >= 0);
  throw new (isPassing ? PassingProblem : Problem)(code, message, next, details);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
