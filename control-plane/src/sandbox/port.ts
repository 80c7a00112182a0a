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
    }
  | {
      readonly outcome: 'not_run';
      readonly detail: string;
      /** True when the container was lost while the hook ran: twice for one cause is the bot's fault. */
      readonly lostContainer: boolean;
    };

/** What came of compiling a bot and running its module body once. */
export type CheckResult =
  | { readonly outcome: 'ok'; readonly className: string; readonly usesNetwork: boolean }
  | {
      readonly outcome: 'refused';
      /** 1-based line in the source, where one is known. */
      readonly line?: number;
      /** One sentence for a person; may quote names from the source. */
      readonly message: string;
    }
  | { readonly outcome: 'not_run'; readonly detail: string };

/** Containers by state, for metrics and for the operator. */
export interface SandboxStatus {
  readonly containers: Readonly<Record<'starting' | 'idle' | 'busy' | 'removing', number>>;
}

/**
 * Runs bot code, each bot in a hardened container of its own. Every call has a time limit and
 * answers; none throws for what a bot did.
 */
export interface Sandbox {
  /** `sha256:…` of the runner image that the next hook runs in. */
  runtimeDigest(): Promise<string>;
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
