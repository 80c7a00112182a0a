import type { DatabaseOptions } from './database.ts';
import type { Failure } from './failure.ts';
import type { OperationName } from './operations.ts';

/** One call. Tuples, because they are the cheapest thing to clone between threads. */
export type Request = readonly [id: number, name: OperationName, args: readonly unknown[]];

/** What one call came to: a value, or why there is none. */
export type Answer = readonly [id: number, value: unknown, failure?: Failure];

/** What the worker starts with. The main thread rings the bell (adds 1 and notifies) after each message. */
export interface WorkerStart {
  readonly database: DatabaseOptions;
  readonly bell: Int32Array<SharedArrayBuffer>;
}

/** To the worker: calls made in one turn of the event loop, or the wish to end. */
export type ToWorker = readonly Request[] | 'close';

export type FromWorker =
  | { readonly type: 'opened' }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'answers'; readonly answers: readonly Answer[] }
  | { readonly type: 'fatal'; readonly reason: string };
