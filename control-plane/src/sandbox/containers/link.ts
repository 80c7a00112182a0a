import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type CallEnd, type CallLimits, OpenCall } from './call.ts';
import { AttachDemux } from './demux.ts';
import { FrameReader } from './reader.ts';
import { type Frame, FrameKind, HELLO_BYTES, hello, NONCE_BYTES, type Op } from './wire.ts';

/** The pipe to a container is gone or was misused; nothing more can be asked of it. */
export class LinkLostError extends Error {
  override readonly name = 'LinkLostError';
}

const STDERR_CAP = 64 * 1024;
const STDERR_KEPT = 2048;

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
  #call: OpenCall | undefined;
  #nextStream = 1;
  #failed: LinkLostError | undefined;
  #stderr = Buffer.alloc(0);
  #stderrBytes = 0;

  /** @param socket the engine's attach stream, both ways; it is destroyed with the link. */
  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#greeted.promise.catch(() => undefined);
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

  /** Asks for one call. @throws {LinkLostError} when the link is or gets lost; Error if one is open. */
  call(op: Op, request: Buffer, limits: CallLimits): Promise<CallEnd> {
    if (this.#failed) return Promise.reject(this.#failed);
    if (this.#call) return Promise.reject(new Error('A call is open on this link.'));
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const call = new OpenCall({ op, stream, request, limits, write: (bytes) => this.#socket.write(bytes) });
    this.#call = call;
    call.start();
    return call.end;
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
    const call = this.#call;
    if (!call) throw new Error('A frame came while no call was open.');
    if (one.kind === FrameKind.window) call.onWindow(one);
    else if (one.kind === FrameKind.data) call.onData(one);
    else call.onResult(one);
    if (call.isDone) this.#call = undefined;
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
      this.#lose(error instanceof Error ? error.message : 'The pipe was misused.');
    }
  }

  #lose(reason: string): void {
    if (this.#failed) return;
    const error = new LinkLostError(reason);
    this.#failed = error;
    this.#socket.destroy();
    this.#greeted.reject(error);
    this.#call?.fail(error);
    this.#call = undefined;
    this.#lost.resolve(error);
  }
}
