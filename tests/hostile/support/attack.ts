import { vi } from 'vitest';
import type { Message } from '../../../clients/typescript/client/tools.ts';
import { rawBot } from './raw-bot.ts';
import type { Row, Shown } from './row.ts';
import { openSeat, type Seat } from './seat.ts';
import { type Held, heldBy, leftOf, residentMb } from './traces.ts';
import type { World } from './world.ts';

/** The neighbour's slowest answer: a functional bound, on a machine that runs other tests as well. */
const NEIGHBOUR_MS = 3_000;
const SERVER_GROWTH_MB = 20;
/** PID 1, and the process that it may have forked for the next hook. */
const PROCESSES = 2;
const CONTAINER_GROWTH_MB = 8;
/** A container that lost its process is removed beside whatever comes next. */
const GONE_MS = 5_000;
const LOOK_MS = 20;

/** What came of an attack. */
export interface Findings {
  /** What the channel showed for it. */
  readonly shows: unknown;
  /** What the next, honest hook found in its container. */
  readonly next: object;
  /** What should not have happened to anyone else. */
  readonly complaints: readonly string[];
}

/** Runs one row against a container, and looks for what it left. */
export async function attack(world: World, row: Row): Promise<Findings> {
  const seat = await openSeat(world.client, { bot_code: rawBot(row.python) });
  const before = await looked(seat);
  const atRest = await heldBy(before.container);
  const slowest = world.neighbour.watch();
  const grown = row.flood ? watchMemory(world.pid) : () => 0;
  const replies = await seat.post('attack');
  const growth = grown();
  const { container, ...next } = await looked(seat);
  const kept =
    container === before.container ? more(await heldBy(container), atRest) : await gone(before.container);
  const neighbourMs = await slowest();
  await seat.close();
  const complaints = [
    ...kept,
    ...(await gone(container)),
    ...(growth < SERVER_GROWTH_MB ? [] : [`the server grew by ${growth} MB`]),
    ...(neighbourMs < NEIGHBOUR_MS ? [] : [`the neighbour waited for ${neighbourMs} ms`]),
  ];
  return { shows: shown(replies), next, complaints };
}

/** What the bot or the server said, without what the server adds to every body. */
export function shown(replies: readonly Message[]): Shown | readonly unknown[] {
  const [reply] = replies;
  const { bot_id: _, state_version: __, ...body } = (reply?.body ?? {}) as Record<string, unknown>;
  if (replies.length !== 1 || !reply) return replies;
  if (reply.sender_kind === 'server' && body['type'] === 'bot:error')
    return { error: body['reason'] } as Shown;
  return reply.sender_kind === 'bot' ? { body } : replies;
}

/** What an honest hook of the bot finds. */
export async function looked(seat: Seat): Promise<object & { readonly container: string }> {
  const seen = shown(await seat.post('look'));
  if (!('body' in seen)) throw new Error(`The honest hook did not answer: ${JSON.stringify(seen)}`);
  return seen.body as object & { container: string };
}

/** Waits until nothing of a container is left. @returns what is left all the same */
export async function gone(id: string): Promise<readonly string[]> {
  const empty = async () => {
    if ((await leftOf(id)).length > 0) throw new Error('Something is left.');
    return [];
  };
  return vi.waitFor(empty, { timeout: GONE_MS }).catch(() => leftOf(id));
}

function more(after: Held, before: Held): string[] {
  const grown = after.memoryMb - before.memoryMb;
  return [
    ...(after.zombies === 0 ? [] : [`${after.zombies} zombies`]),
    ...(after.processes <= PROCESSES ? [] : [`${after.processes} processes`]),
    ...(grown < CONTAINER_GROWTH_MB ? [] : [`the container keeps ${grown} MB more`]),
  ];
}

/** @returns tells by how much a process has grown at most since, MB */
function watchMemory(pid: number): () => number {
  const before = residentMb(pid);
  let most = before;
  const look = () => void (most = Math.max(most, residentMb(pid)));
  const timer = setInterval(look, LOOK_MS);
  return () => {
    clearInterval(timer);
    look();
    return most - before;
  };
}
