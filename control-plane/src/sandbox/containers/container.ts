import type { BotProgram, HookLimits } from '../port.ts';
import type { CallEnd } from './call.ts';
import type { Launcher } from '../../launcher/port.ts';
import { LinkLostError, RunnerLink } from './link.ts';
import { type LoadEnd, readLoad } from './program-load.ts';
import { withinMs } from '../../kernel/within.ts';
import { Op } from './wire.ts';

/** How long after the bot's own limit the host still waits for PID 1 to speak, ms. */
const GUARD_MS = 2000;

/** One bot's container, running and greeted; asked for one call at a time. */
export class BotContainer {
  readonly id: string;
  readonly name: string;
  readonly #launcher: Launcher;
  readonly #link: RunnerLink;
  #loaded: string | undefined;

  private constructor(launcher: Launcher, id: string, name: string, link: RunnerLink) {
    this.#launcher = launcher;
    this.id = id;
    this.name = name;
    this.#link = link;
  }

  /**
   * Makes and starts a container and waits until its PID 1 answers. Leaves nothing behind if that
   * fails.
   *
   * @throws {TimeLimitError} if a step takes over its limit, else an Error of ours or the engine's.
   */
  static async start(launcher: Launcher, limits: HookLimits, limitMs: number): Promise<BotContainer> {
    const { id, name, pipe } = await launcher.start(limits);
    const link = new RunnerLink(pipe);
    try {
      const greeted = link.ready();
      await withinMs(limitMs, 'Waiting for the runner', () => greeted);
      return new BotContainer(launcher, id, name, link);
    } catch (error) {
      link.destroy();
      await launcher.remove(id);
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

  /** Hash of the code that the container holds. */
  get loaded(): string | undefined {
    return this.#loaded;
  }

  /**
   * Compiles the program and runs its module body; on success PID 1 keeps the code.
   *
   * @throws {LinkLostError} if the container is lost or does not answer in time.
   */
  async load(program: BotProgram): Promise<LoadEnd> {
    const end = readLoad(await this.#call(Op.load, Buffer.from(program.source, 'utf8'), program));
    this.#loaded = end.outcome === 'ok' ? program.codeHash : undefined;
    return end;
  }

  /** Runs one hook. @throws {LinkLostError} if the container is lost or does not answer in time. */
  hook(program: BotProgram, request: Buffer): Promise<CallEnd> {
    return this.#call(Op.hook, request, program);
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

  async #call(op: Op, request: Buffer, { limits }: BotProgram): Promise<CallEnd> {
    const call = this.#link.call(op, request, limits);
    try {
      return await withinMs(limits.wallMs + GUARD_MS, 'Waiting for a call', () => call);
    } catch (error) {
      this.#link.destroy();
      await call.catch(() => undefined);
      if (error instanceof LinkLostError) throw error;
      throw new LinkLostError('The container did not answer in time.');
    }
  }
}
