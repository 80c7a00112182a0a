import type { ServerResponse } from 'node:http';
import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import type { Json, JsonObject } from '../kernel/json/value.ts';
import type { CallContext, Operation } from '../kernel/operation.ts';
import { ALL_OPERATIONS, type AllHandlers } from './operations.ts';
import { validate } from './validate.ts';

type AnyHandler = (caller: Caller | undefined, input: unknown, context: CallContext) => Promise<JsonObject>;

/** Validates an input and calls the service behind an operation. */
export type Invoke = (
  operation: Operation,
  caller: Caller | undefined,
  input: Json | undefined,
  context: CallContext,
) => Promise<JsonObject>;

/** The one way from an edge to the services. */
export function invoker(handlers: AllHandlers): Invoke {
  const byName = new Map(ALL_OPERATIONS.map(({ name }) => [name, handlers[name as keyof AllHandlers]]));
  return async (operation, caller, input, context) => {
    const handler = byName.get(operation.name) as unknown as AnyHandler;
    return await handler(caller, validate(operation, input), context);
  };
}

/** Signals of the calls under way, so that a stopping server can wake all that are parked. */
export class OpenCalls {
  readonly #open = new Set<AbortController>();

  /** A signal that aborts as soon as the client's connection closes without the whole answer. */
  signal(response: ServerResponse): AbortSignal {
    const controller = new AbortController();
    this.#open.add(controller);
    response.once('close', () => {
      this.#open.delete(controller);
      if (!response.writableFinished) controller.abort();
    });
    return controller.signal;
  }

  /** Aborts every call with SERVER_STOPPING as the reason. */
  stop(): void {
    for (const controller of this.#open) controller.abort(new CodedError('SERVER_STOPPING'));
  }
}
