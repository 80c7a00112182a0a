import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { withinMs } from '../../kernel/within.ts';
import { type CallEnd, type CallLimits, OpenCall } from './call.ts';
import { AttachDemux } from './demux.ts';
import { FrameReader } from './reader.ts';
import { type OnConnection, Tunnels } from './tunnels.ts';
import { type Frame, FrameKind, HELLO_BYTES, hello, NONCE_BYTES, type Op, readClean } from './wire.ts';

/** The pipe to a container is gone or was misused; nothing more can be asked of it. */
export class LinkLostError extends Error {
  override readonly name = 'LinkLostError';
  /** True if the runner could not clear away what a call left. */
  readonly residue: boolean;
  constructor(message: string, residue = false) {
    super(message);
    this.residue = residue;
  }
}

const STDERR_CAP = 64 * 1024;
const STDERR_KEPT = 2048;
/** PID 1 gives up on clearing away after 200 ms; this is for a machine that is short of time. */
const CLEAN_LIMIT_MS = 2000;

/** What a call asks of PID 1. */
export interface LinkCall {
  readonly op: Op;
  readonly request: Buffer;
  readonly limits: CallLimits;
  /** Connections that the call may have open at once, and who is told of them; none without it. */
  readonly connect?: { readonly limit: number; readonly onConnection: OnConnection };
}

/** A call that PID 1 has not yet told the end of. */
interface Open {
  readonly call: OpenCall;
  readonly asked: LinkCall;
  readonly clean: PromiseWithResolvers<void>;
}

/**
 * The host's end of the pipe to one container's PID 1: handshake, then one call at a time. Always
 * reads; whatever does not follow the protocol ends the link.
 */
export class RunnerLink {
  readonly #socket: Duplex;
  readonly #demux: AttachDemux;
  readonly #frames = new FrameReader();
  readonly #hello = hello(randomBytes(NONCE_BYTES));
  readonly #greeted = Promise.withResolvers<void>();
  readonly #lost = Promise.withResolvers<LinkLostError>();
  #greeting: Buffer | undefined = Buffer.alloc(0);
  readonly #tunnels: Tunnels;
  #open: Open | undefined;
  #nextStream = 1;
  #failed: LinkLostError | undefined;
  #stderr = Buffer.alloc(0);
  #stderrBytes = 0;

  /** @param socket the engine's attach stream, both ways; it is destroyed with the link. */
  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#greeted.promise.catch(() => undefined);
    this.#tunnels = new Tunnels((bytes) => this.#write(bytes));
    this.#demux = new AttachDemux({ stdout: (b) => this.#onStdout(b), stderr: (b) => this.#onStderr(b) });
    socket.on('data', (chunk: Buffer) => this.#guard(() => this.#demux.feed(chunk)));
    socket.on('error', () => this.#lose('The pipe broke.'));
    socket.on('close', () => this.#lose('The pipe was closed.'));
    socket.on('end', () => this.#lose('The pipe ended.'));
    socket.write(this.#hello);
  }

  /** Resolves, never rejects, when the link is gone. */
  get lost(): Promise<LinkLostError> {
    return this.#lost.promise;
  }

  get isLost(): boolean {
    return this.#failed !== undefined;
  }

  /** The end of what the runner wrote to stderr, for the log. */
  get stderrTail(): string {
    return this.#stderr.toString('utf8');
  }

  /** Resolves when PID 1 has answered our nonce. @throws {LinkLostError} */
  ready(): Promise<void> {
    return this.#greeted.promise;
  }

  /**
   * Asks for one call, after the one before is cleared away.
   *
   * @throws {LinkLostError} when the link is or gets lost; Error if a call is open
   */
  async call(asked: LinkCall): Promise<CallEnd> {
    await this.cleared();
    if (this.#failed) throw this.#failed;
    if (this.#open) throw new Error('A call is open on this link.');
    const { op, request, limits, connect } = asked;
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const write = (bytes: Buffer) => this.#write(bytes);
    const call = new OpenCall({ op, stream, request, limits, connections: connect?.limit ?? 0, write });
    const clean = Promise.withResolvers<void>();
    clean.promise.catch(() => undefined);
    this.#open = { call, asked, clean };
    call.start();
    return call.end;
  }

  /** Resolves when nothing of the call before is left. @throws {LinkLostError} if that is not to be had */
  async cleared(): Promise<void> {
    const before = this.#open;
    if (!before?.call.isDone) return;
    try {
      await withinMs(CLEAN_LIMIT_MS, 'Clearing away', () => before.clean.promise);
    } catch (error) {
      this.#lose('The container did not clear away in time.');
      throw this.#failed ?? error;
    }
  }

  /** Ends the link; the engine must see the socket go before it is asked to remove the container. */
  destroy(): void {
    this.#lose('The link was closed.');
  }

  #onStdout(bytes: Buffer): void {
    if (this.#failed) return;
    const rest = this.#greeting === undefined ? bytes : this.#greet(this.#greeting, bytes);
    if (rest.length === 0) return;
    for (const one of this.#frames.feed(rest)) this.#onFrame(one);
  }

  #greet(held: Buffer, bytes: Buffer): Buffer {
    const all = Buffer.concat([held, bytes]);
    const seen = all.subarray(0, HELLO_BYTES);
    if (!seen.equals(this.#hello.subarray(0, seen.length))) throw new Error('The greeting is wrong.');
    if (all.length < HELLO_BYTES) {
      this.#greeting = all;
      return Buffer.alloc(0);
    }
    this.#greeting = undefined;
    this.#greeted.resolve();
    return all.subarray(HELLO_BYTES);
  }

  #onFrame(one: Frame): void {
    const open = this.#open;
    if (this.#tunnels.owns(one.stream)) {
      const connect = open && !open.call.isDone ? open.asked.connect : undefined;
      this.#tunnels.onFrame(one, connect?.limit ?? 0, connect?.onConnection);
      return;
    }
    if (!open) throw new Error('A frame came while no call was open.');
    if (one.kind === FrameKind.clean) this.#onClean(open, one);
    else if (open.call.isDone) throw new Error('A frame came after the call was done.');
    else this.#onCallFrame(open.call, one);
  }

  #onCallFrame(call: OpenCall, one: Frame): void {
    if (one.kind === FrameKind.window) call.onWindow(one);
    else if (one.kind === FrameKind.data) call.onData(one);
    else if (one.kind === FrameKind.result) call.onResult(one);
    else throw new Error('A frame is not one of a call.');
    if (call.isDone) this.#tunnels.abandonAll();
  }

  #onClean({ call, clean }: Open, one: Frame): void {
    const told = one.stream === 0 ? readClean(one.payload) : undefined;
    if (!told || !call.isDone || !call.isOf(told.nonce)) throw new Error('A clean frame is wrong.');
    if (told.residue) throw new LinkLostError('Something of the bot was left behind.', true);
    this.#open = undefined;
    clean.resolve();
  }

  #write(bytes: Buffer): void {
    if (!this.#failed) this.#socket.write(bytes);
  }

  #onStderr(bytes: Buffer): void {
    this.#stderrBytes += bytes.length;
    this.#stderr = Buffer.concat([this.#stderr, bytes.subarray(-STDERR_KEPT)]).subarray(-STDERR_KEPT);
    if (this.#stderrBytes > STDERR_CAP) throw new Error('The container floods stderr.');
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#lose(error instanceof Error ? error.message : 'The pipe was misused.', error);
    }
  }

  #lose(reason: string, why?: unknown): void {
    if (this.#failed) return;
    const error = why instanceof LinkLostError ? why : new LinkLostError(reason);
    this.#failed = error;
    this.#socket.destroy();
    this.#greeted.reject(error);
    this.#tunnels.abandonAll();
    this.#open?.call.fail(error);
    this.#open?.clean.reject(error);
    this.#lost.resolve(error);
  }
}
