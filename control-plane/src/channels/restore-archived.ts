import { ArchiveError } from '../archive/error.ts';
import type { Item } from '../archive/items.ts';
import { loadItems } from '../archive/load.ts';
import type { CopiedStore } from '../archive/read.ts';
import type { Summary } from '../archive/tally.ts';
import type { Clock } from '../kernel/clock.ts';
import { archivedAs, unarchive } from './unarchive.ts';

/**
 * Brings channels back that were archived from this store. May be repeated.
 *
 * @param items of the archive, from the beginning at each call
 * @returns their ids
 * @throws {ArchiveError} for an archive of something else, or of a channel that the store cannot take back
 */
export async function restoreArchived(
  store: CopiedStore,
  items: () => AsyncIterable<Item>,
  { sha256 }: Summary,
  clock: Clock,
): Promise<readonly string[]> {
  const channels: string[] = [];
  for await (const item of items()) {
    if (item.type === 'mark' || item.type === 'record')
      throw new ArchiveError('This is a backup of a whole store, not of an archived channel.');
    if (item.type === 'stream') channels.push(item.stream);
  }
  for (const channelId of channels) {
    if ((await archivedAs(store.commits, channelId)) !== sha256)
      throw new ArchiveError(`The store does not hold ${channelId} as archived with this file.`);
  }
  await loadItems(store, items());
  for (const channelId of channels) {
    if (!(await unarchive(store.commits, channelId, clock)))
      throw new ArchiveError(`Commits of ${channelId} are missing after the restore.`);
  }
  return channels;
}
