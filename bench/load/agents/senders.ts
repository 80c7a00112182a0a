import { postRequest, RawConnection } from '../raw-connection.ts';
import { type Commands, type Sending, sharedNow, type Target } from './protocol.ts';

/** Connections that a steady rate goes over: more than are ever in use at once where the server keeps up. */
const PACED_CONNECTIONS = 200;

/** Sends as many to each as fast as the server answers. @returns ms */
export async function flood({
  connections: count,
  each,
  ...sending
}: Commands['flood']['in']): Promise<number> {
  using stack = new DisposableStack();
  const connections = await openMany(stack, sending.url, count);
  const total = each * sending.to.length;
  let next = 0;
  const start = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (next < total) await connection.send(message(sending, next++, sharedNow()));
    }),
  );
  return performance.now() - start;
}

/** Sends at a steady rate: what waits for a connection counts as late from when it was due. @returns ms */
export async function pace({ perSecond, each, ...sending }: Commands['pace']['in']): Promise<number> {
  using stack = new DisposableStack();
  const free = await openMany(stack, sending.url, PACED_CONNECTIONS);
  const total = each * sending.to.length;
  const due: number[] = [];
  const answers: Promise<void>[] = [];
  let sent = 0;
  const start = sharedNow();
  const go = () => {
    while (due.length > 0 && free.length > 0) {
      const [at, connection] = [due.shift() ?? 0, free.pop() as RawConnection];
      const answer = connection.send(message(sending, sent++, at)).then(() => {
        free.push(connection);
        go();
      });
      answers.push(answer);
    }
  };
  const { promise, resolve } = Promise.withResolvers<void>();
  let planned = 0;
  const timer = setInterval(() => {
    const until = Math.min(total, Math.floor(((sharedNow() - start) / 1_000) * perSecond));
    for (; planned < until; planned++) due.push(start + (planned * 1_000) / perSecond);
    go();
    if (sent === total) resolve();
  }, 1);
  await promise;
  clearInterval(timer);
  await Promise.all(answers);
  return sharedNow() - start;
}

/** Sends one message to all. @returns ms until it was answered */
export async function broadcast({ from, ...target }: Commands['broadcast']['in']): Promise<number> {
  using connection = await RawConnection.open(target.url);
  const start = performance.now();
  await connection.send(message({ ...target, from: [from], to: ['ALL'] }, 0, sharedNow()));
  return performance.now() - start;
}

async function openMany(stack: DisposableStack, url: string, count: number): Promise<RawConnection[]> {
  const connections: RawConnection[] = [];
  for (let n = 0; n < count; n++) connections.push(stack.use(await RawConnection.open(url)));
  return connections;
}

/** The n-th message: senders and recipients take turns, at different speeds, so that all write to all. */
function message({ url, token, from, to }: Sending & Target, n: number, at: number): Buffer {
  const sender = from[(n + Math.floor(n / to.length)) % from.length];
  const recipient = to[n % to.length];
  const body = { from: sender, to: recipient, message: { type: 'ping', sent: at, text: 'a word' } };
  return postRequest(url, '/api/v1/messages', token, body);
}
