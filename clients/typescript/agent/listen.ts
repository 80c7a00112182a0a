import { isRecord, PassingProblem, Problem, problemOf } from '../client/problem.ts';
import type { Presence } from './answers.ts';
import { Backoff, pause } from './backoff.ts';
import { closingProblem, UNAUTHORIZED } from './closings.ts';
import { Connection } from './connection.ts';
import type { Handled } from './handled.ts';
import type { AgentMessage, Pushed } from './messages.ts';

/** Told of each message; the message is acknowledged when this has returned. */
export type Handler = (message: AgentMessage) => unknown;

export interface ListenOptions {
  /** Ends listening after the message that is being handled. */
  readonly signal?: AbortSignal;
  /** Told of peers that come and go. */
  readonly onPresence?: (presence: Presence) => void;
  /** Told why there will be another connection. */
  readonly onReconnect?: (problem: Problem) => void;
}

/** What listening stands on. */
export interface Listening {
  /** Where the next connection goes; with a ticket that works once. @throws {Problem} */
  readonly address: (signal: AbortSignal) => Promise<string>;
  /** Takes another token. @throws {Problem} */
  readonly renew: () => Promise<void>;
  readonly handled: Handled;
  readonly signal: AbortSignal;
}

/**
 * Hands out messages, one after the other, over as many connections as that takes.
 *
 * @throws {Problem} where another connection does not help; whatever the handler throws
 */
export async function listen(parts: Listening, handler: Handler, options: ListenOptions): Promise<void> {
  const { signal } = parts;
  if (typeof WebSocket === 'undefined')
    throw new Problem('LOCAL', 'There is no WebSocket here.', 'Run this on Node 22 or newer, or use read.');
  const backoff = new Backoff(500, 30_000);
  while (!signal.aborted) {
    const problem = await listenOnce(parts, handler, options, () => backoff.reset());
    if (!problem || signal.aborted) return;
    options.onReconnect?.(problem);
    await pause(backoff.next(), signal).catch(() => undefined);
  }
}

/** @returns why there is to be another connection; undefined where the signal ended this one */
async function listenOnce(
  parts: Listening,
  handler: Handler,
  { onPresence }: ListenOptions,
  onFrame: () => void,
): Promise<Problem | undefined> {
  const { handled, signal } = parts;
  const address = await passing(parts.address(signal), signal);
  if (typeof address !== 'string') return address;
  await using connection = new Connection(address, signal);
  for (;;) {
    const next = await connection.next();
    if (signal.aborted) return undefined;
    if (typeof next !== 'string') return await ended(next.code, closingProblem(next), parts);
    const frame = parsed(next);
    if (!frame || frame['type'] === 'error') return refused(frame);
    onFrame();
    if (isPushed(frame)) {
      const { cursor, ...message } = frame;
      if (!handled.has(message.message_id)) await handler(message);
      handled.add(message.message_id);
      connection.acknowledge(cursor);
    } else if (frame['type'] === 'presence') onPresence?.(frame as unknown as Presence);
  }
}

/** What a promise resolves to; a problem that passes is a value as well. */
async function passing<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | Problem | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (signal.aborted) return undefined;
    if (error instanceof PassingProblem) return error;
    throw error;
  }
}

async function ended(code: number, problem: Problem, { renew, signal }: Listening): Promise<Problem> {
  if (code === UNAUTHORIZED) return (await passing(renew(), signal)) ?? problem;
  if (problem instanceof PassingProblem) return problem;
  throw problem;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const frame: unknown = JSON.parse(text);
    return isRecord(frame) ? frame : undefined;
  } catch {
    return undefined;
  }
}

/** What this client says is always valid: an error is the server's trouble, and so is what nobody can read. */
function refused(frame: Record<string, unknown> | undefined): Problem {
  return problemOf(frame) ?? new PassingProblem('BAD_ANSWER', 'The server sent no frame.', 'Connect again.');
}

/** Nothing else has a message_id. */
function isPushed(frame: Record<string, unknown>): frame is Record<string, unknown> & Pushed {
  return typeof frame['message_id'] === 'string' && typeof frame['cursor'] === 'string';
}
