import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { directoryModel } from '../../control-plane/src/agents/directory/model.ts';
import { DIRECTORY } from '../../control-plane/src/agents/directory/state.ts';
import { inboxModel } from '../../control-plane/src/agents/inbox/model.ts';
import { readBody } from '../../control-plane/src/agents/messages/body.ts';
import { messageId } from '../../control-plane/src/agents/messages/message-id.ts';
import { decodeCommit } from '../../control-plane/src/log/codec.ts';
import { emptyFold, type Folded, foldCommit } from '../../control-plane/src/log/fold.ts';
import type { StreamModel } from '../../control-plane/src/log/model.ts';
import { LocalWakeups } from '../../control-plane/src/log/waiting.ts';
import { Stream } from '../../control-plane/src/log/stream.ts';
import type { MemoryStore } from '../support/memory-store.ts';
import { Play, type Step } from './support/play.ts';

const name = fc.constantFrom('a', 'b', 'c');
const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('come', 'come', 'go'), name }) },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('send'),
      name,
      to: fc.oneof(name, fc.constant('ALL')),
      key: fc.option(fc.constantFrom('k1', 'k2'), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('read'), name, limit: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('connect', 'connect', 'disconnect'), name }) },
  { weight: 8, arbitrary: fc.record({ does: fc.constant('listen'), name, acks: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constantFrom('move', 'tell', 'restart', 'tell', 'later'), name }),
  },
) as fc.Arbitrary<Step>;

/** Steps at once, and then others. */
const plans = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 20 });

describe('whatever agents do, at two servers that are restarted and hear little of each other', () => {
  it('each message that was answered comes, none comes again once it is acknowledged, in its sender’s order', async () => {
    expect.hasAssertions();
    const property = fc.asyncProperty(plans, async (plan) => {
      await using play = await Play.begin();
      for (const steps of plan) await play.together(steps);
      await play.readOut();
      for (const agent of play.readers()) {
        expect(agent.again).toEqual([]);
        expect(new Set(agent.seen)).toEqual(new Set(await expected(play.store, agent.inbox, agent.since)));
        expect(agent.owed).toEqual(new Set());
        expect(agent.outOfOrder()).toEqual([]);
      }
      for (const id of play.answered) expect(await stands(play.store, id)).toBe(true);
    });
    await fc.assert(property, { numRuns: 150 });
  }, 120_000);

  it('folds from its commits alone to the state that is served, from a snapshot too', async () => {
    expect.hasAssertions();
    const property = fc.asyncProperty(plans, async (plan) => {
      await using play = await Play.begin();
      for (const steps of plan) await play.together(steps);
      await checkFold(play.store, DIRECTORY, directoryModel);
      for (const inbox of play.inboxes) await checkFold(play.store, inbox, inboxModel);
    });
    await fc.assert(property, { numRuns: 75 });
  }, 120_000);
});

const commitsOf = async (store: MemoryStore, stream: string) =>
  (await store.read(stream, 0, 1_000_000)).map(decodeCommit);

/** What an inbox must have shown, by its two streams alone. */
async function expected(store: MemoryStore, inbox: string, since: number): Promise<string[]> {
  const entries = async (stream: string) =>
    (await commitsOf(store, stream)).flatMap((commit) => commit.entries);
  const direct = (await entries(inbox)).map(({ id }) => messageId(inbox, id));
  const toAll = (await entries(DIRECTORY)).filter(
    (entry) => entry.id >= since && readBody(entry).sender !== inbox,
  );
  return [...direct, ...toAll.map(({ id }) => messageId(DIRECTORY, id))];
}

async function stands(store: MemoryStore, id: string): Promise<boolean> {
  const [, stream, entry] = /^msg_(.+)_(\d+)$/.exec(id) ?? [];
  const commits = await commitsOf(store, stream === 'all' ? DIRECTORY : `inbox_${stream}`);
  return commits.some(({ entries }) => entries.some((one) => one.id === Number(entry)));
}

/** Folded command by command, commit by commit and from a snapshot, a stream comes to the same. */
async function checkFold<State>(
  store: MemoryStore,
  stream: string,
  model: StreamModel<State>,
): Promise<void> {
  const commits = await commitsOf(store, stream);
  const middle = Math.floor(commits.length / 2);
  let whole = emptyFold(model, stream);
  let parts = model.initial(stream);
  let fromSnapshot: Folded<State> | undefined;
  for (const commit of commits) {
    whole = foldCommit(model, whole, commit);
    if (fromSnapshot) fromSnapshot = foldCommit(model, fromSnapshot, commit);
    if (commit.n === middle) fromSnapshot = JSON.parse(JSON.stringify(whole));
    const { at, entries } = commit;
    let next = 0;
    for (const fact of commit.facts) {
      for (; entries[next] && entries[next]!.id < fact.before; next++)
        parts = model.apply(parts, { at, entries: [entries[next]!], facts: [] });
      parts = model.apply(parts, { at, entries: [], facts: [fact] });
    }
    for (const entry of entries.slice(next)) parts = model.apply(parts, { at, entries: [entry], facts: [] });
  }
  const clock = { now: () => 0 };
  const loaded = await Stream.load(stream, { store, model, clock, wakeups: new LocalWakeups() });
  expect(JSON.stringify(parts)).toEqual(JSON.stringify(whole.state));
  expect(loaded.folded).toEqual(whole);
  expect(JSON.stringify(fromSnapshot ?? whole)).toEqual(JSON.stringify(whole));
}
