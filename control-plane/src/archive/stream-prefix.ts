import { setTimeout as pause } from 'node:timers/promises';
import { decodeCommit } from '../log/codec.ts';
import type { CommitStore, StoredCommit } from '../log/store.ts';
import type { HeldAttachment, StoreContents } from './contents.ts';

const PAGE_ATTACHMENTS = 100;
const MAX_TRIES = 20;
const PAUSE_MS = 25;

/** A part of a stream that stands for itself: what its newest commits refer to is among the attachments. */
export interface Prefix {
  readonly attachments: readonly HeldAttachment[];
  /** Number of the prefix's newest commit. */
  readonly last: number;
}

/**
 * Finds a consistent prefix of a stream that may be written to meanwhile. A store keeps the newest two
 * states of each bot only, so commits and states read one after the other may not fit each other.
 *
 * @returns undefined for a stream that is gone
 * @throws when the stream moves on faster than it can be read
 */
export async function findPrefix(
  commits: CommitStore,
  contents: StoreContents,
  stream: string,
): Promise<Prefix | undefined> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const before = await commits.head(stream);
    if (!before) return undefined;
    const attachments = await attachmentsOf(contents, stream);
    const after = await commits.head(stream);
    if (after?.n === before.n) return { attachments, last: before.n };
    const moved = await commits.read(stream, before.n + 1, (after?.n ?? before.n) - before.n);
    const last = lastCovered(before.n, moved, attachments);
    if (last !== undefined) return { attachments, last };
    await pause(PAUSE_MS);
  }
  throw new Error(`The channel ${stream} does not hold still: try again when it is quieter.`);
}

async function attachmentsOf(contents: StoreContents, stream: string): Promise<readonly HeldAttachment[]> {
  const all: HeldAttachment[] = [];
  for (;;) {
    const page = await contents.attachments(stream, all.at(-1), PAGE_ATTACHMENTS);
    if (page.length === 0) return all;
    all.push(...page);
  }
}

/** What a hook's fact tells of its bot's state. */
interface StateChange {
  readonly scope: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** The newest commit, from the one before the others moved in, whose states were all read. */
function lastCovered(
  start: number,
  moved: readonly StoredCommit[],
  attachments: readonly HeldAttachment[],
): number | undefined {
  const held = new Set(attachments.map(({ scope, hash }) => `${hash} ${scope}`));
  const changes = moved.map(changesOf);
  for (let count = moved.length; count >= 0; count--) {
    const states = statesAfter(changes, count);
    if ([...states].every(([scope, hash]) => hash === null || held.has(`${hash} ${scope}`)))
      return start + count;
  }
  return undefined;
}

/** Of each bot that changes at all, the state once so many commits have moved in. */
function statesAfter(
  changes: readonly (readonly StateChange[])[],
  count: number,
): ReadonlyMap<string, string | null> {
  const states = new Map<string, string | null>();
  for (const { scope, before } of changes.flat().toReversed()) states.set(scope, before);
  for (const { scope, after } of changes.slice(0, count).flat()) states.set(scope, after);
  return states;
}

function changesOf(stored: StoredCommit): readonly StateChange[] {
  return decodeCommit(stored)
    .facts.filter(({ type }) => type === 'hook')
    .map((fact) => ({
      scope: `${stored.stream}/${fact['bot_id'] as string}`,
      before: fact['state_before'] as string | null,
      after: fact['state_after'] as string | null,
    }));
}
