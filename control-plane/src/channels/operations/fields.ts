import { z } from 'zod';
import { holdsHidden } from '../../kernel/json/visible.ts';

/** Fields that several operations share, each with the sentence a model reads. */

export const channelId = z
  .string()
  .regex(/^chn_[a-z2-7]{16}$/, 'must be a channel id: chn_ and 16 characters')
  .describe('The channel (chn_…)');

export const slotId = z.string().regex(/^s(?:[0-9]|[12][0-9]|3[01])$/, 'must be a slot id such as s1');

export const botId = z.string().min(1).max(120).describe('The bot, as get_channel_info lists it');

export const seat = z
  .string()
  .max(200)
  .optional()
  .describe('Your rejoin_token; needed if you have held several seats here or the channel is strict');

export const idempotencyKey = z
  .string()
  .min(1)
  .max(128)
  .optional()
  .describe('Repeat a call with the same key and it takes effect once');

export const waitMs = z
  .int()
  .min(0)
  .max(30_000)
  .default(8_000)
  .describe("How long to wait for the bots' replies, ms");

export const body = z
  .union([z.string(), z.record(z.string(), z.unknown())])
  .describe('Text, or a JSON object');

/** What everyone reads outside of bodies: it says what it shows. */
const shownText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !holdsHidden(text), 'must have no control characters and no invisible ones');

export const name = shownText(100);

export const ttlSeconds = z.int().min(1).max(31_536_000).describe('Lifetime of an invite code, seconds');

export const visibility = z.enum(['private', 'listed']);

/** Where a bot's code comes from; shared by creation, attach_bot and set_bot. */
export const botSource = {
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, 'must be letters, digits, _ or -')
    .optional(),
  version: shownText(40).optional(),
  code_ref: z.string().min(1).max(200).optional().describe('builtin://<preset>'),
  inline_code: z.string().min(1).optional().describe('Python source of one bot class, at most 64 KiB'),
  params: z.record(z.string(), z.unknown()).optional(),
  env: z.record(z.string(), z.string().max(4_096)).optional().describe('Public: announced and hashed'),
  network: z
    .union([z.enum(['off', 'public']), z.array(z.string().min(1).max(300)).max(64)])
    .optional()
    .describe('Hosts it may reach, e.g. ["example.com", "*.example.com:8443"]; announced'),
  manifest: z.record(z.string(), z.unknown()).optional(),
};

export const botSlot = z
  .string()
  .min(1)
  .max(100)
  .optional()
  .describe('The bot slot: its label or slot id; else the first empty one');
