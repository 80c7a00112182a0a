import type { Logger } from '../kernel/logger.ts';
import type { Egress, EgressUser } from '../sandbox/egress-port.ts';
import type { Connection, ConnectionOutcome, Network } from '../sandbox/port.ts';
import { EgressBudget } from './budget.ts';
import type { Dialling } from './dial.ts';
import type { EgressLimits } from './limits.ts';
import { parseNetwork } from './policy.ts';
import { reachJudge } from './reach.ts';
import type { Resolver } from './resolve.ts';
import { HookEgress } from './session.ts';

/** Where connections are counted. */
interface EgressMetrics {
  /** One connection that has ended. */
  egress(outcome: ConnectionOutcome, bytesIn: number, bytesOut: number): void;
}

/** What the way out needs. */
export interface EgressDeps {
  readonly resolver: Resolver;
  readonly limits: EgressLimits;
  readonly metrics: EgressMetrics;
  readonly log: Logger;
  /** Addresses that bots may reach although they are not public. For servers that tests start. */
  readonly allowAddress?: (address: string) => boolean;
  /** A monotonic clock, ms. */
  readonly now?: () => number;
}

/**
 * The bots' way out: each connection that a hook asks for is judged by the bot's announced rules,
 * resolved, judged by its addresses, dialled, counted and logged here, in the host.
 */
export class HostEgress implements Egress {
  readonly #deps: EgressDeps;
  readonly #budget: EgressBudget;
  readonly #dialling: Dialling;
  readonly #now: () => number;

  constructor(deps: EgressDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? (() => performance.now());
    this.#budget = new EgressBudget(deps.limits, this.#now);
    this.#dialling = {
      resolver: deps.resolver,
      mayReach: reachJudge(deps.allowAddress),
      resolveMs: deps.limits.resolveMs,
      connectMs: deps.limits.connectMs,
    };
  }

  /** Connections that are open now, of all bots. */
  get open(): number {
    return this.#budget.open;
  }

  /**
   * What a hook of a bot connects by; close it when the hook has ended.
   *
   * @throws {NetworkError} for a `network` that the bot should not have got past its attach with
   */
  session(network: Network, bot: EgressUser): HookEgress {
    const { limits } = this.#deps;
    const parts = {
      rules: parseNetwork(network),
      budget: this.#budget.hook(bot),
      dialling: this.#dialling,
      connectionMs: limits.connectionMs,
      now: this.#now,
    };
    return new HookEgress(parts, limits.connectionsPerHook + 1, (connection, recorded) =>
      this.#report(bot.key, connection, recorded),
    );
  }

  /** Beyond what is recorded, a bot that asks on and on does not fill the log. */
  #report(key: string, connection: Connection, recorded: boolean): void {
    const { host, port, address, outcome, bytesIn, bytesOut, ms } = connection;
    this.#deps.metrics.egress(outcome, bytesIn, bytesOut);
    const fields = { bot: key, host, port, address, outcome, bytes_in: bytesIn, bytes_out: bytesOut, ms };
    this.#deps.log[recorded ? 'info' : 'debug'](fields, 'connection of a bot');
  }
}
