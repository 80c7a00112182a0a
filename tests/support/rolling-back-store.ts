import type { Attachment, CommitStore, Place, StoredCommit } from '../../control-plane/src/log/store.ts';
import { storeWith } from './store-with.ts';

/** How a failover ends for a commit that only the old primary had. */
export type Ending = 'confirmed' | 'rolled back';

interface Unconfirmed {
  readonly commit: StoredCommit;
  readonly attachments: readonly Attachment[];
}

/**
 * A primary that loses its majority when it is told to: a commit that it takes then is answered with an
 * error and shown to nobody, yet its place is taken, until the failover ends.
 */
export class RollingBackStore {
  readonly store: CommitStore;
  /** Appends that were asked for. */
  appends = 0;
  readonly #inner: CommitStore;
  readonly #unconfirmed = new Map<string, Unconfirmed>();
  #losesNext = false;

  constructor(inner: CommitStore) {
    this.#inner = inner;
    this.store = storeWith(inner, {
      append: (commit, attachments = []) => this.#append(commit, attachments),
    });
  }

  /** The next commit that finds its place free is one that the majority does not confirm. */
  loseMajority(): void {
    this.#losesNext = true;
  }

  /** The failover is over. */
  async end(ending: Ending): Promise<void> {
    const pending = [...this.#unconfirmed.values()];
    this.#unconfirmed.clear();
    if (ending === 'rolled back') return;
    for (const { commit, attachments } of pending) await this.#inner.append(commit, attachments);
  }

  async #append(commit: StoredCommit, attachments: readonly Attachment[]) {
    this.appends += 1;
    const key = keyOf(commit);
    if (this.#unconfirmed.has(key)) return 'taken';
    if (!this.#losesNext || (await this.#inner.taken([commit])).length > 0)
      return this.#inner.append(commit, attachments);
    this.#losesNext = false;
    this.#unconfirmed.set(key, { commit, attachments });
    throw new Error('waiting for replication timed out');
  }
}

function keyOf({ stream, n }: Place): string {
  return `${stream}/${n}`;
}
