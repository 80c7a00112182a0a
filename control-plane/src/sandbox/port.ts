import type { Json } from '../kernel/json/value.ts';

/**
 * What a container needs to run one bot. Plain data, so that the part that holds Docker's
 * socket can live in a process of its own.
 */
export interface BotProgram {
  /** Names the container's owner: channel, bot and generation. One live container per key. */
  readonly key: string;
  /** The exact source, UTF-8, at most 64 KiB. */
  readonly source: string;
  /** `sha256:` + hex over the source's bytes. */
  readonly codeHash: string;
  readonly params: Json;
  /** What the manifest announces as the bot's environment, shown as `ctx.env`. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: HookLimits;
  /** Where its hooks may connect to. */
  readonly network: Network;
  /** Whose share of the containers it counts against: those who wait take turns by this. */
  readonly group: string;
}

/**
 * A bot's way out, as its manifest announces it: none; every public address on ports 80 and 443; or a
 * list of `host`, `host:port`, `*.domain`, `*` and the like (docs/bots.md).
 */
export type Network = 'off' | 'public' | readonly string[];

/** How a connection of a bot came to its end. */
export type ConnectionOutcome =
  | 'closed'
  | 'denied_host'
  | 'denied_port'
  | 'denied_address'
  | 'not_resolved'
  | 'not_connected'
  | 'over_limit'
  | 'broken'
  | 'cut';

/** One connection that a hook asked for, whether it came about or not. */
export interface Connection {
  /** As the bot named it, bounded and printable. */
  readonly host: string;
  readonly port: number;
  /** The address that was dialled; null where none was. */
  readonly address: string | null;
  readonly outcome: ConnectionOutcome;
  /** Bytes that the bot received. */
  readonly bytesIn: number;
  /** Bytes that the bot sent. */
  readonly bytesOut: number;
  readonly ms: number;
}

/** The limits that hold one hook. */
export interface HookLimits {
  /** Wall time of a hook by the runner's own clock, ms. */
  readonly wallMs: number;
  /** Memory that a hook may use, bytes. */
  readonly memoryBytes: number;
  /** Processes and threads in the container. */
  readonly processes: number;
}

/** The hooks of a bot class. */
export type HookName = 'on_init' | 'on_join' | 'on_message' | 'on_private_message';

/** One member as a bot sees it. */
export interface Player {
  readonly slot_id: string;
  readonly label: string;
}

/** One call of one hook. */
export interface HookCall {
  readonly hook: HookName;
  /** The hook's positional arguments: `[]`, `[player_id]`, `[msg]` or `[slot_id, msg]`. */
  readonly args: readonly Json[];
  /** Canonical JSON of the bot's state, or null before its first `set_state`. */
  readonly state: string | null;
  readonly stateVersion: number;
  readonly players: readonly Player[];
  /** Time of the causing entry, ms since the epoch: what `ctx.now` and the time facades tell. */
  readonly nowMs: number;
  /** 64 hex digits that seed `ctx.random` and the random facades. */
  readonly seed: string;
  /** The image that it may run in, as announced: `sha256:…`; any where none is given. */
  readonly runtime?: string;
}

/** Why a bot is to blame for a failed hook. */
export type FailureReason = 'exception' | 'timeout' | 'memory' | 'exit' | 'output';

/** What came of a hook. `not_run` is the host's fault and may be tried again. */
export type HookResult =
  | {
      readonly outcome: 'ok';
      /** The bot's answer as it left the container: untrusted UTF-8 JSON text `{posts, state?}`. */
      readonly reply: string;
      /** What the bot printed, bounded. */
      readonly output: string;
      readonly wallMs: number;
      /** What the hook connected to, in order, bounded. */
      readonly connections: readonly Connection[];
    }
  | {
      readonly outcome: 'bot_failed';
      readonly reason: FailureReason;
      /** One sentence of the server's own; never quotes the bot. */
      readonly detail: string;
      /** The line in the bot's source, where the runner knows it. */
      readonly line?: number;
      /** The traceback or message from inside, untrusted and bounded (4 KiB). */
      readonly trace?: string;
      readonly output: string;
      readonly wallMs: number;
      /** What the hook connected to, in order, bounded. */
      readonly connections: readonly Connection[];
    }
  | {
      readonly outcome: 'not_run';
      readonly detail: string;
      /** True when the container was lost while the hook ran: twice for one cause is the bot's fault. */
      readonly lostContainer: boolean;
      /** True when the bot waited in vain for its turn at the containers. */
      readonly noCapacity: boolean;
      /** Set where its container is of another image than it may run in: that image, `sha256:…`. */
      readonly runtime?: string;
    };

/** What came of compiling a bot and running its module body once. */
export type CheckResult =
  | {
      readonly outcome: 'ok';
      readonly className: string;
      readonly usesNetwork: boolean;
      /** `sha256:…` of the runner image that it was checked in. */
      readonly runtime: string;
    }
  | {
      readonly outcome: 'refused';
      /** 1-based line in the source, where one is known. */
      readonly line?: number;
      /** One sentence for a person; may quote names from the source. */
      readonly message: string;
    }
  | { readonly outcome: 'not_run'; readonly detail: string; readonly noCapacity: boolean };

/** Containers by state, for metrics and for the operator. */
export interface SandboxStatus {
  readonly containers: Readonly<Record<'starting' | 'blank' | 'idle' | 'busy' | 'removing', number>>;
  /** Bots that wait for a container. */
  readonly waiting: number;
}

/**
 * Runs bot code, each bot in a hardened container of its own. Every call has a time limit and
 * answers; none throws for what a bot did.
 */
export interface Sandbox {
  /** Compiles the program and runs its module body; keeps the container for the first hook of its key. */
  check(program: BotProgram): Promise<CheckResult>;
  /** Runs one hook in the program's container, which is created when there is none. */
  run(program: BotProgram, call: HookCall): Promise<HookResult>;
  /** Removes the container of a key, if there is one. */
  release(key: string): Promise<void>;
  status(): SandboxStatus;
  /** True when the engine answers within its time limit. */
  ready(): Promise<boolean>;
  /** Removes every container that this instance made. */
  close(): Promise<void>;
}
