import { z } from 'zod';
import { ALL, agentId } from '../../agents/names.ts';
import { CodedError } from '../../kernel/errors.ts';
import { parseJson } from '../../kernel/json/parse.ts';
import { isJsonObject } from '../../kernel/json/value.ts';

/** What an agent sends over its socket. */
const FRAMES = {
  heartbeat: z.looseObject({ type: z.literal('heartbeat') }),
  ack: z.strictObject({ type: z.literal('ack'), cursor: z.string().max(60) }),
  send: z.strictObject({
    type: z.literal('send'),
    to: z.union([z.literal(ALL), agentId]),
    message: z.union([z.string(), z.record(z.string(), z.unknown())]),
    ttl_s: z.int().min(1).max(2_592_000).optional(),
    idempotency_key: z.string().min(1).max(128).optional(),
    /** Comes back in the answer. */
    id: z.string().max(128).optional(),
  }),
} as const;

type FrameType = keyof typeof FRAMES;
export type Frame = { [T in FrameType]: z.output<(typeof FRAMES)[T]> }[FrameType];

/** Reads one frame. @throws INVALID_REQUEST that names the field */
export function readFrame(text: string): Frame {
  const frame = parsed(text);
  const type = isJsonObject(frame) ? frame['type'] : undefined;
  if (typeof type !== 'string' || !Object.hasOwn(FRAMES, type))
    throw new CodedError('INVALID_REQUEST', { field: 'type' });
  const read = FRAMES[type as FrameType].safeParse(frame);
  if (read.success) return read.data;
  throw new CodedError('INVALID_REQUEST', { field: read.error.issues[0]?.path.join('.') || '*' });
}

function parsed(text: string) {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError('INVALID_REQUEST', { message: 'A frame must be one JSON object.' });
  }
}
