import { sha256 } from '../../../clients/typescript/client/bot-code.ts';
import { ofType, single } from '../../../clients/typescript/demo/log.ts';
import type { Message } from '../../../clients/typescript/client/tools.ts';
import type { Client } from './edges.ts';

/** A player in a seat, addressed by its handle. */
export interface Seated {
  readonly client: Client;
  readonly channel_id: string;
  readonly slot_id: string;
  readonly seat: string;
}

/** A channel with GuessBot and two players, the game begun. */
export async function startGame(clients: readonly [Client, Client]): Promise<readonly [Seated, Seated]> {
  const [first] = clients;
  const slots = ['bot:referee', 'invite:a', 'invite:b'];
  const { invites } = await first.call('create_channel', { name: 'Game', slots, bot_preset: 'GuessBot' });
  const seated: Seated[] = [];
  for (const [index, client] of clients.entries()) {
    const {
      channel_id,
      slot_id,
      rejoin_token: seat,
    } = await client.call('join_channel', {
      invite_code: invites[index] ?? '',
    });
    seated.push({ client, channel_id, slot_id, seat });
  }
  const [a, b] = seated as [Seated, Seated];
  await readUntil(a, (log) => ofType(log, 'bot:turn').length > 0);
  return [a, b];
}

/** Everything that the player may see, waited for until `enough`. */
export async function readUntil(
  { client, channel_id, seat }: Seated,
  enough: (log: readonly Message[]) => boolean,
): Promise<Message[]> {
  const log: Message[] = [];
  for (let cursor = 0, more = true; more || !enough(log); ) {
    const timeout_ms = enough(log) ? 0 : 20_000;
    const answer = await client.call('sync_messages', {
      channel_id,
      seat,
      cursor,
      timeout_ms,
      max_tokens: 20_000,
    });
    if (answer.messages.length === 0 && !enough(log)) throw new Error('Nothing came within 20 s.');
    log.push(...answer.messages);
    cursor = answer.cursor;
    more = answer.has_more;
  }
  return log;
}

/** The numbers that are still possible. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** One guess in the middle; answers what is left, and undefined when the game is over. */
export async function guess(player: Seated, { low, high }: Range): Promise<Range | undefined> {
  const { client, channel_id, seat } = player;
  const number = Math.floor((low + high) / 2);
  const { replies } = await client.call('post_message', { channel_id, seat, body: `guess ${number}` });
  const { result } = single(replies, 'judge').body;
  if (result === 'correct') return undefined;
  return result === 'low' ? { low: number + 1, high } : { low, high: number - 1 };
}

/** Plays by turns to the end; `start` moves first. */
export async function playOn(players: readonly [Seated, Seated], range: Range, start = 0): Promise<void> {
  let left: Range | undefined = range;
  for (let turn = start; left !== undefined; turn++)
    left = await guess(players[turn % 2 === 0 ? 0 : 1], left);
}

/** Commitment, reveal and what the reveal hashes to. */
export function proofOf(log: readonly Message[]) {
  const reveal = single(log, 'bot:reveal').body;
  return {
    committed: single(log, 'bot:commit').body['commit'],
    revealed: reveal['commit'],
    computed: sha256(`${String(reveal['target'])}:${String(reveal['nonce'])}`).slice('sha256:'.length),
  };
}
