/** The numbers and byte layouts of docs/runner-protocol.md, as the host writes and reads them. */

export const MAGIC = Buffer.from([0x89, 0x4d, 0x50, 0x52, 0x0d, 0x0a, 0x1a, 0x0a]);
const VERSION = 2;
export const NONCE_BYTES = 16;
export const HELLO_BYTES = MAGIC.length + NONCE_BYTES + 1;
export const HEADER_BYTES = 12;
export const MAX_PAYLOAD = 64 * 1024;
/** What one side may send on a stream before the other grants more, bytes. */
export const WINDOW_BYTES = 256 * 1024;
/** Largest reply of a call, bytes: a state and posts of 1 MiB each, and what is around them. */
export const REPLY_CAP = 2.5 * 1024 * 1024;

/** Longest question of an open frame, bytes. */
export const MAX_QUESTION = 512;

export const FrameKind = { call: 1, result: 2, data: 3, window: 4, open: 5, reset: 6, clean: 7 } as const;
export const FLAG_END = 1;
export const Op = { load: 1, hook: 2, import: 3 } as const;
export type Op = (typeof Op)[keyof typeof Op];

const CAUSES = ['ok', 'exited', 'signalled', 'timeout', 'reply_too_large', 'memory', 'not_loaded'] as const;
/** How a call's process ended, as PID 1 saw it. */
export type Cause = (typeof CAUSES)[number];

const CALL_BYTES = 48;
const RESULT_BYTES = 32;
const CLEAN_BYTES = 32;
const FLAG_OOM = 1;
const FLAG_RESIDUE = 1;

export interface Frame {
  readonly kind: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** What PID 1 tells of a finished call. */
export interface ResultBody {
  readonly nonce: Buffer;
  readonly cause: Cause;
  /** The kernel killed a process of this call for want of memory. */
  readonly oom: boolean;
  /** Exit status or signal number. */
  readonly detail: number;
  readonly wallUs: number;
  readonly replyBytes: number;
}

/** What PID 1 tells when everything of a call is cleared away. */
export interface CleanBody {
  readonly nonce: Buffer;
  /** Something of the call is left, or clearing it away took too long. */
  readonly residue: boolean;
  readonly cpuUs: number;
  readonly maxRssKib: number;
  readonly cleanupUs: number;
}

export interface CallBody {
  readonly nonce: Buffer;
  readonly op: Op;
  /** Connections that the call may have open at once. */
  readonly connections: number;
  readonly stream: number;
  readonly wallMs: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly requestBytes: number;
}

/** What the host says first, and what PID 1 answers with. */
export function hello(nonce: Buffer): Buffer {
  return Buffer.concat([MAGIC, nonce, Buffer.of(VERSION)]);
}

export function frame(kind: number, stream: number, payload: Uint8Array, flags = 0): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  bytes.writeUInt8(kind, 0);
  bytes.writeUInt8(flags, 1);
  bytes.writeUInt16BE(0, 2);
  bytes.writeUInt32BE(stream, 4);
  bytes.writeUInt32BE(payload.length, 8);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

export function callFrame(call: CallBody): Buffer {
  const body = Buffer.alloc(CALL_BYTES);
  call.nonce.copy(body, 0);
  body.writeUInt8(call.op, 16);
  body.writeUInt16BE(call.connections, 18);
  body.writeUInt32BE(call.stream, 20);
  body.writeUInt32BE(call.wallMs, 24);
  body.writeUInt32BE(call.cpuSeconds, 28);
  body.writeBigUInt64BE(BigInt(call.memoryBytes), 32);
  body.writeUInt32BE(REPLY_CAP, 40);
  body.writeUInt32BE(call.requestBytes, 44);
  return frame(FrameKind.call, 0, body);
}

export function windowFrame(stream: number, increment: number): Buffer {
  const body = Buffer.allocUnsafe(4);
  body.writeUInt32BE(increment);
  return frame(FrameKind.window, stream, body);
}

/** Ends a stream at once, in both directions. */
export function resetFrame(stream: number): Buffer {
  return frame(FrameKind.reset, stream, Buffer.alloc(0));
}

/** Reads a result frame's payload; undefined if it is not one. */
export function readResult(body: Buffer): ResultBody | undefined {
  const cause = body.length === RESULT_BYTES ? CAUSES[body.readUInt8(16)] : undefined;
  if (cause === undefined) return undefined;
  return {
    nonce: body.subarray(0, NONCE_BYTES),
    cause,
    oom: (body.readUInt8(17) & FLAG_OOM) !== 0,
    detail: body.readInt32BE(20),
    wallUs: body.readUInt32BE(24),
    replyBytes: body.readUInt32BE(28),
  };
}

/** Reads a clean frame's payload; undefined if it is not one. */
export function readClean(body: Buffer): CleanBody | undefined {
  if (body.length !== CLEAN_BYTES) return undefined;
  return {
    nonce: body.subarray(0, NONCE_BYTES),
    residue: (body.readUInt8(16) & FLAG_RESIDUE) !== 0,
    cpuUs: body.readUInt32BE(20),
    maxRssKib: body.readUInt32BE(24),
    cleanupUs: body.readUInt32BE(28),
  };
}
