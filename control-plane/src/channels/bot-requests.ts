import { botIdOf, type PreparedBot, prepareBot, programKey } from '../bots/prepare.ts';
import { type BotFields, type BotRequest, fieldsBelow, resolveSource } from '../bots/source.ts';
import { CodedError } from '../kernel/errors.ts';
import type { InputOf } from '../kernel/operation.ts';
import type { ChannelDeps } from './deps.ts';
import type { createChannel } from './operations/channel.ts';

/** A bot slot, as far as placing bots needs it. */
export interface BotSlot {
  readonly slot_id: string;
  readonly label: string;
}

/** A bot that a caller asked for, with the slot it goes into. */
export interface PlacedRequest {
  readonly slot: BotSlot;
  readonly request: BotRequest;
  readonly fields: BotFields;
}

/** A prepared bot with its slot. */
export interface PlacedBot {
  /** Of the container that it waits in. */
  readonly key: string;
  readonly slot_id: string;
  readonly bot: PreparedBot;
}

/**
 * The bots that create_channel's input asks for, each with its slot.
 *
 * @throws INVALID_REQUEST or BOT_SLOT_MISSING
 */
export function requestedBots(
  input: InputOf<typeof createChannel>,
  slots: readonly BotSlot[],
): readonly PlacedRequest[] {
  const { bot_code, bot_preset, bot_params: params } = input;
  if (bot_code !== undefined && bot_preset !== undefined) {
    throw new CodedError('INVALID_REQUEST', {
      field: 'bot_preset',
      message: 'Give either bot_code or bot_preset.',
    });
  }
  const field = bot_code === undefined ? 'bot_preset' : 'bot_code';
  const first =
    bot_code === undefined && bot_preset === undefined
      ? []
      : [
          {
            fields: { ...fieldsBelow(field), params: 'bot_params' },
            slot: undefined,
            request: { inline_code: bot_code, code_ref: bot_preset, params },
          },
        ];
  if (first.length === 0 && params !== undefined) {
    throw new CodedError('INVALID_REQUEST', {
      field: 'bot_params',
      message: 'bot_params needs bot_code or bot_preset.',
    });
  }
  const listed = (input.bots ?? []).map(({ slot, ...request }, index) => ({
    fields: fieldsBelow(`bots.${index}`),
    slot,
    request,
  }));
  const free = [...slots];
  return [...first, ...listed].map(({ fields, slot, request }) => ({
    slot: takeSlot(free, slot, fields.request),
    request,
    fields,
  }));
}

/** Takes the slot of a name out of the free ones, or the first. */
function takeSlot(free: BotSlot[], name: string | undefined, field: string): BotSlot {
  const index =
    name === undefined ? 0 : free.findIndex((slot) => slot.label === name || slot.slot_id === name);
  const [slot] = index < 0 ? [] : free.splice(index, 1);
  if (!slot) throw new CodedError('BOT_SLOT_MISSING', { field });
  return slot;
}

/**
 * Compiles the bots, each in a container of its own; when one is refused, none is kept.
 *
 * @param owner the account that made the channel
 * @param generation what the first of them will have
 * @throws what resolving and preparing throw: UNKNOWN_PRESET, INVALID_BOT_CODE, TOO_LARGE, …
 */
export async function prepareBots(
  deps: ChannelDeps,
  channelId: string,
  owner: string,
  generation: number,
  requests: readonly PlacedRequest[],
): Promise<readonly PlacedBot[]> {
  const sources = requests.map(({ request, fields, slot }) =>
    resolveSource(request, deps.presets, fields, slot.label),
  );
  const keys = sources.map((source, index) =>
    programKey(channelId, botIdOf(source.name, generation + index)),
  );
  const prepared = await Promise.allSettled(
    sources.map((source, index) =>
      prepareBot(deps.sandbox, deps.limits, { key: keys[index] as string, owner }, source),
    ),
  );
  const refused = prepared.find((result) => result.status === 'rejected');
  if (refused) {
    await Promise.all(keys.map((key) => deps.sandbox.release(key)));
    throw refused.reason;
  }
  return prepared.flatMap((result, index) =>
    result.status === 'fulfilled'
      ? [
          {
            key: keys[index] as string,
            slot_id: (requests[index] as PlacedRequest).slot.slot_id,
            bot: result.value,
          },
        ]
      : [],
  );
}

/** Attaches prepared bots, and gives back the containers of those that were not attached in the end. */
export async function attaching<T>(
  deps: ChannelDeps,
  channelId: string,
  placed: readonly PlacedBot[],
  attach: () => Promise<T>,
): Promise<T> {
  try {
    return await attach();
  } finally {
    const stream = await deps.streams.open(channelId).catch(() => undefined);
    const bots = (stream?.state.bots ?? []).filter((bot) => !bot.removed);
    const held = new Set(bots.map((bot) => programKey(channelId, bot.bot_id)));
    const unused = placed.filter(({ key }) => !held.has(key));
    await Promise.all(unused.map(({ key }) => deps.sandbox.release(key)));
  }
}
