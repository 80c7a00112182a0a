import { CodedError } from '../../control-plane/src/kernel/errors.ts';
import type {
  AppendResult,
  Attachment,
  CommitStore,
  Place,
  Snapshot,
  StoredCommit,
  TagCursor,
  TaggedStream,
} from '../../control-plane/src/log/store.ts';

const byN = (a: StoredCommit, b: StoredCommit) => a.n - b.n;
const newestFirst = (a: TaggedStream, b: TaggedStream) => b.at - a.at || (a.stream < b.stream ? -1 : 1);

/** A CommitStore that forgets: for tests of what stands on the port. */
export class MemoryStore implements CommitStore {
  readonly #streams = new Map<string, Map<number, StoredCommit>>();
  readonly #attachments = new Map<string, Attachment & { readonly stream: string }>();
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #marks = new Map<string, string>();
  #open = true;

  async append(commit: StoredCommit, attachments: readonly Attachment[] = []): Promise<AppendResult> {
    this.#check();
    const commits = this.#streams.get(commit.stream) ?? new Map<number, StoredCommit>();
    if (commits.has(commit.n)) return 'taken';
    this.#streams.set(commit.stream, commits.set(commit.n, structuredClone(commit)));
    for (const each of attachments) {
      this.#attachments.set(attachmentKey(each), { ...each, stream: commit.stream });
      const { scope, forget_below = 0 } = each;
      this.#forget((held) => held.scope === scope && held.version < forget_below);
    }
    return 'appended';
  }

  async read(stream: string, fromN: number, limit: number, maxBytes = Infinity) {
    const commits = this.#sorted(stream).filter(({ n }) => n >= fromN);
    let bytes = 0;
    const tooMany = commits.findIndex(
      ({ payload }, i) => (bytes += Buffer.byteLength(payload)) > maxBytes && i > 0,
    );
    return commits.slice(0, Math.min(limit, tooMany < 0 ? limit : tooMany));
  }

  async taken(places: readonly Place[]): Promise<readonly Place[]> {
    this.#check();
    return places.filter(({ stream, n }) => this.#streams.get(stream)?.has(n));
  }

  async head(stream: string): Promise<StoredCommit | undefined> {
    return this.#sorted(stream).at(-1);
  }

  async streamsByTag(tag: string, page: { since?: number; after?: TagCursor; limit: number }) {
    this.#check();
    const { since = -Infinity, after, limit } = page;
    const tagged = [...this.#streams.keys()].flatMap((stream): TaggedStream[] => {
      const newest = this.#sorted(stream).findLast(({ tags }) => tags.includes(tag));
      return newest ? [{ stream, at: newest.at }] : [];
    });
    const wanted = tagged.filter((each) => each.at >= since && (!after || newestFirst(after, each) < 0));
    return wanted.sort(newestFirst).slice(0, limit);
  }

  async attachment(scope: string, version: number, hash: string): Promise<string | undefined> {
    this.#check();
    return this.#attachments.get(attachmentKey({ scope, version, hash }))?.text;
  }

  async snapshot(stream: string): Promise<Snapshot | undefined> {
    this.#check();
    return this.#snapshots.get(stream);
  }

  async putSnapshot(snapshot: Snapshot): Promise<void> {
    this.#check();
    this.#snapshots.set(snapshot.stream, snapshot);
  }

  async eraseBelow(stream: string, n: number): Promise<void> {
    for (const commit of this.#sorted(stream)) if (commit.n < n) this.#streams.get(stream)?.delete(commit.n);
    this.#snapshots.delete(stream);
    this.#forget((each) => each.stream === stream);
  }

  async mark(name: string): Promise<string | undefined> {
    this.#check();
    return this.#marks.get(name);
  }

  async putMark(name: string, value: string): Promise<void> {
    this.#check();
    this.#marks.set(name, value);
  }

  async ready(): Promise<boolean> {
    return this.#open;
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  #sorted(stream: string): StoredCommit[] {
    this.#check();
    return [...(this.#streams.get(stream)?.values() ?? [])].sort(byN);
  }

  #forget(which: (attachment: Attachment & { readonly stream: string }) => boolean): void {
    this.#check();
    for (const [key, each] of this.#attachments) if (which(each)) this.#attachments.delete(key);
  }

  #check(): void {
    if (!this.#open) throw new CodedError('STORE_UNAVAILABLE');
  }
}

function attachmentKey({ scope, version, hash }: Omit<Attachment, 'text'>): string {
  return JSON.stringify([scope, version, hash]);
}
