import type { Duplex } from 'node:stream';
import * as wire from '../../../control-plane/src/sandbox/containers/wire.ts';

const CALL = {
  nonce: wire.HEADER_BYTES,
  op: wire.HEADER_BYTES + 16,
  stream: wire.HEADER_BYTES + 20,
} as const;

/** As the engine frames what a container writes. */
export function onOutput(bytes: Uint8Array, output = 1): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(output);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

/** A result frame. */
export function result(nonce: Uint8Array, replyBytes: number, cause = 0): Buffer {
  const body = Buffer.alloc(32);
  body.set(nonce);
  body.writeUInt8(cause, 16);
  body.writeUInt32BE(replyBytes, 28);
  return wire.frame(wire.FrameKind.result, 0, body);
}

/** A clean frame; flag 1 tells of residue. */
export function clean(nonce: Uint8Array, flags = 0): Buffer {
  const body = Buffer.alloc(32);
  body.set(nonce);
  body.writeUInt8(flags, 16);
  return wire.frame(wire.FrameKind.clean, 0, body);
}

/** PID 1 of a container without a container: answers loads at once, and hooks when the test lets it. */
export class FakeRunner {
  /** Sources that were loaded. */
  readonly loaded: string[] = [];
  readonly imported: string[] = [];
  /** What it was asked for, in order. */
  readonly asked: ('load' | 'hook' | 'import')[] = [];
  hooks = 0;
  /** While set, hooks wait for it. */
  holdHooks: Promise<void> | undefined;
  /** What loading a source answers. */
  loads: object = { ok: { class_name: 'Fake', uses_network: false, imports: [] } };
  /** Clean frames tell of residue. */
  leavesResidue = false;
  readonly #far: Duplex;
  #held = Buffer.alloc(0);
  #greeted = false;
  /** The call whose request comes. */
  #call: Buffer = Buffer.alloc(0);

  constructor(far: Duplex) {
    this.#far = far;
    far.on('error', () => undefined);
    far.on('data', (bytes: Buffer) => this.#feed(bytes));
  }

  /** Writes to standard output, whatever it is. */
  write(bytes: Uint8Array): void {
    this.#far.write(onOutput(bytes));
  }

  writeError(text: string): void {
    this.#far.write(onOutput(Buffer.from(text), 2));
  }

  #feed(bytes: Buffer): void {
    this.#held = Buffer.concat([this.#held, bytes]);
    if (!this.#greeted && this.#held.length >= wire.HELLO_BYTES) {
      this.#greeted = true;
      this.#far.write(onOutput(this.#take(wire.HELLO_BYTES)));
    }
    for (let length = this.#frameLength(); length !== undefined; length = this.#frameLength()) {
      const frame = this.#take(length);
      if (frame.readUInt8(0) === wire.FrameKind.call) this.#call = frame;
      else if (frame.readUInt8(1) === wire.FLAG_END)
        void this.#answer(this.#call, frame.subarray(wire.HEADER_BYTES));
    }
  }

  async #answer(call: Buffer, request: Buffer): Promise<void> {
    const op = call.readUInt8(CALL.op);
    let reply = Buffer.alloc(0);
    if (op === wire.Op.load) {
      this.asked.push('load');
      this.loaded.push(request.toString());
      reply = Buffer.from(JSON.stringify(this.loads));
    } else if (op === wire.Op.import) {
      this.asked.push('import');
      this.imported.push(request.toString());
    } else {
      this.asked.push('hook');
      this.hooks++;
      await this.holdHooks;
      reply = Buffer.from('{"posts":[],"output":""}');
    }
    const nonce = call.subarray(CALL.nonce, CALL.nonce + wire.NONCE_BYTES);
    const stream = call.readUInt32BE(CALL.stream);
    const data = reply.length > 0 ? [wire.frame(wire.FrameKind.data, stream, reply, wire.FLAG_END)] : [];
    const frames = [...data, result(nonce, reply.length), clean(nonce, Number(this.leavesResidue))];
    if (!this.#far.destroyed) this.#far.write(onOutput(Buffer.concat(frames)));
  }

  #frameLength(): number | undefined {
    if (!this.#greeted || this.#held.length < wire.HEADER_BYTES) return undefined;
    const length = wire.HEADER_BYTES + this.#held.readUInt32BE(8);
    return this.#held.length < length ? undefined : length;
  }

  #take(bytes: number): Buffer {
    const taken = this.#held.subarray(0, bytes);
    this.#held = this.#held.subarray(bytes);
    return taken;
  }
}
