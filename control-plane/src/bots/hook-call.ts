import type { JsonObject } from '../kernel/json/value.ts';
import { isJsonObject } from '../kernel/json/value.ts';
import type { Entry } from '../log/commit.ts';
import type { HookCall } from '../sandbox/port.ts';
import { hookSeed } from './chance.ts';
import type { BotState, PendingHook } from './state.ts';

/** What a hook is called with: everything comes from its cause, so a repeated hook sees the same. */
export function hookCall(bot: BotState, pending: PendingHook, cause: Entry, state: string | null): HookCall {
  return {
    hook: pending.hook,
    args: argumentsOf(pending, cause),
    state,
    stateVersion: bot.state_version,
    players: pending.players,
    nowMs: Date.parse(cause.ts),
    seed: hookSeed(bot.secret, bot.generation, pending.cause, pending.hook),
    runtime: bot.runtime,
  };
}

function argumentsOf(pending: PendingHook, cause: Entry): HookCall['args'] {
  const { id, channel_id, sender, kind, body, ts } = cause;
  switch (pending.hook) {
    case 'on_init':
      return [];
    case 'on_join':
      return [isJsonObject(body) ? (body['slot_id'] ?? null) : null];
    case 'on_message':
      return [{ id, channel_id, sender, kind, body, ts }];
    case 'on_private_message': {
      const fields: JsonObject = isJsonObject(body) ? body : {};
      // The server's fields come last, so that a body cannot pretend to another sender.
      return [sender, { ...fields, id, channel_id, sender, kind, body, ts }];
    }
  }
}
