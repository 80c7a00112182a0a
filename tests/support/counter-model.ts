import { News } from '../../control-plane/src/log/news.ts';
import { Streams } from '../../control-plane/src/log/streams.ts';
import { inOrder, type Decide, type StreamModel } from '../../control-plane/src/log/model.ts';
import type { CommitStore } from '../../control-plane/src/log/store.ts';
import { LocalWakeups } from '../../control-plane/src/log/waiting.ts';

/** What happened, as text in order: the plainest fold there is. */
export interface Trail {
  readonly seen: readonly string[];
}

const trailModel: StreamModel<Trail> = {
  version: 1,
  initial: () => ({ seen: [] }),
  apply(state, part) {
    const seen = [...state.seen];
    for (const item of inOrder(part)) {
      if ('entry' in item) seen.push(`entry ${item.entry.id}`);
      else if (item.fact.type !== 'format') seen.push(`fact ${item.fact['name'] as string}`);
    }
    return { seen };
  },
  tags: (_before, after) => (after.seen.length % 2 === 1 ? ['odd'] : []),
  isTombstone: (fact) => fact.type === 'tombstone',
};

/** A clock that tells what it is told to. */
export class FakeClock {
  ms: number;
  constructor(ms = 1_800_000_000_000) {
    this.ms = ms;
  }
  now(): number {
    return this.ms;
  }
}

/** Streams of trails over a store, as one writer among others. */
export function openTrails(store: CommitStore, clock = new FakeClock(), maxLoaded = 100): Streams<Trail> {
  return new Streams({ store, model: trailModel, wakeups: new LocalWakeups(), clock }, maxLoaded);
}

/** The same over a store that other processes write to, which hear of its commits through `tell`. */
export function openSharedTrails(store: CommitStore, tell?: (stream: string) => void): Streams<Trail> {
  const news = new News(store);
  const shared = { store, model: trailModel, wakeups: new LocalWakeups(), clock: new FakeClock(), news };
  return new Streams({ ...shared, ...(tell ? { tell } : {}) }, 100);
}

/** Writes one entry; answers its id. */
export const say =
  (text: string): Decide<Trail, number> =>
  (_state, { nextId }) => ({
    draft: { entries: [{ sender: 's1', sender_kind: 'member', kind: 'user', body: { text } }] },
    answer: nextId,
  });

/** Writes one fact and no entry. */
export const note =
  (name: string): Decide<Trail, string> =>
  () => ({ draft: { facts: [{ type: 'note', name }] }, answer: name });
