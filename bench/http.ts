import { Agent, request } from 'node:http';

/** The one HTTP client of the benchmark, for our server and for its floors: kept-alive, nothing clever. */
export class HttpClient {
  readonly #origin: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(origin: string, token: string) {
    this.#origin = origin;
    this.#headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  }

  /** The whole body of the answer. @throws {Error} for any status but 200 */
  send(
    method: 'GET' | 'POST',
    path: string,
    body = '',
    headers: Record<string, string> = {},
  ): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const sent = request(this.#origin + path, {
      method,
      agent: this.#agent,
      headers: { ...this.#headers, ...headers, 'content-length': Buffer.byteLength(body) },
    });
    sent.on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`${method} ${path} answered ${answer.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
