import type { Commit, Fact } from '../log/commit.ts';
import { decodeCommit } from '../log/codec.ts';
import type { StoredCommit } from '../log/store.ts';
import type { AttachmentKey } from './contents.ts';

/** A value that a commit refers to; null for none, as a bot has before its first state. */
type Reference = AttachmentKey | null;

/** What a commit makes of something that has a value: of a bot's state, of a bot's source. */
interface Change {
  readonly of: string;
  /** What it referred to before, which may be one of two. */
  readonly before: readonly Reference[];
  readonly after: Reference;
}

/** The attachments of a stream that were read, in one go or in several. */
export class ReadAttachments {
  readonly #all = new Set<string>();
  /** The highest version of each scope that the last go found. */
  #newest = new Map<string, number>();

  /** Begins another go. */
  again(): void {
    this.#newest = new Map();
  }

  /** False for one that was read before. */
  add(key: AttachmentKey): boolean {
    this.#newest.set(key.scope, Math.max(key.version, this.#newest.get(key.scope) ?? 0));
    const name = nameOf(key);
    return !this.#all.has(name) && Boolean(this.#all.add(name));
  }

  has(reference: Reference): boolean {
    return reference === null || this.#all.has(nameOf(reference));
  }

  /**
   * Of two values that may have stood when the last go began, it is this one: a newer one would have
   * been found.
   */
  isNewest(reference: Reference): boolean {
    return (
      reference !== null && this.has(reference) && this.#newest.get(reference.scope) === reference.version
    );
  }
}

/** Finds where a stream can be cut that moved on while its attachments were read. */
export class Cut {
  readonly #read: ReadAttachments;
  readonly #changes: (readonly Change[])[] = [];

  constructor(read: ReadAttachments) {
    this.#read = read;
  }

  /** One more of the commits that moved in, in order. */
  add(commit: StoredCommit): void {
    this.#changes.push(changesOf(decodeCommit(commit)));
  }

  /**
   * @returns after how many of these commits everything that the stream then refers to was read, as many
   * as can be; undefined where that is so after none
   */
  find(): number | undefined {
    const missing = this.#missingBefore();
    let found = missing.size === 0 ? 0 : undefined;
    for (const [index, changes] of this.#changes.entries()) {
      for (const { of, after } of changes) {
        if (this.#read.has(after)) missing.delete(of);
        else missing.add(of);
      }
      if (missing.size === 0) found = index + 1;
    }
    return found;
  }

  /** What the stream referred to before these commits, of what they change: the rest still stands, and was read. */
  #missingBefore(): Set<string> {
    const firsts = new Map<string, Change>();
    for (const change of this.#changes.flat()) if (!firsts.has(change.of)) firsts.set(change.of, change);
    const missing = [...firsts.values()].filter(({ before: [one = null, other = one] }) => {
      const isHeld = this.#read.has(one) && this.#read.has(other);
      return !isHeld && !this.#read.isNewest(one);
    });
    return new Set(missing.map(({ of }) => of));
  }
}

function changesOf({ stream, facts }: Commit): readonly Change[] {
  return facts.flatMap((fact) => {
    if (fact.type === 'hook') return [stateChange(stream, fact)];
    return fact.type === 'bot_attached' ? [sourceChange(stream, fact)] : [];
  });
}

/** A hook that sets a state counts its version up, also where the text stays the same. */
function stateChange(stream: string, fact: Fact): Change {
  const scope = `${stream}/${fact['bot_id'] as string}`;
  const version = fact['state_version'] as number;
  const { state_before: before, state_after: after } = fact;
  const state = (hash: unknown, at: number): Reference =>
    hash === null ? null : { scope, version: at, hash: hash as string };
  return { of: scope, before: statesBefore(), after: state(after, version) };

  function statesBefore(): readonly Reference[] {
    if (before !== after) return [state(before, version - 1)];
    return version > 1 ? [state(before, version - 1), state(before, version)] : [state(before, version)];
  }
}

function sourceChange(stream: string, fact: Fact): Change {
  const version = fact['generation'] as number;
  const scope = `${stream}/code`;
  return {
    of: `${scope}/${version}`,
    before: [null],
    after: { scope, version, hash: fact['code_hash'] as string },
  };
}

function nameOf({ scope, version, hash }: AttachmentKey): string {
  return JSON.stringify([scope, version, hash]);
}
