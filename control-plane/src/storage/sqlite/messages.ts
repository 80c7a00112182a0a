import type { Failure } from './failure.ts';
import type { OperationName } from './operations.ts';

/** One call. Tuples, because they are the cheapest thing to clone between threads. */
export type Request = readonly [id: number, name: OperationName, args: readonly unknown[]];

/** What one call came to: a value, or why there is none. */
export type Answer = readonly [id: number, value: unknown, failure?: Failure];

/** To the worker: calls made in one turn of the event loop, or the wish to end. */
export type ToWorker = readonly Request[] | 'close';

export type FromWorker =
  | { readonly type: 'opened' }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'answers'; readonly answers: readonly Answer[] }
  | { readonly type: 'fatal'; readonly reason: string };
