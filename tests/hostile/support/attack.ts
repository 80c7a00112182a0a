import { expect, vi } from 'vitest';
import type { Message } from '../../../clients/typescript/client/tools.ts';
import { CLEAN, rawBot } from './raw-bot.ts';
import type { Row, Shown } from './row.ts';
import { openSeat, type Seat } from './seat.ts';
import { heldBy, leftOf, residentMb } from './traces.ts';
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

/** Runs one row against a container, and looks for what it left. */
export async function attack(world: World, row: Row): Promise<void> {
  const seat = await openSeat(world.client, { bot_code: rawBot(row.python) });
  const before = await looked(seat);
  const held = await heldBy(before.container);
  const slowest = world.neighbour.watch();
  const grown = row.flood ? watchMemory(world.pid) : () => 0;
  const replies = await seat.post('attack');
  const growth = grown();
  const after = await looked(seat);

  expect(shown(replies)).toEqual(row.shows);
  expect(after).toEqual({ ...CLEAN, container: expect.any(String) });
  if (after.container === before.container) expect(await heldBy(after.container)).toSatisfy(within(held));
  else await gone(before.container);
  expect(await slowest()).toBeLessThan(NEIGHBOUR_MS);
  expect(growth).toBeLessThan(SERVER_GROWTH_MB);
  await seat.close();
  await gone(after.container);
}

/** What the bot or the server said, without what the server adds to every body. */
export function shown(replies: readonly Message[]): Shown | readonly unknown[] {
  const [reply] = replies;
  const { bot_id: _, state_version: __, ...body } = (reply?.body ?? {}) as Record<string, unknown>;
  if (replies.length !== 1 || !reply) return replies;
  if (reply.sender_kind === 'server' && body['type'] === 'bot:error') {
    return { error: body['reason'] } as Shown;
  }
  return reply.sender_kind === 'bot' ? { body } : replies;
}

/** What an honest hook of the bot finds. */
export async function looked(seat: Seat): Promise<typeof CLEAN & { readonly container: string }> {
  const seen = shown(await seat.post('look'));
  if (!('body' in seen)) throw new Error(`The honest hook did not answer: ${JSON.stringify(seen)}`);
  return seen.body as unknown as typeof CLEAN & { container: string };
}

/** Waits until nothing of a container is left. */
export async function gone(id: string): Promise<void> {
  await vi.waitFor(async () => expect(await leftOf(id)).toEqual([]), { timeout: GONE_MS });
}

function within(before: Awaited<ReturnType<typeof heldBy>>) {
  return (after: typeof before) =>
    after.zombies === 0 &&
    after.processes <= PROCESSES &&
    after.memoryMb < before.memoryMb + CONTAINER_GROWTH_MB;
}

/** @returns tells by how much a process has grown at most since, MB */
function watchMemory(pid: number): () => number {
  const before = residentMb(pid);
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, residentMb(pid))), LOOK_MS);
  return () => {
    clearInterval(timer);
    return Math.max(most, residentMb(pid)) - before;
  };
}
