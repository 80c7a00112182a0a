import { randomInt } from 'node:crypto';

/**
 * Above what login, systemd (its containers end at 1,879,048,191) and sub-user ranges take, and within
 * what the OCI runtime accepts (2^31 - 1).
 */
const FIRST = 1_900_000_000;
const COUNT = 200_000_000;

/**
 * A user of a container's own. The kernel counts open watches, descriptors on their way, pipe buffers
 * and more by user, over all containers: with one for all, a bot could use up another's.
 */
export function containerUser(): number {
  return FIRST + randomInt(COUNT);
}
