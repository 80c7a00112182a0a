import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { BatchRunner, type BatchResult } from './batch.ts';
import { type DatabaseOptions, openDatabase } from './database.ts';
import type { FromWorker, Request, ToWorker } from './messages.ts';
import { prepareOperations } from './operations.ts';

/*
 * Owns the only connection. Whatever has arrived by the time a batch is over is the next batch, so the
 * more callers wait, the more of them share one fsync.
 */
function serve(port: NonNullable<typeof parentPort>): void {
  const post = (message: FromWorker) => port.postMessage(message);
  const db = openDatabase(workerData as DatabaseOptions);
  const runner = new BatchRunner(db, prepareOperations(db));
  let dead = false;

  const answer = ({ answers, fatal }: BatchResult) => {
    post({ type: 'answers', answers });
    if (fatal === undefined) return;
    dead = true;
    post({ type: 'fatal', reason: fatal });
  };
  port.on('message', (first: ToWorker) => {
    const { requests, close } = drain(port, first);
    const { reads = [], writes = [] } = Object.groupBy(requests, (request) =>
      runner.isRead(request) ? 'reads' : 'writes',
    );
    // Reads first: they need not wait for the disk. After a fatal failure the port's owner answers.
    if (!dead && reads.length > 0) answer(runner.read(reads));
    if (!dead && writes.length > 0) answer(runner.write(writes));
    if (!close) return;
    db.close();
    port.close();
  });
  post({ type: 'opened' });
}

/** `first` and everything else that waits in the port's queue. */
function drain(
  port: NonNullable<typeof parentPort>,
  first: ToWorker,
): { requests: Request[]; close: boolean } {
  const requests: Request[] = [];
  for (let message: ToWorker | undefined = first; message !== undefined; ) {
    if (message === 'close') return { requests, close: true };
    requests.push(...message);
    message = receiveMessageOnPort(port)?.message as ToWorker | undefined;
  }
  return { requests, close: false };
}

if (parentPort === null) throw new Error('This module runs as a worker thread.');
try {
  serve(parentPort);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  parentPort.postMessage({ type: 'refused', message } satisfies FromWorker);
}
