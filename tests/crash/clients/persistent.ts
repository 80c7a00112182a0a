import { setTimeout as pause } from 'node:timers/promises';
import { problemOf } from '../../../clients/typescript/client/problem.ts';
import type { Answer, Arguments, ToolName } from '../../../clients/typescript/client/tools.ts';
import type { SeededRandom } from '../../../bench/mix/random.ts';

const CALL_LIMIT_MS = 20_000;
const MOST_PAUSE_MS = 400;
/** A call that got no answer for so long from any server is not going to get one. */
const GIVE_UP_MS = 180_000;

/** Refusals that hold for now only: the same call, asked again, may do. */
export const FOR_NOW: ReadonlySet<string> = new Set([
  ...['STORE_UNAVAILABLE', 'SERVER_STOPPING', 'SANDBOX_UNAVAILABLE', 'CAPACITY'],
  ...['BOT_BUSY', 'LOOP_GUARD', 'RATE_LIMITED', 'INBOX_FULL'],
]);

const READS: ReadonlySet<ToolName> = new Set(['sync_messages', 'get_channel_info', 'list_channels']);

/** A call was refused for good, by its code. */
export class RefusedError extends Error {
  readonly code: string;
  /** False where an earlier try had no answer: nobody can tell what became of that one. */
  readonly isFirstTry: boolean;
  constructor(code: string, message: string, isFirstTry = true) {
    super(`${code}: ${message}`);
    this.code = code;
    this.isFirstTry = isFirstTry;
  }
}

/** A request of the HTTP API. */
export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Fields of the query, or of the body. */
  readonly args: Readonly<Record<string, unknown>>;
}

export interface PersistentOptions {
  readonly token: string;
  /** Where servers are, or will be again. */
  readonly urls: readonly string[];
  readonly random: SeededRandom;
  /** Told of what no server may do, such as an INTERNAL error. */
  readonly onViolation: (what: string) => void;
  readonly count: { refusals: number; retries: number };
}

/** An account that asks until it is answered, at whichever server answers. */
export class Persistent {
  readonly #options: PersistentOptions;
  #at: number;

  constructor(options: PersistentOptions) {
    this.#options = options;
    this.#at = options.random.below(options.urls.length);
  }

  /** @throws {RefusedError} where the server refused for good */
  call<Name extends ToolName>(name: Name, args: Arguments<Name>): Promise<Answer<Name>> {
    return this.request({ method: READS.has(name) ? 'GET' : 'POST', path: `/${name}`, args });
  }

  /** @throws {RefusedError} where the server refused for good */
  async request<T>(request: Request): Promise<T> {
    const { random, urls, count } = this.#options;
    let isFirstTry = true;
    for (const deadline = performance.now() + GIVE_UP_MS; performance.now() < deadline; isFirstTry = false) {
      // Now and then at another one, without a need.
      if (random.next() < 0.1) this.#at = random.below(urls.length);
      const answer = await this.#ask(request, isFirstTry);
      if (answer !== undefined) return answer as T;
      count.retries++;
      this.#at = (this.#at + 1) % urls.length;
      await pause(random.below(MOST_PAUSE_MS));
    }
    throw new Error(`${request.path} had no answer for ${GIVE_UP_MS / 1_000} s.`);
  }

  /** One try: undefined when nobody can tell what became of it. */
  async #ask({ method, path, args }: Request, isFirstTry: boolean): Promise<unknown> {
    const { token, urls, onViolation, count } = this.#options;
    const address = new URL(path, urls[this.#at]);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(CALL_LIMIT_MS);
    let answer: { status: number; body: unknown };
    try {
      if (method === 'GET')
        for (const [field, value] of Object.entries(args)) address.searchParams.set(field, String(value));
      const init = method === 'GET' ? {} : { method, body: JSON.stringify(args) };
      const response = await fetch(address, { ...init, headers, signal });
      answer = { status: response.status, body: await response.json() };
    } catch {
      return undefined;
    }
    if (answer.status < 400) return answer.body;
    const { code = 'UNKNOWN', message = '' } = problemOf(answer.body) ?? {};
    count.refusals++;
    if (FOR_NOW.has(code)) return undefined;
    if (answer.status >= 500) onViolation(`${path} answered ${answer.status} ${code}`);
    throw new RefusedError(code, message, isFirstTry);
  }
}
