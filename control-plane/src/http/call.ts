import type { ServerResponse } from 'node:http';
import type { Handlers } from '../channels/handlers.ts';
import type { OperationName } from '../channels/operations/index.ts';
import { OPERATIONS } from '../channels/operations/index.ts';
import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import type { Json, JsonObject } from '../kernel/json/value.ts';
import type { CallContext, Operation } from '../kernel/operation.ts';
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
export function invoker(handlers: Handlers): Invoke {
  const byName = new Map(OPERATIONS.map(({ name }) => [name as string, handlers[name as OperationName]]));
  return async (operation, caller, input, context) => {
    const handler = byName.get(operation.name) as AnyHandler;
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
