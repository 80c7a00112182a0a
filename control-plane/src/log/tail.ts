import type { Commit } from './commit.ts';

const MAX_COMMITS = 256;
/** Held for each loaded stream, so it bounds what a thousand channels can take. */
const MAX_BYTES = 64 * 1024;
/** A UTF-16 code unit, as V8 holds text that is not Latin-1. */
const BYTES_PER_UNIT = 2;

/** The newest commits of a stream, kept so that readers who follow along ask no store. */
export class Tail {
  readonly #commits: { readonly commit: Commit; readonly bytes: number }[] = [];
  #bytes = 0;

  /** Adds the next commit, whose payload has so many UTF-16 code units. One that is too large is not held. */
  push(commit: Commit, units: number): void {
    const bytes = units * BYTES_PER_UNIT;
    this.#commits.push({ commit, bytes });
    this.#bytes += bytes;
    while (this.#commits.length > MAX_COMMITS || this.#bytes > MAX_BYTES) {
      this.#bytes -= this.#commits.shift()?.bytes ?? 0;
    }
  }

  /** Lets go of all of them, where the next one does not follow. */
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
