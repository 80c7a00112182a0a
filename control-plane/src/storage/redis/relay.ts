import { createClient } from 'redis';
import { withinMs } from '../../kernel/within.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Relay } from '../../log/relay.ts';

/** Streams that one message may name. */
const MAX_STREAMS = 500;
/** Messages that a Redis which answers nothing may have outstanding; what comes beyond them is lost. */
const MAX_UNANSWERED = 1_000;
const CONNECT_MS = 2_000;
const CLOSE_MS = 500;
const LAST_RETRY_MS = 2_000;

export interface RedisRelayOptions {
  /** `redis://` or `rediss://`; may hold a password, which is never logged. */
  readonly url: string;
  /** Of the store: servers of other stores may share the same Redis. */
  readonly storeId: string;
  /** Of this server: what it says itself it does not hear. */
  readonly serverId: string;
  readonly log: Logger;
}

type Client = ReturnType<typeof createClient>;

/** Wake-ups over the publish and subscribe commands of Redis or Valkey. */
export class RedisRelay implements Relay {
  readonly #topic: string;
  readonly #from: string;
  readonly #log: Logger;
  readonly #publisher: Client;
  readonly #subscriber: Client;
  /** Streams to tell of; what comes up in one turn of the event loop travels together. */
  readonly #outbox = new Set<string>();
  #told = false;
  #subscribed = false;
  #closed = false;

  constructor({ url, storeId, serverId, log }: RedisRelayOptions) {
    this.#topic = `mcp-multiplayer:${storeId}:wake`;
    this.#from = serverId;
    this.#log = log;
    this.#publisher = this.#client(url);
    this.#subscriber = this.#client(url);
    this.#connect(this.#publisher);
  }

  get connected(): boolean {
    return this.#publisher.isReady && this.#subscriber.isReady && this.#subscribed;
  }

  send(stream: string): void {
    this.#outbox.add(stream);
    if (this.#outbox.size === 1) setImmediate(() => this.#flush());
  }

  listen(listener: (stream: string) => void, onGap: () => void): void {
    const heard = (message: string) => {
      for (const stream of this.#read(message)) listener(stream);
    };
    // Once it is subscribed the client sees to that itself; until then each connection is another try.
    const ready = async () => {
      if (!this.#subscribed) await this.#subscriber.subscribe(this.#topic, heard);
      this.#subscribed = true;
      onGap();
    };
    this.#subscriber.on('ready', () => void ready().catch((error: unknown) => this.#trouble(error)));
    this.#connect(this.#subscriber);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#flush();
    if (this.#subscriber.isOpen) this.#subscriber.destroy();
    const { isReady } = this.#publisher;
    // What was just told may still be on its way; a Redis that holds it back is not waited for.
    if (isReady)
      await withinMs(CLOSE_MS, 'Closing Redis', () => this.#publisher.close()).catch(() => undefined);
    if (this.#publisher.isOpen) this.#publisher.destroy();
  }

  #flush(): void {
    const streams = [...this.#outbox];
    this.#outbox.clear();
    if (!this.#publisher.isReady) return;
    for (let at = 0; at < streams.length; at += MAX_STREAMS) {
      const message = JSON.stringify({ from: this.#from, streams: streams.slice(at, at + MAX_STREAMS) });
      this.#publisher.publish(this.#topic, message).catch(() => undefined);
    }
  }

  /** The streams that a message of another server names; none for a message that is not one of ours. */
  #read(message: string): readonly string[] {
    try {
      const { from, streams } = JSON.parse(message) as { from?: unknown; streams?: unknown };
      if (from === this.#from || !Array.isArray(streams)) return [];
      return streams.filter((stream) => typeof stream === 'string').slice(0, MAX_STREAMS);
    } catch {
      return [];
    }
  }

  #client(url: string): Client {
    const reconnectStrategy = (retries: number) => Math.min(50 * 2 ** Math.min(retries, 10), LAST_RETRY_MS);
    const client = createClient({
      url,
      disableOfflineQueue: true,
      commandsQueueMaxLength: MAX_UNANSWERED,
      socket: { connectTimeout: CONNECT_MS, reconnectStrategy },
      pingInterval: 10_000,
    });
    client.on('error', (error: unknown) => this.#trouble(error));
    client.on('ready', () => {
      if (this.#told) this.#log.info({}, 'Redis answers again');
      this.#told = false;
    });
    return client as Client;
  }

  /** Connects in the background: a server starts, and serves, without Redis too. */
  #connect(client: Client): void {
    client.connect().catch((error: unknown) => this.#trouble(error));
  }

  /** One line for each outage. */
  #trouble(error: unknown): void {
    if (this.#told || this.#closed) return;
    this.#told = true;
    const reason = error instanceof Error ? error.message || error.name : 'unknown';
    this.#log.warn({ reason }, 'Redis is away: wake-ups from other servers come later');
  }
}
