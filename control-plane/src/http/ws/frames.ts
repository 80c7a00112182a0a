import { z } from 'zod';
import { sendAgentMessage } from '../../agents/operations.ts';
import { CodedError } from '../../kernel/errors.ts';
import { parseJson } from '../../kernel/json/parse.ts';
import { isJsonObject, type Json } from '../../kernel/json/value.ts';
import { describeIssue } from '../issues.ts';

/** Characters of what comes back in the answer. */
const MAX_ID = 128;
const NOT_AN_OBJECT = 'A frame must be one JSON object.';
const MEND = 'Mend the frame and send it again.';

/** What an agent sends over its socket. */
const FRAMES = {
  heartbeat: z.looseObject({ type: z.literal('heartbeat') }),
  ack: z.strictObject({ type: z.literal('ack'), cursor: z.string().max(60) }),
  send: sendAgentMessage.input.omit({ from: true }).extend({
    type: z.literal('send'),
    /** Comes back in the answer. */
    id: z.string().max(MAX_ID).optional(),
  }),
} as const;

const TYPES = Object.keys(FRAMES).join(', ');

type FrameType = keyof typeof FRAMES;
export type Frame = { [T in FrameType]: z.output<(typeof FRAMES)[T]> }[FrameType];

/** Takes a frame's text apart. @throws INVALID_REQUEST where it is not JSON of one meaning */
export function parseFrame(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError('INVALID_REQUEST', { message: NOT_AN_OBJECT, next: MEND });
  }
}

/** What the answer to a frame is known by, also where the frame is refused. */
export function idOf(frame: Json): string | undefined {
  const id = isJsonObject(frame) ? frame['id'] : undefined;
  return typeof id === 'string' && id.length <= MAX_ID ? id : undefined;
}

/** Reads one frame. @throws INVALID_REQUEST that names the field and says what is wrong with it */
export function readFrame(frame: Json): Frame {
  if (!isJsonObject(frame))
    throw new CodedError('INVALID_REQUEST', { field: 'type', message: NOT_AN_OBJECT, next: MEND });
  const type = frame['type'];
  if (typeof type !== 'string' || !Object.hasOwn(FRAMES, type))
    throw new CodedError('INVALID_REQUEST', { field: 'type', message: `type must be one of: ${TYPES}.` });
  const read = FRAMES[type as FrameType].safeParse(frame);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new CodedError('INVALID_REQUEST', issue && { ...describeIssue(issue, frame) });
}
