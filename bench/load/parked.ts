import type { Seat } from '../channels.ts';
import type { Edge } from '../edges.ts';
import { getRequest, postRequest, RawConnection } from './raw-connection.ts';

/** Longer than anything here takes to park; the most that the server allows. */
const PARK_MS = 45_000;
/** Connections opened at a time where not all are to come at once. */
const STEP = 250;

export interface ParkedOptions {
  readonly url: string;
  readonly token: string;
  readonly edge: Edge;
}

/** A sync with a cursor, as bytes. */
function syncRequest(
  { url, token, edge }: ParkedOptions,
  seat: Seat,
  cursor: number,
  timeoutMs: number,
): Buffer {
  const args = { ...seat, cursor, timeout_ms: timeoutMs };
  if (edge === 'REST') {
    const query = new URLSearchParams(
      Object.entries(args).map(([name, value]): [string, string] => [name, String(value)]),
    );
    return getRequest(url, `/sync_messages?${query.toString()}`, token);
  }
  const call = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'sync_messages', arguments: args },
  };
  const headers = 'accept: application/json, text/event-stream\r\nmcp-protocol-version: 2025-11-25\r\n';
  return postRequest(url, '/mcp', token, call, headers);
}

/** A client that waits: its connection, its seat, and how far it has read. */
export class ParkedClient implements Disposable {
  readonly seat: Seat;
  readonly #options: ParkedOptions;
  readonly #connection: RawConnection;
  cursor: number;

  private constructor(options: ParkedOptions, connection: RawConnection, seat: Seat, cursor: number) {
    this.#options = options;
    this.#connection = connection;
    this.seat = seat;
    this.cursor = cursor;
  }

  static async connect(options: ParkedOptions, seat: Seat, cursor: number): Promise<ParkedClient> {
    return new ParkedClient(options, await RawConnection.open(options.url), seat, cursor);
  }

  /** Waits for what comes after its cursor. @returns the ids of the messages that came */
  async sync(timeoutMs = PARK_MS): Promise<readonly number[]> {
    const answer = await this.#connection.send(syncRequest(this.#options, this.seat, this.cursor, timeoutMs));
    const text = answer.toString();
    // The answer's own ids alone: `"id":` of a message stands before its channel's.
    const plain = text.replaceAll('\\"', '"');
    const ids = [...plain.matchAll(/"id":(\d+),"channel_id"/g)].map(([, id]) => Number(id));
    this.cursor = Number(/"cursor":(\d+)/.exec(plain)?.[1] ?? this.cursor);
    return [...new Set(ids)];
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }
}

/** Opens many clients, spread over the seats; not all at once. */
export async function connectMany(
  options: ParkedOptions,
  seats: readonly { readonly seat: Seat; readonly head: number }[],
  count: number,
): Promise<readonly ParkedClient[]> {
  const clients: ParkedClient[] = [];
  while (clients.length < count) {
    const step = Array.from({ length: Math.min(STEP, count - clients.length) }, (_, n) => {
      const { seat, head } = seats[(clients.length + n) % seats.length] as (typeof seats)[number];
      return ParkedClient.connect(options, seat, head);
    });
    clients.push(...(await Promise.all(step)));
  }
  return clients;
}
