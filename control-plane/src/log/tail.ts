import type { Commit } from './commit.ts';

const MAX_COMMITS = 256;
const MAX_BYTES = 1024 * 1024;

/** The newest commits of a stream, kept so that readers who follow along ask no store. */
export class Tail {
  readonly #commits: { readonly commit: Commit; readonly bytes: number }[] = [];
  #bytes = 0;

  /** Adds the next commit; `bytes` is the size of its payload. */
  push(commit: Commit, bytes: number): void {
    this.#commits.push({ commit, bytes });
    this.#bytes += bytes;
    while (this.#commits.length > MAX_COMMITS || (this.#bytes > MAX_BYTES && this.#commits.length > 1)) {
      this.#bytes -= this.#commits.shift()?.bytes ?? 0;
    }
  }

  clear(): void {
    this.#commits.length = 0;
    this.#bytes = 0;
  }

  /** The commits from the one that holds entry `id` (or would follow it) on, or undefined if older ones are needed. */
  sinceEntry(id: number): readonly Commit[] | undefined {
    const first = this.#commits[0];
    if (first === undefined || first.commit.first > id) return undefined;
    let start = this.#commits.length - 1;
    while (start > 0 && (this.#commits[start] as { commit: Commit }).commit.first > id) start--;
    return this.#commits.slice(start).map((item) => item.commit);
  }
}
