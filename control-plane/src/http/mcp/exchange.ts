import type { Caller } from '../../identity/caller.ts';
import type { CodedError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json/value.ts';
import type { Invoke } from '../call.ts';

/** One HTTP request to the MCP edge: its message, who sent it, and what serves it. */
export interface Exchange {
  readonly caller: Caller;
  /** The JSON-RPC message as the strict parser read it. */
  readonly message: JsonObject;
  /** Aborts when the connection closes, in both eras. */
  readonly signal: AbortSignal;
  readonly invoke: Invoke;
  /** Turns anything thrown into a coded error, and logs what is not one. */
  report(error: unknown): CodedError;
}
