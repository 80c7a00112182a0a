import { z } from 'zod';
import { botId, botSource, name, slotId, ttlSeconds, visibility } from './fields.ts';

/** The ops of update_channel. */
export const updateOp = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('set_bot'), slot: z.string().min(1).max(100), ...botSource }),
  z.strictObject({ type: z.literal('remove_bot'), bot_id: botId }),
  z.strictObject({ type: z.literal('resume_bot'), bot_id: botId }),
  z.strictObject({ type: z.literal('yield_slot') }),
  z.strictObject({ type: z.literal('evict'), slot_id: slotId }),
  z.strictObject({ type: z.literal('set_admin'), slot_id: slotId, admin: z.boolean() }),
  z.strictObject({ type: z.literal('rename'), name }),
  z.strictObject({ type: z.literal('issue_invite'), slot_id: slotId, ttl_s: ttlSeconds.optional() }),
  z.strictObject({ type: z.literal('revoke_invite'), slot_id: slotId }),
  z.strictObject({ type: z.literal('set_visibility'), visibility }),
  z.strictObject({ type: z.literal('close') }),
  z.strictObject({ type: z.literal('delete') }),
]);

export type UpdateOp = z.output<typeof updateOp>;
