import type { Json, JsonObject } from '../../control-plane/src/kernel/json/value.ts';
import type {
  BotProgram,
  CheckResult,
  Connection,
  FailureReason,
  HookCall,
  HookResult,
  Sandbox,
  SandboxStatus,
} from '../../control-plane/src/sandbox/port.ts';

/** What a bot does when one of its hooks is called. A promise lets the test say when the hook ends. */
export type HookScript = (call: HookCall, program: BotProgram) => HookResult | Promise<HookResult>;

/** One post of a scripted bot. */
export interface ScriptedPost {
  readonly kind?: string;
  readonly body: Json;
  readonly to_slot?: string;
}

/** A hook that went well. */
export function ok(posts: readonly ScriptedPost[] = [], state?: Json): HookResult {
  const answer = {
    posts: posts.map((post) => ({ kind: 'bot', ...post })),
    ...(state === undefined ? {} : { state }),
  };
  return replied(JSON.stringify(answer));
}

/** A hook that answered this text, whatever it is. */
export function replied(reply: string): HookResult {
  return { outcome: 'ok', reply, output: '', wallMs: 1, connections: [] };
}

export function botFailed(reason: FailureReason = 'exception', line?: number): HookResult {
  const where = line === undefined ? {} : { line };
  return {
    outcome: 'bot_failed',
    reason,
    detail: `It failed: ${reason}.`,
    output: '',
    wallMs: 1,
    connections: [],
    ...where,
  };
}

export function notRun(lostContainer = false): HookResult & { readonly outcome: 'not_run' } {
  return { outcome: 'not_run', detail: 'The engine is away.', lostContainer, noCapacity: false };
}

/** A hook that waited in vain for its turn at the containers. */
export function noCapacity(): HookResult {
  return { outcome: 'not_run', detail: 'All are at work.', lostContainer: false, noCapacity: true };
}

/** A connection that a hook made, or asked for. */
export function connection(some: Partial<Connection> = {}): Connection {
  const made = { host: 'site.test', port: 443, address: '192.0.2.1', outcome: 'closed' as const };
  return { ...made, bytesIn: 10, bytesOut: 3, ms: 2.4, ...some };
}

/** A hook that says what it was called with. */
export const echo: HookScript = ({ hook, args }) => ok([{ body: { type: 'echo', hook, args: [...args] } }]);

/** A hook that counts its runs in the bot's state and tells the count. */
export const counting: HookScript = ({ hook, state }) => {
  const count = state === null ? 1 : Number((JSON.parse(state) as JsonObject)['count']) + 1;
  return ok([{ body: { type: 'count', hook, count } }], { count });
};

/** What compiling comes to; the image is the fake's own. */
type ScriptedCheck =
  | Exclude<CheckResult, { readonly outcome: 'ok' }>
  | Omit<Extract<CheckResult, { readonly outcome: 'ok' }>, 'runtime'>;

const PASSED: ScriptedCheck = { outcome: 'ok', className: 'Bot', usesNetwork: false };

/** Runs bots in this process, as the test scripts them: by source, for every hook of that bot. */
export class FakeSandbox implements Sandbox {
  digest = `sha256:${'1'.repeat(64)}`;
  /** Every hook call, in order. */
  readonly runs: { readonly program: BotProgram; readonly call: HookCall }[] = [];
  /** Keys of the containers that are there. */
  readonly containers = new Set<string>();
  readonly #scripts = new Map<string, HookScript>();
  readonly #checks = new Map<string, ScriptedCheck>();
  readonly #closed = Promise.withResolvers<HookResult>();

  /** Says what the bot of a source does; a bot without a script does nothing. */
  script(source: string, script: HookScript): void {
    this.#scripts.set(source, script);
  }

  /** Says what compiling a source comes to, instead of ok. */
  checks(source: string, result: ScriptedCheck): void {
    this.#checks.set(source, result);
  }

  async check(program: BotProgram): Promise<CheckResult> {
    this.containers.add(program.key);
    const checked = this.#checks.get(program.source) ?? PASSED;
    return checked.outcome === 'ok' ? { ...checked, runtime: this.digest } : checked;
  }

  async run(program: BotProgram, call: HookCall): Promise<HookResult> {
    this.containers.add(program.key);
    if (call.runtime !== this.digest) return { ...notRun(), runtime: this.digest };
    this.runs.push({ program, call });
    const script = this.#scripts.get(program.source) ?? (() => ok());
    return Promise.race([script(call, program), this.#closed.promise]);
  }

  async release(key: string): Promise<void> {
    this.containers.delete(key);
  }

  status(): SandboxStatus {
    return {
      containers: { starting: 0, blank: 0, idle: this.containers.size, busy: 0, removing: 0 },
      waiting: 0,
    };
  }

  async ready(): Promise<boolean> {
    return true;
  }

  /** Ends hooks that a test left running. */
  async close(): Promise<void> {
    this.#closed.resolve(notRun());
    this.containers.clear();
  }
}

/** A hook that the test lets end: `started` resolves with each call, `end` answers the oldest. */
export class HeldHook {
  readonly #calls: { readonly call: HookCall; readonly end: (result: HookResult) => void }[] = [];
  #started = Promise.withResolvers<void>();

  readonly script: HookScript = (call) => {
    const { promise, resolve } = Promise.withResolvers<HookResult>();
    this.#calls.push({ call, end: resolve });
    this.#started.resolve();
    return promise;
  };

  /** The oldest call that has not ended, as soon as there is one. */
  async started(): Promise<HookCall> {
    while (this.#calls.length === 0) {
      this.#started = Promise.withResolvers<void>();
      await this.#started.promise;
    }
    return this.#calls[0]!.call;
  }

  /** Ends the oldest call. */
  end(result: HookResult): void {
    const oldest = this.#calls.shift();
    if (!oldest) throw new Error('No hook is running.');
    oldest.end(result);
  }
}
