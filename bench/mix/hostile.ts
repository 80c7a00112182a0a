import { setTimeout as pause } from 'node:timers/promises';
import { ESCAPE } from '../../tests/hostile/rows/escape.ts';
import { LIFECYCLE } from '../../tests/hostile/rows/lifecycle.ts';
import { PROTOCOL } from '../../tests/hostile/rows/protocol.ts';
import { RESOURCES } from '../../tests/hostile/rows/resources.ts';
import { rawBot } from '../../tests/hostile/support/raw-bot.ts';
import type { Row } from '../../tests/hostile/support/row.ts';
import type { Call } from '../edges.ts';
import type { SeededRandom } from './random.ts';

const ROWS: readonly Row[] = [...RESOURCES, ...PROTOCOL, ...LIFECYCLE, ...ESCAPE];
const MOST_ATTACKS = 3;
const LEAVES_EARLY = 0.2;
const HANGS_AT_IMPORT = 0.05;
const EARLY_MS = 1_000;

/** What the hostile ones did. */
export interface HostileResult {
  channels: number;
  attacks: number;
  /** Failed hooks by their reason, as channels showed them. */
  readonly kills: Record<string, number>;
  /** Creations that were refused, by code. */
  readonly refused: Record<string, number>;
}

/** Brings one hostile bot after the other: each attacks some times, or its channel is closed under it. */
export async function keepAttacking(call: Call, random: SeededRandom, until: number): Promise<HostileResult> {
  const result: HostileResult = { channels: 0, attacks: 0, kills: {}, refused: {} };
  while (performance.now() < until) {
    const row = random.pick(ROWS);
    const bot_code = random.next() < HANGS_AT_IMPORT ? 'while True: pass' : rawBot(row.python);
    const channel = await create(call, bot_code, result);
    if (channel === undefined) continue;
    result.channels++;
    for (let left = 1 + random.below(MOST_ATTACKS); left > 0; left--) {
      const attacking = attack(call, channel, result);
      if (random.next() < LEAVES_EARLY) await pause(random.below(EARLY_MS));
      else await attacking;
    }
    await call('update_channel', { channel_id: channel, ops: [{ type: 'close' }] });
  }
  return result;
}

async function create(call: Call, bot_code: string, { refused }: HostileResult): Promise<string | undefined> {
  try {
    const slots = ['bot:Hostile', 'invite:A'];
    const { channel_id, invites } = await call('create_channel', { name: 'Hostile', slots, bot_code });
    await call('join_channel', { invite_code: invites[0] ?? '' });
    return channel_id;
  } catch (error) {
    const code = /"code":"(\w+)"/.exec(String(error))?.[1];
    if (code === undefined) throw error;
    refused[code] = (refused[code] ?? 0) + 1;
    return undefined;
  }
}

async function attack(call: Call, channel_id: string, result: HostileResult): Promise<void> {
  result.attacks++;
  const answer = await call('post_message', { channel_id, body: 'attack', wait_ms: 30_000 }).catch(
    () => undefined,
  );
  for (const { body } of answer?.replies ?? []) {
    const { type, reason } = body as { type?: string; reason?: string };
    if (type === 'bot:error' && reason !== undefined) result.kills[reason] = (result.kills[reason] ?? 0) + 1;
  }
}
