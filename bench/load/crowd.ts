import type { Seat } from '../channels.ts';
import type { Edge } from '../edges.ts';
import { getRequest, postRequest, RawConnection } from './raw-connection.ts';

/** The longest that a sync may wait, ms. */
const LONGEST_MS = 45_000;
/** Clients that open a connection at the same moment while a crowd gathers. */
const AT_ONCE = 100;

/** One client: where it reads, and what it has read. */
export interface Member {
  readonly seat: Seat;
  readonly cursor: number;
}

/** Where a crowd goes. */
export interface Door {
  readonly edge: Edge;
  readonly url: string;
  readonly token: string;
}

/** Clients that wait for messages, each on a connection of its own. */
export class Crowd implements Disposable {
  readonly #connections = new Set<RawConnection>();
  readonly #answers: Promise<Buffer>[] = [];

  /** Connects some at a time, and sends each client's sync. Resolves when all are sent. */
  static async gather(door: Door, members: readonly Member[]): Promise<Crowd> {
    const crowd = new Crowd();
    const queue = members.values();
    const come = async () => {
      for (const member of queue) await crowd.#enter(door, member);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, come));
    return crowd;
  }

  /** All at the same moment. @returns what each came to: its answer, or the error */
  static async rush(door: Door, members: readonly Member[]): Promise<PromiseSettledResult<Buffer>[]> {
    return Promise.allSettled(
      members.map(async (member) => {
        using connection = await RawConnection.open(door.url);
        return await connection.send(syncRequest(door, member));
      }),
    );
  }

  /** The answers, in no order; each comes once the server has something to tell. */
  get answers(): readonly Promise<Buffer>[] {
    return this.#answers;
  }

  /** Closes every connection, answered or not. */
  [Symbol.dispose](): void {
    for (const connection of this.#connections) connection[Symbol.dispose]();
  }

  async #enter(door: Door, member: Member): Promise<void> {
    const connection = await RawConnection.open(door.url);
    this.#connections.add(connection);
    const answer = connection.send(syncRequest(door, member));
    answer.catch(() => undefined);
    this.#answers.push(answer);
  }
}

/** The ids of the messages in an answer, REST's or MCP's. */
export function messageIds(answer: Buffer): number[] {
  // In MCP's text content the quotes are escaped.
  return Array.from(answer.toString().matchAll(/[^\\]"id":(\d+),"channel_id"/g), ([, id]) => Number(id));
}

function syncRequest({ edge, url, token }: Door, { seat, cursor }: Member): Buffer {
  const input = { ...seat, cursor, timeout_ms: LONGEST_MS };
  if (edge === 'REST') {
    const query = new URLSearchParams(Object.entries(input).map(([name, value]) => [name, String(value)]));
    return getRequest(url, `/sync_messages?${query}`, token);
  }
  const params = { name: 'sync_messages', arguments: input };
  return postRequest(
    url,
    '/mcp',
    token,
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
    'accept: application/json, text/event-stream\r\nmcp-protocol-version: 2025-11-25\r\n',
  );
}
