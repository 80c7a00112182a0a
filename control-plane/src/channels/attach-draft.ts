import { announcement, attachOffset, manifestHash, manifestOf } from '../bots/announce.ts';
import { sourceScope } from '../bots/memory.ts';
import { botIdOf } from '../bots/prepare.ts';
import { CodedError } from '../kernel/errors.ts';
import type { Draft, Position } from '../log/model.ts';
import type { PlacedBot } from './bot-requests.ts';
import { fact } from './facts.ts';

/** Bots that one channel may ever have: their sources are kept as long as it is. */
const MAX_GENERATIONS = 64;

/**
 * What attaching bots writes: their announcement, and the facts that ring their on_init.
 *
 * @param generation what the first of them gets
 * @throws QUOTA
 */
export function attachDraft(
  channelId: string,
  position: Position,
  generation: number,
  placed: readonly PlacedBot[],
): Required<Pick<Draft, 'entries' | 'facts' | 'attachments'>> {
  if (generation + placed.length > MAX_GENERATIONS) {
    throw new CodedError('QUOTA', {
      message: `A channel may have ${MAX_GENERATIONS} bots in its life at most.`,
      next: 'Make a new channel for other bots (create_channel).',
    });
  }
  if (placed.length === 0) return { entries: [], facts: [], attachments: [] };
  const attached = placed.map(({ slot_id, bot }, index) => {
    const manifest = manifestOf(bot, generation + index);
    return {
      bot_id: botIdOf(bot.name, generation + index),
      slot_id,
      name: bot.name,
      version: bot.version,
      generation: generation + index,
      code_ref: bot.code_ref,
      code_hash: bot.code_hash,
      manifest,
      manifest_hash: manifestHash(manifest),
      params: bot.params,
      env: bot.env,
      secret: bot.secret,
      created_at: new Date(position.at).toISOString(),
      runtime: bot.runtime,
      entry: position.nextId + attachOffset(index),
      source_bytes: Buffer.byteLength(bot.source),
    };
  });
  return {
    entries: announcement(attached),
    facts: attached.map((bot) => fact('bot_attached', bot)),
    attachments: placed.map(({ bot }, index) => ({
      scope: sourceScope(channelId),
      version: generation + index,
      hash: bot.code_hash,
      text: bot.source,
    })),
  };
}
