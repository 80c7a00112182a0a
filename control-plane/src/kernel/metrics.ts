/** How a hook ended, as metrics count it. */
export type HookOutcome = 'ok' | 'bot_failed' | 'not_run';

/** What the services and edges tell an operator in numbers. Calls never throw and cost next to nothing. */
export interface Metrics {
  /** One answered HTTP request. `route` is the pattern, never the raw URL. */
  request(route: string, method: string, status: number, ms: number): void;
  /** One durable post of a member. */
  post(): void;
  /** One finished hook run. */
  hook(outcome: HookOutcome, ms: number): void;
  /** A call parks; call what is returned when it wakes. */
  waiter(): () => void;
  /** Registers where containers by state are read from, whenever someone looks. */
  containers(read: () => Readonly<Record<string, number>>): void;
}

/** Metrics that nobody reads. */
export const noMetrics: Metrics = {
  request() {},
  post() {},
  hook() {},
  waiter: () => () => {},
  containers() {},
};
