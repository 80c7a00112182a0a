import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { BatchRunner, type BatchResult } from './batch.ts';
import { openDatabase } from './database.ts';
import { messageOf } from './failure.ts';
import type { FromWorker, Request, ToWorker, WorkerStart } from './messages.ts';
import { prepareOperations } from './operations.ts';

type Port = NonNullable<typeof parentPort>;

/*
 * Owns the only connection. Whatever has arrived by the time a batch is over is the next batch, so the
 * more callers wait, the more of them share one fsync. Between batches the thread sleeps on the bell:
 * waking from Atomics.wait is quicker than an event loop's turn, and this thread has nothing else to do.
 */
function serve(port: Port, { database, bell }: WorkerStart): void {
  const db = openDatabase(database);
  const runner = new BatchRunner(db, prepareOperations(db));
  post(port, { type: 'opened' });
  for (let open = true; open; ) {
    const rung = Atomics.load(bell, 0);
    const { requests, close } = drain(port);
    if (requests.length > 0 && !answer(port, runner, requests)) return;
    if (close) open = false;
    else if (requests.length === 0) Atomics.wait(bell, 0, rung);
  }
  db.close();
}

/** Runs a batch; false when the store cannot go on. */
function answer(port: Port, runner: BatchRunner, requests: readonly Request[]): boolean {
  const reads = requests.filter((request) => runner.isRead(request));
  const writes = requests.filter((request) => !runner.isRead(request));
  // Reads first: they need not wait for the disk.
  return tell(port, runner.read(reads)) && tell(port, runner.write(writes));
}

function tell(port: Port, { answers, fatal }: BatchResult): boolean {
  if (answers.length > 0) post(port, { type: 'answers', answers });
  if (fatal === undefined) return true;
  post(port, { type: 'fatal', reason: fatal });
  return false;
}

/** Everything that waits in the port's queue. */
function drain(port: Port): { requests: readonly Request[]; close: boolean } {
  const requests: Request[] = [];
  for (;;) {
    const message = receiveMessageOnPort(port)?.message as ToWorker | undefined;
    if (message === undefined) return { requests, close: false };
    if (message === 'close') return { requests, close: true };
    requests.push(...message);
  }
}

function post(port: Port, message: FromWorker): void {
  port.postMessage(message);
}

if (parentPort === null) throw new Error('This module runs as a worker thread.');
try {
  serve(parentPort, workerData as WorkerStart);
} catch (error) {
  post(parentPort, { type: 'refused', message: messageOf(error) });
}
