import { canonicalJson } from '../kernel/json/canonical.ts';
import type { IdentityRecord } from '../identity/records.ts';
import type { StoredCommit } from '../log/store.ts';
import { ArchiveError } from './error.ts';
import type { Item } from './items.ts';
import type { CopiedStore } from './read.ts';

/** Writes under way at once: a store writes together what arrives together. */
const AT_ONCE = 64;

/** What loading did. */
export interface Loaded {
  /** Items that were there already, of an earlier try. */
  readonly skipped: number;
}

/**
 * Puts items into a store. What is there already and is the same is passed by, so that a load that was
 * cut short can be repeated.
 *
 * @throws {ArchiveError} where the store holds something else in an item's place
 */
export async function loadItems(store: CopiedStore, items: AsyncIterable<Item>): Promise<Loaded> {
  const writes = new Writes();
  let stream = '';
  for await (const item of items) {
    if (item.type === 'stream') ({ stream } = item);
    await writes.add(put(store, stream, item));
  }
  return { skipped: await writes.end() };
}

/** Writes under way, bounded in number. The first failure of any of them is the whole's. */
class Writes {
  readonly #underWay = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  #skipped = 0;

  /** Waits while there are too many. */
  async add(write: Promise<boolean>): Promise<void> {
    const tracked = write
      .then(
        (isNew) => void (this.#skipped += isNew ? 0 : 1),
        (error: unknown) => void (this.#failure ??= { error }),
      )
      .finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    if (this.#underWay.size >= AT_ONCE) await Promise.race(this.#underWay);
    if (this.#failure) await this.end();
  }

  /** @returns how many were there already */
  async end(): Promise<number> {
    await Promise.all(this.#underWay);
    if (this.#failure) throw this.#failure.error;
    return this.#skipped;
  }
}

/** False when it was there. */
async function put(store: CopiedStore, stream: string, item: Item): Promise<boolean> {
  switch (item.type) {
    case 'stream':
      return true;
    case 'attachment':
      await store.contents.putAttachments(stream, [item.attachment]);
      return true;
    case 'mark':
      await store.commits.putMark(item.name, item.value);
      return true;
    case 'commit':
      return putCommit(store, item.commit);
    case 'record':
      return putRecord(store, item.record);
  }
}

async function putCommit({ commits }: CopiedStore, commit: StoredCommit): Promise<boolean> {
  if ((await commits.append(commit)) === 'appended') return true;
  const [held] = await commits.read(commit.stream, commit.n, 1);
  if (held?.n === commit.n && held.id === commit.id && held.payload === commit.payload) return false;
  throw new ArchiveError(`The store holds another commit ${commit.n} of ${commit.stream}.`);
}

async function putRecord({ records }: CopiedStore, record: IdentityRecord): Promise<boolean> {
  // At the beginning of time nothing has expired.
  if (await records.insert(record, 0)) return true;
  const held = await records.get(record.kind, record.key, 0);
  if (held && canonicalJson(held.value) === canonicalJson(record.value)) return false;
  throw new ArchiveError(`The store holds another record under ${record.kind} of the same key.`);
}
