import { randomBytes, randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { containerBody } from '../../../control-plane/src/launcher/body.ts';
import { containerUser } from '../../../control-plane/src/launcher/user-id.ts';
import { AttachDemux } from '../../../control-plane/src/sandbox/containers/demux.ts';
import { FrameReader } from '../../../control-plane/src/sandbox/containers/reader.ts';
import * as wire from '../../../control-plane/src/sandbox/containers/wire.ts';
import { docker, rawImage } from './engine.ts';
import { LIMITS } from './programs.ts';

export const NONCE = randomBytes(wire.NONCE_BYTES);
export const HELLO = wire.hello(NONCE);

interface CallOptions {
  readonly connections?: number;
  readonly wallMs?: number;
}

/** A call frame and its request. */
export function callFrames(op: wire.Op, stream: number, request: string, options: CallOptions = {}): Buffer {
  const bytes = Buffer.from(request);
  const limits = { wallMs: 5000, cpuSeconds: 6, memoryBytes: LIMITS.memoryBytes, connections: 0, ...options };
  const head = wire.callFrame({ nonce: NONCE, op, stream, requestBytes: bytes.length, ...limits });
  return Buffer.concat([head, wire.frame(wire.FrameKind.data, stream, bytes, wire.FLAG_END)]);
}

/** A call as a test sees it: the frames that have come since it was asked for. */
export class RunnerCall {
  readonly stream: number;
  readonly #runner: Runner;
  readonly #from: number;

  constructor(runner: Runner, stream: number) {
    this.#runner = runner;
    this.stream = stream;
    this.#from = runner.frames.length;
  }

  get frames(): readonly wire.Frame[] {
    return this.#runner.frames.slice(this.#from);
  }

  /** Payloads that have come on a stream, as one. */
  dataOf(stream: number): Buffer {
    const data = this.frames.filter((one) => one.kind === wire.FrameKind.data && one.stream === stream);
    return Buffer.concat(data.map(({ payload }) => payload));
  }

  /** Resolves once a frame of this kind has come, on this stream if one is given. */
  frame(kind: number, stream?: number): Promise<wire.Frame> {
    const wanted = (one: wire.Frame) => one.kind === kind && (stream === undefined || one.stream === stream);
    return this.#runner.until(() => this.frames.find(wanted));
  }

  /** Resolves once so many streams were opened, with all of their numbers. */
  opened(count: number): Promise<number[]> {
    return this.#runner.until(() => {
      const opens = this.frames.filter(({ kind }) => kind === wire.FrameKind.open);
      return opens.length >= count ? opens.map(({ stream }) => stream) : undefined;
    });
  }

  /** Resolves once this much data has come on a stream. */
  bytesOf(stream: number, count: number): Promise<Buffer> {
    return this.#runner.until(() => {
      const data = this.dataOf(stream);
      return data.length >= count ? data : undefined;
    });
  }

  async result(): Promise<wire.ResultBody & { readonly reply: string }> {
    const result = wire.readResult((await this.frame(wire.FrameKind.result)).payload);
    if (!result) throw new Error('That is no result.');
    return { ...result, reply: this.dataOf(this.stream).toString() };
  }

  async clean(): Promise<wire.CleanBody> {
    const clean = wire.readClean((await this.frame(wire.FrameKind.clean)).payload);
    if (!clean) throw new Error('That is no clean frame.');
    return clean;
  }
}

/** A container without our host at its other end: a test writes what it likes. */
export class Runner implements AsyncDisposable {
  readonly pipe: Duplex;
  /** What came first. */
  greeting = Buffer.alloc(0);
  readonly frames: wire.Frame[] = [];
  readonly #reader = new FrameReader();
  readonly #container: Awaited<ReturnType<typeof docker.createContainer>>;
  #arrived = Promise.withResolvers<void>();
  #nextStream = 1;

  private constructor(container: Awaited<ReturnType<typeof docker.createContainer>>, pipe: Duplex) {
    this.#container = container;
    this.pipe = pipe;
    const demux = new AttachDemux({ stdout: (bytes) => this.#take(bytes), stderr: () => undefined });
    pipe.on('data', (chunk: Buffer) => demux.feed(chunk));
  }

  static async start(): Promise<Runner> {
    const image = await rawImage();
    const names = {
      name: `mcp-multiplayer-test-${randomUUID()}`,
      instance: `test-${randomUUID()}`,
      owner: '',
    };
    const container = await docker.createContainer(
      containerBody({ ...names, user: containerUser(), image, limits: LIMITS }),
    );
    // As the client library does it by itself: its options go into the runner's stdin.
    const options = { hijack: true, stream: true, stdin: true, stdout: true, stderr: true };
    const runner = new Runner(container, (await container.attach(options)) as Duplex);
    await container.start();
    return runner;
  }

  /** A greeted runner with this code loaded. */
  static async loaded(source: string): Promise<Runner> {
    const runner = await Runner.start();
    runner.pipe.write(HELLO);
    const load = runner.call(wire.Op.load, source);
    if ((await load.result()).cause !== 'ok') throw new Error('The code was not loaded.');
    await load.clean();
    return runner;
  }

  call(op: wire.Op, request: string, options: CallOptions = {}): RunnerCall {
    const call = new RunnerCall(this, this.#nextStream);
    this.pipe.write(callFrames(op, this.#nextStream, request, options));
    this.#nextStream += 2;
    return call;
  }

  /** A hook that may have this many connections open, none by default. */
  hook(request = '{}', options: CallOptions = {}): RunnerCall {
    return this.call(wire.Op.hook, request, options);
  }

  /** Data of the host's, in frames as large as they may be. */
  send(stream: number, data: Buffer | string, flags = 0): void {
    const bytes = Buffer.from(data);
    for (let at = 0; at === 0 || at < bytes.length; at += wire.MAX_PAYLOAD) {
      const part = bytes.subarray(at, at + wire.MAX_PAYLOAD);
      const last = at + wire.MAX_PAYLOAD >= bytes.length;
      this.pipe.write(wire.frame(wire.FrameKind.data, stream, part, last ? flags : 0));
    }
  }

  /** Resolves once the condition gives something, looked at whenever something has come. */
  async until<T>(found: () => T | undefined): Promise<T> {
    for (;;) {
      const result = found();
      if (result !== undefined) return result;
      await this.#arrived.promise;
      this.#arrived = Promise.withResolvers<void>();
    }
  }

  async exitCode(): Promise<number> {
    return (await this.#container.wait()).StatusCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pipe.destroy();
    await this.#container.remove({ force: true });
  }

  #take(bytes: Buffer): void {
    const missing = wire.HELLO_BYTES - this.greeting.length;
    this.greeting = Buffer.concat([this.greeting, bytes.subarray(0, missing)]);
    for (const one of this.#reader.feed(bytes.subarray(missing))) {
      this.frames.push({ ...one, payload: Buffer.from(one.payload) });
    }
    this.#arrived.resolve();
  }
}
