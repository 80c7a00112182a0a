/** What the benchmark and its load generators, processes of their own, say to each other. */

/** A server that is measured, or its floor, and what it takes for a token. */
export interface Target {
  readonly url: string;
  readonly token: string;
}

/** Times of messages, from before one was sent until it was received, ms. */
export interface Received {
  /** All that came. */
  readonly count: number;
  /** From the command that asked until the last one came, ms. */
  readonly ms: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  /** Messages that came twice, and agents that did not get as many as they were to. */
  readonly repeated: number;
  readonly lacking: number;
}

/** What a generator can be told to do, by name, with what it answers. */
export interface Commands {
  /** Opens a socket for each agent, so many at a time; heartbeats and acknowledges from then on. */
  connect: {
    readonly in: Target & { readonly agents: readonly string[]; readonly step: number };
    readonly out: number;
  };
  /** Waits until each agent that is connected has so many messages since the last of these commands. */
  receive: { readonly in: { readonly each: number }; readonly out: Received };
  /** Cuts every socket. */
  cut: { readonly in: Record<never, never>; readonly out: number };
  /** Sends as many to each as fast as the server answers, over so many connections. @returns ms */
  flood: {
    readonly in: Sending & { readonly connections: number; readonly each: number };
    readonly out: number;
  };
  /** Sends at a steady rate, whatever the server does. @returns ms */
  pace: {
    readonly in: Sending & { readonly perSecond: number; readonly each: number };
    readonly out: number;
  };
  /** Sends one message to all. @returns ms until it was answered */
  broadcast: { readonly in: Target & { readonly from: string }; readonly out: number };
}

export interface Sending extends Target {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

export type Command = keyof Commands;

export interface Asked {
  readonly command: Command;
  readonly input: Commands[Command]['in'];
}

export type Told = { readonly value: unknown } | { readonly error: string };

/** Now, ms, by a clock that all processes of a machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
