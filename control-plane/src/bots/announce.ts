import { sha256Label } from '../kernel/hash.ts';
import { canonicalJson } from '../kernel/json/canonical.ts';
import type { Json, JsonObject } from '../kernel/json/value.ts';
import type { DraftEntry } from '../log/model.ts';
import { CHANCE_METHOD, seedCommitment } from './chance.ts';
import { announcedNetwork } from './network.ts';
import type { PreparedBot } from './prepare.ts';

/** An entry of the server's own. */
export function serverEntry(body: JsonObject): DraftEntry {
  return { sender: 'system', sender_kind: 'server', kind: 'system', body };
}

/** What is announced and hashed of a bot: everything that decides what it does. */
export function manifestOf(bot: PreparedBot, generation: number): JsonObject {
  return {
    name: bot.name,
    version: bot.version,
    summary: bot.summary,
    class_name: bot.class_name,
    code_ref: bot.code_ref,
    params: bot.params,
    env: bot.env as JsonObject,
    ...announcedNetwork(bot.network, bot.uses_network),
    limits: {
      hook_wall_ms: bot.limits.wallMs,
      hook_memory_bytes: bot.limits.memoryBytes,
      processes: bot.limits.processes,
    },
    generation,
    runtime: bot.runtime,
    chance: { commitment: seedCommitment(bot.secret), method: CHANCE_METHOD },
  };
}

/** A manifest's hash: SHA-256 of its RFC 8785 text. */
export function manifestHash(manifest: JsonObject): string {
  return sha256Label(canonicalJson(manifest));
}

/** What an announcement tells of one bot. */
export interface Announced {
  readonly bot_id: string;
  readonly slot_id: string;
  readonly name: string;
  readonly version: string;
  readonly code_hash: string;
  readonly manifest: JsonObject;
  readonly manifest_hash: string;
}

/** The entries of an attachment: all bots by name, then each one's hashes and manifest. */
export function announcement(bots: readonly Announced[]): readonly DraftEntry[] {
  const names = bots.map(({ slot_id, name, version, manifest }) => ({
    slot_id,
    name,
    version,
    summary: manifest['summary'] as Json,
  }));
  return [
    serverEntry({ type: 'bots_announced', bots: names }),
    ...bots.flatMap(({ bot_id, name, code_hash, manifest_hash, manifest }) => [
      serverEntry({ type: 'bot:attach', bot_id, name, code_hash, manifest_hash }),
      serverEntry({ type: 'bot:manifest', bot_id, manifest_excerpt: manifest }),
    ]),
  ];
}

/** Where the `index`-th bot's bot:attach stands after an announcement's first entry. */
export function attachOffset(index: number): number {
  return 1 + 2 * index;
}

/** The entry that reveals a bot's seed when it is gone. */
export function seedEntry(bot: { readonly bot_id: string; readonly secret: string }): DraftEntry {
  return serverEntry({
    type: 'bot:seed',
    bot_id: bot.bot_id,
    seed: bot.secret,
    commitment: seedCommitment(bot.secret),
    method: CHANCE_METHOD,
  });
}
