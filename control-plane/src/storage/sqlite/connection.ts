import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { CodedError } from '../../kernel/errors.ts';
import type { DatabaseOptions } from './database.ts';
import type { Failure } from './failure.ts';
import type { Answer, FromWorker, Request, ToWorker, WorkerStart } from './messages.ts';
import type { OperationName, OperationTable } from './operations.ts';

type Value<Name extends OperationName> = ReturnType<OperationTable[Name]>;

/** A call that has not been answered. */
interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** This thread's end of the worker that owns the database. */
export class Connection {
  readonly #worker: Worker;
  readonly #bell: Int32Array;
  readonly #onFatal: (error: Error) => void;
  readonly #waiting = new Map<number, Waiting>();
  #outbox: Request[] = [];
  #lastId = 0;
  #state: 'open' | 'closing' | 'dead' = 'open';

  private constructor(worker: Worker, bell: Int32Array, onFatal: (error: Error) => void) {
    this.#worker = worker;
    this.#bell = bell;
    this.#onFatal = onFatal;
    worker.on('message', (message: FromWorker) => this.#receive(message));
    worker.on('error', (error) => this.#die(`the worker failed: ${String(error)}`));
    worker.on('exit', () => this.#die('the worker ended'));
  }

  /** @throws {CodedError} STORE_UNAVAILABLE when the database is refused. */
  static async start(options: DatabaseOptions, onFatal: (error: Error) => void): Promise<Connection> {
    const bell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const workerData: WorkerStart = { database: options, bell };
    // Flags of this process (loaders, inspectors) are not for the worker.
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData, execArgv: [] });
    const [message] = (await once(worker, 'message')) as [FromWorker];
    if (message.type === 'opened') return new Connection(worker, bell, onFatal);
    await worker.terminate();
    throw new CodedError('STORE_UNAVAILABLE', {
      message: message.type === 'refused' ? message.message : 'The store did not open.',
    });
  }

  /** Calls made in one turn of the event loop, whatever requests they come from, travel as one message. */
  call<Name extends OperationName>(
    name: Name,
    ...args: Parameters<OperationTable[Name]>
  ): Promise<Value<Name>> {
    if (this.#state !== 'open') return Promise.reject(unavailable(`the store is ${this.#state}`));
    const id = ++this.#lastId;
    if (this.#outbox.push([id, name, args]) === 1) setImmediate(() => this.#flush());
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Lets every call that was made finish, then closes the database. */
  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#flush();
      this.#state = 'closing';
      this.#send('close');
    }
    if (this.#state === 'dead') await this.#worker.terminate();
    else await once(this.#worker, 'exit');
  }

  #flush(): void {
    const requests = this.#outbox;
    this.#outbox = [];
    if (requests.length === 0 || this.#state !== 'open') return;
    try {
      this.#send(requests);
    } catch (error) {
      // An argument that cannot be cloned is our own mistake; the calls that travel with it are told.
      const failure = { kind: 'bug', reason: String(error) } as const;
      for (const [id] of requests) this.#settle([id, undefined, failure]);
    }
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }

  #receive(message: FromWorker): void {
    if (message.type === 'answers') for (const answer of message.answers) this.#settle(answer);
    else if (message.type === 'fatal') this.#die(message.reason);
  }

  #settle([id, value, failure]: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure) waiting?.reject(toError(failure));
    else waiting?.resolve(value as never);
  }

  #die(reason: string): void {
    const wasOpen = this.#state === 'open';
    this.#state = 'dead';
    for (const { reject } of this.#waiting.values()) reject(unavailable(reason));
    this.#waiting.clear();
    if (wasOpen) this.#onFatal(new Error(`The store cannot go on: ${reason}`));
  }
}

function toError({ kind, reason }: Failure): Error {
  return kind === 'unavailable' ? unavailable(reason) : new Error(`The store was misused: ${reason}`);
}

function unavailable(reason: string): CodedError {
  return new CodedError('STORE_UNAVAILABLE', {}, { cause: new Error(reason) });
}
