import type { BotProgram, HookLimits } from '../port.ts';
import type { CallEnd } from './call.ts';
import type { ContainerLimits, Launcher, StartedContainer } from '../../launcher/port.ts';
import { type LinkCall, LinkLostError, RunnerLink } from './link.ts';
import { type LoadEnd, readLoad } from './program-load.ts';
import { withinMs } from '../../kernel/within.ts';
import type { OnConnection } from './tunnels.ts';
import { type CleanBody, Op } from './wire.ts';

/** How long after the bot's own limit the host still waits for PID 1 to speak, ms. */
const GUARD_MS = 2000;
/** Connections that a hook may have open at once. */
const MAX_CONNECTIONS = 16;

/** One bot's container, running and greeted; asked for one call at a time. */
export class BotContainer {
  readonly id: string;
  readonly name: string;
  /** `sha256:…` of its image. */
  readonly runtimeDigest: string;
  readonly #launcher: Launcher;
  readonly #link: RunnerLink;
  #touchedBy: string | undefined;
  #isLoaded = false;
  #importing: Promise<void> | undefined;

  private constructor(launcher: Launcher, started: StartedContainer, link: RunnerLink) {
    this.#launcher = launcher;
    this.id = started.id;
    this.name = started.name;
    this.runtimeDigest = started.runtimeDigest;
    this.#link = link;
  }

  /**
   * Makes and starts a container and waits until its PID 1 answers. Leaves nothing behind if that
   * fails.
   *
   * @throws {TimeLimitError} if a step takes over its limit, else an Error of ours or the engine's.
   */
  static async start(launcher: Launcher, limits: ContainerLimits, limitMs: number): Promise<BotContainer> {
    const started = await launcher.start(limits);
    const link = new RunnerLink(started.pipe);
    try {
      const greeted = link.ready();
      await withinMs(limitMs, 'Waiting for the runner', () => greeted);
      return new BotContainer(launcher, started, link);
    } catch (error) {
      link.destroy();
      await launcher.remove(started.id);
      // Nothing of the bot's has run yet, so this is no loss of a running container.
      throw error instanceof LinkLostError ? new Error('The container ended while it started.') : error;
    }
  }

  /** Resolves, never rejects, when the container's pipe is gone. */
  get lost(): Promise<LinkLostError> {
    return this.#link.lost;
  }

  get isLost(): boolean {
    return this.#link.isLost;
  }

  /** What the runner last wrote to stderr, for the log. */
  get stderrTail(): string {
    return this.#link.stderrTail;
  }

  /** What clearing away the last call took, for the log. */
  get lastClean(): CleanBody | undefined {
    return this.#link.lastClean;
  }

  /** Set while the last call is being cleared away; resolves, never rejects. */
  get clearing(): Promise<void> | undefined {
    return this.#link.clearing;
  }

  /** True while the container holds code and a hook can be run. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** True if no other code than this ran in it. */
  fits(codeHash: string): boolean {
    return this.#touchedBy === undefined || this.#touchedBy === codeHash;
  }

  /**
   * Compiles the program and runs its module body; on success PID 1 keeps the code, and imports, while
   * nobody waits, the network modules that the bot uses, so that its hooks need not.
   *
   * @throws {LinkLostError} if the container is lost or does not answer in time.
   */
  async load(program: BotProgram): Promise<LoadEnd> {
    this.#touchedBy = program.codeHash;
    const request = Buffer.from(program.source, 'utf8');
    const end = readLoad(await this.#call({ op: Op.load, request, limits: program.limits }));
    this.#isLoaded = end.outcome === 'ok';
    if (end.outcome === 'ok' && end.imports.length > 0) this.#import(end.imports, program.limits);
    return end;
  }

  /**
   * Runs one hook.
   *
   * @param onConnection told of each connection that the hook asks for; without it, it gets none
   * @throws {LinkLostError} if the container is lost or does not answer in time; another Error if it was
   *   lost before the hook began.
   */
  async hook({ limits }: BotProgram, request: Buffer, onConnection?: OnConnection): Promise<CallEnd> {
    if (this.#importing) await this.#importing;
    if (this.#link.clearing) await this.#link.clearing;
    if (this.#link.isLost) throw new Error('The container was lost before the hook began.');
    const connect = onConnection ? { connect: { limit: MAX_CONNECTIONS, onConnection } } : {};
    return this.#call({ op: Op.hook, request, limits, ...connect });
  }

  /** True if the container ended because its PID 1 ran out of memory; false where that cannot be told. */
  async ranOutOfMemory(): Promise<boolean> {
    return this.#launcher.ranOutOfMemory(this.id).catch(() => false);
  }

  /** Closes the pipe first: with an unread pipe the engine's kill would hang. */
  async remove(): Promise<void> {
    this.#link.destroy();
    await this.#launcher.remove(this.id);
  }

  /** What goes wrong with it shows as the loss of the container. */
  #import(names: readonly string[], limits: HookLimits): void {
    const request = Buffer.from(names.join(' '), 'utf8');
    const over = () => {
      this.#importing = undefined;
    };
    this.#importing = this.#call({ op: Op.import, request, limits }).then(over, over);
  }

  async #call(asked: LinkCall): Promise<CallEnd> {
    // The clearing before it has a limit of its own.
    if (this.#link.clearing) await this.#link.clearing;
    const late = () => this.#link.destroy('silent', 'The container did not answer in time.');
    const timer = setTimeout(late, asked.limits.wallMs + GUARD_MS);
    try {
      return await this.#link.call(asked);
    } finally {
      clearTimeout(timer);
    }
  }
}
