import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One connection that sends requests made beforehand, one at a time: the load of many clients must cost
 * less than what is measured. Reads answers with a content-length or in chunks, and only their status.
 */
export class RawConnection implements Disposable {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting:
    | { readonly resolve: (answer: Buffer) => void; readonly reject: (error: Error) => void }
    | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('The connection was closed.')));
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname: host, port } = new URL(url);
    const socket = connect({ host, port: Number(port) });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** Sends a whole request. @returns the whole answer, once it has arrived. @throws for any status but 200 */
  async send(request: Buffer): Promise<Buffer> {
    const answer = await new Promise<Buffer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
    if (answer.subarray(9, 12).toString('latin1') === '200') return answer;
    throw new Error(answer.toString().slice(0, 400));
  }

  [Symbol.dispose](): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = endOf(this.#received);
    if (end === undefined) return;
    const answer = this.#received.subarray(0, end);
    this.#received = this.#received.subarray(end);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(answer);
  }
}

/** Where the first answer ends, undefined while it is not whole. */
function endOf(received: Buffer): number | undefined {
  const head = received.indexOf(HEAD_END);
  if (head < 0) return undefined;
  const start = head + HEAD_END.length;
  const text = received.toString('latin1', 0, head).toLowerCase();
  const at = text.indexOf('content-length: ');
  if (at >= 0) {
    const end = start + Number.parseInt(text.slice(at + 'content-length: '.length), 10);
    return received.length >= end ? end : undefined;
  }
  const last = received.indexOf('\r\n0\r\n\r\n', start - 2, 'latin1');
  return last < 0 ? undefined : last + '\r\n0\r\n\r\n'.length;
}

/** A POST of JSON, as bytes. */
export function postRequest(url: string, path: string, token: string, body: object, headers = ''): Buffer {
  const text = JSON.stringify(body);
  const { host } = new URL(url);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n` +
      `content-type: application/json\r\n${headers}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}

/** A GET, as bytes. */
export function getRequest(url: string, path: string, token: string): Buffer {
  const { host } = new URL(url);
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n\r\n`);
}
