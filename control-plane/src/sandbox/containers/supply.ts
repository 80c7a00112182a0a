import type { ContainerLimits, Launcher } from '../../launcher/port.ts';
import { Blanks } from './blanks.ts';
import type { BotContainer } from './container.ts';
import { ClosedError } from './no-container.ts';
import type { SandboxEvents, SandboxLog } from './options.ts';
import { Removals } from './removals.ts';
import { Starts } from './starts.ts';
import { WaitingRoom } from './waiting-room.ts';

/** Bots that wait for a container at once; those beyond are told at once that there is none. */
const WAITING_AT_ONCE = 300;

export interface SupplyOptions {
  readonly launcher: Launcher;
  readonly maxContainers: number;
  readonly capacityWaitMs: number;
  readonly poolSize: number;
  readonly poolRefillPerS: number;
  /** What blank containers are made with. */
  readonly limits: ContainerLimits;
  readonly startLimitMs: number;
  readonly log: SandboxLog;
  readonly events: SandboxEvents;
}

/** Whoever holds the containers that were handed out. */
export interface Holder {
  /** How many it holds or has been promised. */
  held(): number;
  /** Gives one up that nobody uses, to make room. @returns false if there is none */
  giveWay(): boolean;
}

/** Who wants a container. */
export interface Applicant {
  /** Those who wait take turns by this. */
  readonly group: string;
  readonly limits: ContainerLimits;
  /** Called as soon as it is promised one, which counts as held from then on. */
  readonly onGranted: () => void;
}

/** A container that was a blank one or was started, there or on its way. */
export interface Grant {
  readonly source: 'warm' | 'cold';
  readonly container: Promise<BotContainer>;
}

/** Where containers come from, never more than the cap: blank ones, new ones, and turns where there are none. */
export class ContainerSupply {
  readonly #options: SupplyOptions;
  readonly #holder: Holder;
  readonly #removals: Removals;
  readonly #starts: Starts;
  readonly #blanks: Blanks;
  readonly #room: WaitingRoom<Applicant, Grant>;
  #closed = false;

  constructor(options: SupplyOptions, holder: Holder) {
    this.#options = options;
    this.#holder = holder;
    this.#removals = new Removals(options.log, () => this.serve());
    this.#starts = new Starts(options);
    this.#room = new WaitingRoom(options.capacityWaitMs, WAITING_AT_ONCE);
    this.#blanks = new Blanks({
      count: options.poolSize,
      size: options.limits,
      refillPerS: options.poolRefillPerS,
      start: (limits) => this.#start(limits),
      remove: (container) => this.remove(container),
      mayStart: () => this.#hasPlace() && this.#room.size === 0 && this.#starts.isOpen,
      onChange: () => this.serve(),
    });
    this.#blanks.refill();
  }

  get blank(): number {
    return this.#blanks.ready;
  }

  /** Blank ones that are on their way. */
  get starting(): number {
    return this.#blanks.starting;
  }

  get removing(): number {
    return this.#removals.size;
  }

  get waiting(): number {
    return this.#room.size;
  }

  /** @throws {NoCapacityError} if none becomes free in time, {ClosedError} */
  get(applicant: Applicant): Grant | Promise<Grant> {
    if (this.#closed) throw new ClosedError();
    const grant = this.#room.size === 0 ? this.#offer(applicant) : undefined;
    if (grant) {
      this.#blanks.refill();
      return grant;
    }
    const granted = this.#room.wait(applicant);
    this.serve();
    return granted;
  }

  /**
   * Serves those who wait, or makes room for them; to be called whenever a place or a container may have
   * become free.
   */
  serve(): void {
    if (this.#closed) return;
    this.#room.serve((applicant) => this.#offer(applicant));
    for (let missing = this.#room.size - this.#removals.size; missing > 0; missing--) {
      if (!this.#blanks.giveWay() && !this.#holder.giveWay()) break;
    }
    this.#blanks.refill();
  }

  /** Resolves, never rejects, when it is gone or cannot be removed; until then it takes its place. */
  remove(container: BotContainer): Promise<void> {
    return this.#removals.remove(container);
  }

  /** Sends away those who wait, and hands out and starts nothing more. */
  close(): void {
    this.#closed = true;
    this.#starts.close();
    this.#room.close(new ClosedError());
  }

  /** Resolves when the blank containers and those that were given back are gone. */
  async emptied(): Promise<void> {
    await this.#blanks.close();
    await this.#removals.settled();
  }

  /** A blank container, or a place for a new one; taken as soon as it is offered. */
  #offer({ limits, onGranted }: Applicant): Grant | undefined {
    const blank = this.#blanks.take(limits);
    if (!blank && !this.#hasPlace()) return undefined;
    onGranted();
    if (blank) return { source: blank.wasReady ? 'warm' : 'cold', container: blank.container };
    return { source: 'cold', container: this.#start(limits) };
  }

  #hasPlace(): boolean {
    const taken = this.#holder.held() + this.#blanks.ready + this.#blanks.starting + this.#removals.size;
    return taken < this.#options.maxContainers;
  }

  async #start(limits: ContainerLimits): Promise<BotContainer> {
    const container = await this.#starts.start(limits);
    void container.lost.then((loss) => {
      if (loss.how === 'closed') return;
      const { name, stderrTail: stderr, lastClean } = container;
      const cleared = lastClean && { cpu_us: lastClean.cpuUs, cleanup_us: lastClean.cleanupUs };
      const fields = { container: name, cause: loss.how, reason: loss.message, stderr, ...cleared };
      this.#options.log.warn(fields, 'a container was lost');
      this.#options.events.kill(loss.how === 'residue' ? 'residue' : 'lost');
    });
    return container;
  }
}
