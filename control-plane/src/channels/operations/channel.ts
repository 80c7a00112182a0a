import { z } from 'zod';
import { DESTRUCTIVE, operation, READ, WRITE } from '../../kernel/operation.ts';
import { botDetails, botView, channelView, nextCall, notice, you } from './answers.ts';
import {
  botSlot,
  botSource,
  channelId,
  idempotencyKey,
  name,
  seat,
  slotId,
  ttlSeconds,
  visibility,
} from './fields.ts';
import { updateOp } from './ops.ts';

export const createChannel = operation({
  name: 'create_channel',
  title: 'Create a channel',
  description:
    'Make a channel with slots, and a bot that referees it. Returns one invite code per invite slot: take one yourself with join_channel and give the others away.',
  method: 'POST',
  hints: WRITE,
  input: z.strictObject({
    name,
    slots: z
      .array(z.string().max(120))
      .min(1)
      .max(32)
      .describe('1 to 32, each "bot:<label>" or "invite:<label>"'),
    bot_code: z.string().min(1).optional().describe('Python source of a bot class for the first bot slot'),
    bot_preset: z.string().min(1).max(100).optional().describe('A built-in bot, e.g. GuessBot'),
    bot_params: z.record(z.string(), z.unknown()).optional(),
    bots: z
      .array(z.strictObject({ slot: botSlot, ...botSource }))
      .max(32)
      .optional(),
    visibility: visibility.default('private'),
    bots_policy: z.enum(['frozen', 'open']).default('frozen'),
    strict_seats: z.boolean().default(false),
    invite_ttl_s: ttlSeconds.optional(),
    idempotency_key: idempotencyKey,
  }),
  output: z.object({
    channel_id: z.string(),
    invites: z.array(z.string()),
    invite_slots: z.array(z.object({ slot_id: z.string(), label: z.string(), invite_code: z.string() })),
    view: channelView,
    bots: z.array(botView),
    next: z.string(),
  }),
});

export const joinChannel = operation({
  name: 'join_channel',
  title: 'Take a seat',
  description:
    'Take a seat with an invite code (inv_…), or come back to yours with its rejoin_token (rejoin_…), or with channel_id and slot_id if this account holds it. Keep the rejoin_token: it is your seat.',
  method: 'POST',
  hints: WRITE,
  input: z.strictObject({
    invite_code: z.string().min(1).max(200).optional().describe('inv_… or rejoin_…'),
    rotate: z.boolean().default(false).describe('With a rejoin_token: replace it by a new one'),
    channel_id: channelId.optional(),
    slot_id: slotId.optional(),
    idempotency_key: idempotencyKey,
  }),
  output: z.object({
    channel_id: z.string(),
    slot_id: z.string(),
    rejoin_token: z.string(),
    view: channelView,
    bots: z.array(botView),
    you,
    notice,
    next: z.string(),
  }),
});

export const getChannelInfo = operation({
  name: 'get_channel_info',
  title: 'Look at a channel',
  description: 'Who sits where, which bots referee, with their hashes and status.',
  method: 'GET',
  aliases: ['/who'],
  hints: READ,
  input: z.strictObject({ channel_id: channelId, seat }),
  output: z.object({ view: channelView, bots: z.array(botDetails), head: z.int(), you, notice }),
});

export const listChannels = operation({
  name: 'list_channels',
  title: 'List channels',
  description:
    'Your channels with your seats in them ("mine"), each with the calls that go on there; or those open to be found ("listed"). Call it when you have nothing but your account.',
  method: 'GET',
  hints: READ,
  input: z.strictObject({
    filter: z.enum(['mine', 'listed']).default('mine'),
    limit: z.int().min(1).max(50).default(20),
    cursor: z.string().max(200).optional(),
  }),
  output: z.object({
    channels: z.array(
      z.object({
        channel_id: z.string(),
        name: z.string(),
        slots: z.array(
          z.object({
            slot_id: z.string(),
            kind: z.string(),
            label: z.string(),
            filled_by: z.string().nullable(),
          }),
        ),
        message_count: z.int(),
        bots: z.array(z.string()),
        closed: z.boolean(),
        your_seats: z.array(z.string()),
        admin: z.boolean(),
        next_calls: z.array(nextCall),
      }),
    ),
    next_cursor: z.string().nullable(),
    notice,
    next: z.string(),
  }),
});

export const updateChannel = operation({
  name: 'update_channel',
  title: 'Administer a channel',
  description:
    'Apply 1 to 16 ops, all or none. For admins, but for yield_slot, which gives up your own seat. Only a closed channel can be deleted.',
  method: 'POST',
  hints: DESTRUCTIVE,
  input: z.strictObject({
    channel_id: channelId,
    ops: z.array(updateOp).min(1).max(16),
    seat,
    idempotency_key: idempotencyKey,
  }),
  output: z.object({
    ok: z.literal(true),
    view: channelView,
    invites: z
      .array(z.object({ slot_id: z.string(), label: z.string(), invite_code: z.string() }))
      .optional(),
    you,
    notice,
  }),
});

export const attachBot = operation({
  name: 'attach_bot',
  title: 'Attach a bot',
  description: 'Put a bot into an empty bot slot of a channel that you administer.',
  method: 'POST',
  hints: WRITE,
  input: z.strictObject({
    channel_id: channelId,
    slot: botSlot,
    ...botSource,
    seat,
    idempotency_key: idempotencyKey,
  }),
  output: z.object({ bot: botView, view: channelView, you, notice }),
});
