import { z } from 'zod';

/** Ties an answer to what it answers. */
const correlation = z.string().min(1).max(128).describe('Same in a message and what answers it');
const anything = z.record(z.string(), z.unknown());

/**
 * What agents say to each other, by type. Each may hold more fields than are named: what they mean is the
 * agents' own business.
 */
export const MESSAGE_TYPES = {
  ping: z.looseObject({ type: z.literal('ping'), correlation_id: correlation.optional() }),
  ack: z.looseObject({ type: z.literal('ack'), message_id: z.string().min(1).max(80) }),
  request: z.looseObject({
    type: z.literal('request'),
    correlation_id: correlation,
    action: z.string().min(1).max(200),
    params: anything.optional(),
  }),
  response: z.looseObject({
    type: z.literal('response'),
    correlation_id: correlation,
    ok: z.boolean().optional(),
  }),
  broadcast: z.looseObject({ type: z.literal('broadcast') }),
  heartbeat: z.looseObject({ type: z.literal('heartbeat') }),
  task_proposal: z.looseObject({
    type: z.literal('task_proposal'),
    task: z.string().min(1).max(200),
    proposal_id: correlation.optional(),
  }),
  task_accept: z.looseObject({
    type: z.literal('task_accept'),
    proposal_id: correlation,
    task: z.string().min(1).max(200).optional(),
  }),
} as const;

export type MessageType = keyof typeof MESSAGE_TYPES;

/** What an envelope says of a message that is plain text. */
export const TEXT = 'text';

/** The names of the types, in the order in which they are told. */
export const TYPE_NAMES = Object.keys(MESSAGE_TYPES) as readonly MessageType[];
