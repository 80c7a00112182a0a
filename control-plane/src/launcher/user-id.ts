import { randomInt } from 'node:crypto';

/**
 * Above what login, systemd (its containers end at 1,879,048,191) and sub-user ranges take, and within
 * what the OCI runtime accepts (2^31 - 1).
 */
const OWN_RANGE = { first: 1_900_000_000, count: 200_000_000 };
/** An engine in a user namespace (rootless, userns-remap) has 65,536 ids, as a rule. */
const SMALL_RANGE = { first: 10_000, count: 50_000 };

/**
 * A user of a container's own. The kernel counts open watches, descriptors on their way, pipe buffers
 * and more by user, over all containers: with one for all, a bot could use up another's.
 *
 * @param inNamespace true where the engine runs in a user namespace
 */
export function containerUser(inNamespace = false): number {
  const { first, count } = inNamespace ? SMALL_RANGE : OWN_RANGE;
  return first + randomInt(count);
}
