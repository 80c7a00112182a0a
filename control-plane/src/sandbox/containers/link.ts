import type { Duplex } from 'node:stream';
import { type CallEnd, type CallLimits, OpenCall } from './call.ts';
import { Clearing } from './clearing.ts';
import { AttachDemux } from './demux.ts';
import { Greeting } from './greeting.ts';
import { FrameReader } from './reader.ts';
import { StderrTail } from './stderr-tail.ts';
import { type OnConnection, Tunnels } from './tunnels.ts';
import { type CleanBody, type Frame, FrameKind, type Op, readClean } from './wire.ts';

/** How a link came to its end; `closed` is our own doing. */
type LossCause = 'closed' | 'ended' | 'misused' | 'silent' | 'residue';

/** The pipe to a container is gone or was misused; nothing more can be asked of it. */
export class LinkLostError extends Error {
  override readonly name = 'LinkLostError';
  readonly how: LossCause;

  constructor(how: LossCause, message: string) {
    super(message);
    this.how = how;
  }
}

/** What a call asks of PID 1. */
export interface LinkCall {
  readonly op: Op;
  readonly request: Buffer;
  readonly limits: CallLimits;
  /** Connections that the call may have open at once, and who is told of them; none without it. */
  readonly connect?: { readonly limit: number; readonly onConnection: OnConnection };
}

/**
 * The host's end of the pipe to one container's PID 1: handshake, then one call at a time. Always
 * reads; whatever does not follow the protocol ends the link.
 */
export class RunnerLink {
  readonly #socket: Duplex;
  readonly #demux: AttachDemux;
  readonly #frames = new FrameReader();
  readonly #greeting = new Greeting();
  readonly #greeted = Promise.withResolvers<void>();
  readonly #lost = Promise.withResolvers<LinkLostError>();
  readonly #stderr = new StderrTail();
  readonly #tunnels: Tunnels;
  /** The call that PID 1 has not answered yet, with its request. */
  #open: { readonly call: OpenCall; readonly asked: LinkCall } | undefined;
  #clearing: Clearing | undefined;
  #lastClean: CleanBody | undefined;
  #nextStream = 1;
  #failed: LinkLostError | undefined;

  /** @param socket the engine's attach stream, both ways; it is destroyed with the link. */
  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#greeted.promise.catch(() => undefined);
    this.#tunnels = new Tunnels((bytes) => this.#write(bytes));
    this.#demux = new AttachDemux({ stdout: (b) => this.#onStdout(b), stderr: (b) => this.#stderr.add(b) });
    socket.on('data', (chunk: Buffer) => this.#guard(() => this.#demux.feed(chunk)));
    socket.on('error', () => this.#lose('ended', 'The pipe broke.'));
    socket.on('close', () => this.#lose('ended', 'The pipe was closed.'));
    socket.on('end', () => this.#lose('ended', 'The pipe ended.'));
    socket.write(this.#greeting.hello);
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
    return this.#stderr.toString();
  }

  /** What clearing away the last call took. */
  get lastClean(): CleanBody | undefined {
    return this.#lastClean;
  }

  /** Set from a call's result until it is cleared away; resolves, never rejects, then or when the link is lost. */
  get clearing(): Promise<void> | undefined {
    return this.#clearing?.done;
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
    if (this.#clearing) await this.#clearing.done;
    if (this.#failed) throw this.#failed;
    if (this.#open) throw new Error('A call is open on this link.');
    const { op, request, limits, connect } = asked;
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const write = (bytes: Buffer) => this.#write(bytes);
    const call = new OpenCall({ op, stream, request, limits, connections: connect?.limit ?? 0, write });
    this.#open = { call, asked };
    call.start();
    return call.end;
  }

  /** Ends the link; the engine must see the socket go before it is asked to remove the container. */
  destroy(how: LossCause = 'closed', reason = 'The link was closed.'): void {
    this.#lose(how, reason);
  }

  #onStdout(bytes: Buffer): void {
    const rest = this.#greeting.isComplete ? bytes : this.#greeting.take(bytes);
    if (!this.#greeting.isComplete) return;
    this.#greeted.resolve();
    for (const one of this.#frames.feed(rest)) {
      if (this.#failed) return;
      this.#onFrame(one);
    }
  }

  #onFrame(one: Frame): void {
    const open = this.#open;
    if (this.#tunnels.owns(one.stream)) {
      const connect = open?.asked.connect;
      this.#tunnels.onFrame(one, connect?.limit ?? 0, connect?.onConnection);
    } else if (one.kind === FrameKind.clean) this.#onClean(one);
    else if (open) this.#onCallFrame(open.call, one);
    else throw new Error('A frame came while no call was open.');
  }

  #onCallFrame(call: OpenCall, one: Frame): void {
    if (one.kind === FrameKind.window) call.onWindow(one);
    else if (one.kind === FrameKind.data) call.onData(one);
    else if (one.kind === FrameKind.result) this.#onResult(call, one);
    else throw new Error('A frame is not one of a call.');
    if (call.isDone) this.#open = undefined;
  }

  #onResult(call: OpenCall, one: Frame): void {
    call.onResult(one);
    this.#tunnels.abandonAll();
    const late = () => this.#lose('silent', 'The container was not cleared away in time.');
    this.#clearing = new Clearing(call.nonce, late);
  }

  #onClean(one: Frame): void {
    if (!this.#clearing || one.stream !== 0) throw new Error('A clean frame came out of turn.');
    this.#lastClean = this.#clearing.end(readClean(one.payload));
    this.#clearing = undefined;
    if (this.#lastClean.residue) this.#lose('residue', 'Something of the bot was left behind.');
  }

  #write(bytes: Buffer): void {
    if (!this.#failed) this.#socket.write(bytes);
  }

  #guard(step: () => void): void {
    if (this.#failed) return;
    try {
      step();
    } catch (error) {
      this.#lose('misused', error instanceof Error ? error.message : 'The pipe was misused.');
    }
  }

  #lose(how: LossCause, reason: string): void {
    if (this.#failed) return;
    const error = new LinkLostError(how, reason);
    this.#failed = error;
    this.#socket.destroy();
    this.#greeted.reject(error);
    this.#tunnels.abandonAll();
    this.#clearing?.abandon();
    this.#clearing = undefined;
    this.#open?.call.fail(error);
    this.#open = undefined;
    this.#lost.resolve(error);
  }
}
