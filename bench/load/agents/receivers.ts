import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { summarize } from '../../sampling.ts';
import { type Commands, type Received, sharedNow } from './protocol.ts';

const HEARTBEAT_MS = 30_000;
/** What has not come by then does not come, ms. */
const GIVE_UP_MS = 120_000;
/** Times are taken as messages come, not when somebody looks. */
const LOOK_MS = 20;

/** What one agent has received since it was last asked, or cut. */
interface Inbox {
  readonly ids: Set<string>;
  repeated: number;
}

/** Many agents on sockets. Each acknowledges each message, as the simplest client does, and sends heartbeats. */
export class Receivers {
  readonly #inboxes = new Map<string, Inbox>();
  #sockets: WebSocket[] = [];
  #times: number[] = [];
  #latest = 0;

  /** @returns ms until all are connected */
  async connect({ url, token, agents, step }: Commands['connect']['in']): Promise<number> {
    const start = performance.now();
    const options = { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false };
    for (let from = 0; from < agents.length; from += step)
      await Promise.all(
        agents.slice(from, from + step).map(async (agent_id) => {
          const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/${agent_id}`, options);
          this.#sockets.push(socket);
          const inbox = this.#inboxes.get(agent_id) ?? { ids: new Set(), repeated: 0 };
          this.#inboxes.set(agent_id, inbox);
          socket.on('message', (data) => this.#take(socket, inbox, (data as Buffer).toString()));
          await once(socket, 'open');
          this.#beat(socket);
        }),
      );
    return performance.now() - start;
  }

  async receive({ each }: Commands['receive']['in']): Promise<Received> {
    const start = sharedNow();
    const isLacking = () => [...this.#inboxes.values()].filter(({ ids }) => ids.size < each).length;
    while (isLacking() > 0 && sharedNow() - start < GIVE_UP_MS) await pause(LOOK_MS);
    const { p50, p99, count } = summarize(Float64Array.from(this.#times));
    const inboxes = [...this.#inboxes.values()];
    const received = {
      count,
      ms: Math.max(0, this.#latest - start),
      p50,
      p99,
      most: Math.max(...this.#times.slice(-100_000)),
      repeated: inboxes.reduce((sum, { repeated }) => sum + repeated, 0),
      lacking: isLacking(),
    };
    this.#times = [];
    for (const inbox of inboxes) {
      inbox.ids.clear();
      inbox.repeated = 0;
    }
    return received;
  }

  async cut(): Promise<number> {
    const sockets = this.#sockets;
    this.#sockets = [];
    this.#inboxes.clear();
    for (const socket of sockets) socket.removeAllListeners('message').terminate();
    return sockets.length;
  }

  #take(socket: WebSocket, inbox: Inbox, text: string): void {
    const { message_id, message, cursor } = JSON.parse(text);
    if (message_id === undefined) return;
    this.#latest = sharedNow();
    this.#times.push(this.#latest - message.sent);
    if (inbox.ids.has(message_id)) inbox.repeated++;
    inbox.ids.add(message_id);
    socket.send(`{"type":"ack","cursor":"${cursor}"}`);
  }

  #beat(socket: WebSocket): void {
    // Spread over the time between two, as those of agents that came one by one are.
    const first = setTimeout(() => {
      const timer = setInterval(() => socket.send('{"type":"heartbeat"}'), HEARTBEAT_MS);
      socket.once('close', () => clearInterval(timer));
    }, Math.random() * HEARTBEAT_MS);
    socket.once('close', () => clearTimeout(first));
  }
}
