/** How a hook ended, as metrics count it. */
export type HookOutcome = 'ok' | 'bot_failed' | 'not_run';

/** Where a bot's container came from: its own, a blank one that waited, or one started for it. */
export type ClaimSource = 'held' | 'warm' | 'cold';

/** Why a hook or a container was ended. */
export type KillCause = 'timeout' | 'memory' | 'exit' | 'output' | 'residue' | 'lost';

/** What the services and edges tell an operator in numbers. Calls never throw and cost next to nothing. */
export interface Metrics {
  /** One answered HTTP request. `route` is the pattern, never the raw URL. */
  request(route: string, method: string, status: number, ms: number): void;
  /** One durable post of a member. */
  post(): void;
  /** One durable message of an agent, or the repetition of one: to one, or to all. */
  message(to: 'one' | 'all'): void;
  /** An agent's line is served; call what is returned with why it ended. */
  line(): (reason: string) => void;
  /** One finished hook run. */
  hook(outcome: HookOutcome, ms: number): void;
  /** A call parks; call what is returned when it wakes. */
  waiter(): () => void;
  /** A bot got a container, after so long. */
  claim(source: ClaimSource, ms: number): void;
  /** A container was started, or failed to. */
  containerStart(outcome: 'ok' | 'failed', ms: number): void;
  /** A hook was ended by the sandbox, or its container taken away. */
  kill(cause: KillCause): void;
  /** The kernel ended a process of a bot for want of memory. */
  outOfMemory(): void;
  /** A connection that a bot asked for has ended, with bytes that the bot received and sent. */
  egress(outcome: string, bytesIn: number, bytesOut: number): void;
  /** Registers where containers by state and waiting bots are read from, whenever someone looks. */
  containers(
    read: () => { readonly containers: Readonly<Record<string, number>>; readonly waiting: number },
  ): void;
}

/** Metrics that nobody reads. */
export const noMetrics: Metrics = {
  request() {},
  post() {},
  message() {},
  line: () => () => {},
  hook() {},
  waiter: () => () => {},
  claim() {},
  containerStart() {},
  kill() {},
  outOfMemory() {},
  egress() {},
  containers() {},
};
