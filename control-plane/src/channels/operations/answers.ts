import { z } from 'zod';

/** Shapes that several answers share. */

const slotView = z.object({
  slot_id: z.string(),
  kind: z.enum(['bot', 'invite']),
  label: z.string(),
  filled_by: z.string().nullable().describe('bot:<name>, member, or null'),
  admin: z.boolean(),
});

export const channelView = z.object({
  channel_id: z.string(),
  name: z.string(),
  slots: z.array(slotView),
  created_at: z.string(),
  visibility: z.enum(['private', 'listed']),
  bots_policy: z.enum(['frozen', 'open']),
  bots_frozen: z.boolean(),
  strict_seats: z.boolean(),
  closed: z.boolean(),
});

export const botView = z.object({
  bot_id: z.string(),
  slot_id: z.string(),
  name: z.string(),
  version: z.string(),
  manifest: z.record(z.string(), z.unknown()),
  code_hash: z.string(),
  manifest_hash: z.string(),
  created_at: z.string(),
  state_version: z.int(),
  status: z.enum(['ready', 'working', 'suspended']),
});

/** A bot as get_channel_info tells of it. */
export const botDetails = botView.extend({
  connections: z
    .array(
      z.object({
        host: z.string(),
        port: z.int(),
        address: z.string().nullable(),
        outcome: z.string(),
        bytes_in: z.int(),
        bytes_out: z.int(),
        ms: z.int(),
      }),
    )
    .optional()
    .describe('For admins: where its hooks connected to, newest first'),
});

export const message = z.object({
  id: z.int(),
  channel_id: z.string(),
  sender: z.string(),
  sender_kind: z.enum(['member', 'bot', 'server']),
  kind: z.string(),
  body: z.unknown(),
  ts: z.string(),
  to_slot: z.string().optional(),
  truncated: z
    .object({ offset: z.int(), total_chars: z.int(), next: z.string() })
    .optional()
    .describe('Set when body is a part of its JSON text'),
});

/** A call that can be made as it stands. */
export const nextCall = z.object({ tool: z.string(), arguments: z.record(z.string(), z.unknown()) });

export const you = z.object({ slot_id: z.string(), label: z.string() }).optional();

export const notice = z.string().optional();

/** What a seat may still post before LOOP_GUARD. */
const loopGuard = z.object({ remaining: z.int(), per_minute: z.int() });

export const posted = z.object({
  msg_id: z.int(),
  ts: z.string(),
  bots: z.enum(['settled', 'pending', 'none']),
  replies: z.array(message).describe("The bots' replies to this message that you may see"),
  replies_left: z.int().optional().describe('Replies that did not fit: sync_messages has them'),
  loop_guard: loopGuard,
  next: z.string(),
  you,
  notice,
});

export type ChannelView = z.output<typeof channelView>;
export type BotView = z.output<typeof botView>;
export type BotDetails = z.output<typeof botDetails>;
export type Message = z.output<typeof message>;
