import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { encodeCommit } from '../../control-plane/src/log/codec.ts';
import type { Commit, Entry } from '../../control-plane/src/log/commit.ts';
import { canonicalJson } from '../../control-plane/src/kernel/json/canonical.ts';
import { sha256Label } from '../../control-plane/src/kernel/hash.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { check } from './check/check.ts';
import type { Ledger } from './ledger.ts';

/** A whole game that nothing is wrong with: three messages, one of them for the bot alone. */
function story() {
  const commits: Commit[] = [];
  const states: string[] = [];
  let next = 1;
  let chain = '';
  const add = (entries: readonly Partial<Entry>[], facts: readonly object[] = [], cause?: number) => {
    const at = 1_000 + commits.length;
    const first = next;
    commits.push({
      stream: 'chn',
      n: commits.length,
      id: `commit-${commits.length}`,
      first,
      at,
      entries: entries.map((entry) => ({
        id: next++,
        channel_id: 'chn',
        sender: 'system',
        sender_kind: 'server',
        kind: 'system',
        body: {},
        ts: new Date(at).toISOString(),
        salt: '',
        ...entry,
      })),
      facts: facts.map((fact) => ({ type: 'hook', before: first, salt: '', ...fact })),
      ...(cause === undefined ? {} : { cause }),
      tags: [],
    });
  };
  add([
    { body: { type: 'bots_announced', bots: [{ slot_id: 'b1' }] } },
    { body: { type: 'bot:attach', bot_id: 'bot' } },
  ]);
  for (const [n, to_slot] of [undefined, 'b1', undefined].entries()) {
    const text = `s1 says ${n}`;
    const cause = next;
    add([{ sender: 's1', sender_kind: 'member', kind: 'user', body: { text }, ...(to_slot && { to_slot }) }]);
    chain = createHash('sha256')
      .update(chain + text)
      .digest('hex');
    const state = canonicalJson({ count: n + 1, chain });
    states.push(state);
    const said = { sender: 'bot', sender_kind: 'bot', kind: 'chain' } as const;
    const body = { count: n + 1, chain, of: cause };
    const fact = {
      bot_id: 'bot',
      cause,
      hook: to_slot ? 'on_private_message' : 'on_message',
      outcome: 'ok',
      reason: null,
    };
    const after = { state_after: sha256Label(state), state_version: n + 1, entry_ids: [next] };
    add([{ ...said, body, ...(to_slot && { to_slot: 's1' }) }], [{ ...fact, ...after }], cause);
  }
  const entries = () => commits.flatMap((commit) => commit.entries);
  const ledger: Ledger = {
    acknowledged: entries()
      .filter(({ sender_kind }) => sender_kind === 'member')
      .map(({ id, body }) => ({
        channel_id: 'chn',
        slot_id: 's1',
        msg_id: id,
        text: (body as { text: string }).text,
      })),
    refused: [{ channel_id: 'chn', text: 's1 says nothing' }],
    views: [
      {
        channel_id: 'chn',
        slot_id: 's1',
        shown: entries().map(({ id, sender, kind, body }) => ({
          id,
          sender,
          kind,
          body: canonicalJson(body),
        })),
      },
    ],
    replies: entries()
      .filter(({ sender_kind }) => sender_kind === 'bot')
      .map(({ id, sender, kind, body }) => ({
        channel_id: 'chn',
        id,
        sender,
        kind,
        body: canonicalJson(body),
      })),
  };
  return { commits, states, ledger };
}

type Story = ReturnType<typeof story>;
type Loose<T> = { -readonly [K in keyof T]: T[K] };

/** Renumbers what stands behind a change, so that it alone is wrong. */
function renumber(commits: Commit[]): void {
  let next = 1;
  for (const [n, commit] of commits.entries()) {
    Object.assign(commit, { n, first: next, at: 1_000 + n });
    for (const entry of commit.entries) Object.assign(entry, { id: next++ });
  }
}

const bodyOf = (told: Story, n: number) => told.commits[n]?.entries[0]?.body as Record<string, unknown>;
const viewOf = (told: Story) =>
  told.ledger.views[0]?.shown as Loose<Story['ledger']['views'][number]['shown'][number]>[];

const DOCTORED: Readonly<Record<string, readonly [doctor: (told: Story) => void, says: RegExp]>> = {
  'a commit is missing': [(told) => void told.commits.splice(3, 1), /in the place of commit 3/],
  'an entry has another id': [
    (told) => Object.assign(told.commits[3]?.entries[0] ?? {}, { id: 99 }),
    /entry 99 stands/,
  ],
  'time runs back': [(told) => Object.assign(told.commits[4] ?? {}, { at: 1 }), /older than the one before/],
  'an acknowledged post is missing': [
    (told) =>
      void told.ledger.acknowledged.push({ channel_id: 'chn', slot_id: 's1', text: 'lost', msg_id: 3 }),
    /"lost", acknowledged as 3, is missing/,
  ],
  'an acknowledged post has another id': [
    (told) => Object.assign(told.ledger.acknowledged[0] ?? {}, { msg_id: 9 }),
    /acknowledged as 9, is 3/,
  ],
  'a post is of another seat': [
    (told) => Object.assign(told.commits[1]?.entries[0] ?? {}, { sender: 's2' }),
    /is of s2, not of s1/,
  ],
  'a post is there twice': [
    (told) => {
      told.commits.splice(6, 0, structuredClone(told.commits[5]) as Commit);
      renumber(told.commits);
    },
    /"s1 says 2" is there 2 times/,
  ],
  'a refused post is there': [
    (told) => void told.ledger.refused.push({ channel_id: 'chn', text: 's1 says 0' }),
    /"s1 says 0" was refused, and is there/,
  ],
  'an effect is there twice': [
    (told) => {
      told.commits.push(structuredClone(told.commits[6]) as Commit);
      renumber(told.commits);
    },
    /bot heard 3,5,7,7 where it was to hear 3,5,7/,
  ],
  'a hook did not run': [
    (told) => Object.assign(told.commits[6] ?? {}, { facts: [] }),
    /bot heard 3,5 where/,
  ],
  'hooks ran in another order': [
    (told) => {
      const [one, other] = [told.commits[2], told.commits[4]] as [Commit, Commit];
      const swapped = { facts: other.facts, cause: other.cause };
      Object.assign(other, { facts: one.facts, cause: one.cause });
      Object.assign(one, swapped);
    },
    /bot heard 5,3,7 where it was to hear 3,5,7/,
  ],
  'a bot counted wrongly': [(told) => Object.assign(bodyOf(told, 4), { count: 3 }), /bot answered 5 with/],
  'a bot chained wrongly': [(told) => Object.assign(bodyOf(told, 6), { chain: '00' }), /bot answered 7 with/],
  'a state is not what its inputs give': [
    (told) => Object.assign(told.commits[4]?.facts[0] ?? {}, { state_after: 'sha256:0' }),
    /another state than its inputs give after 5/,
  ],
  'the newest state is not stored': [(told) => void told.states.pop(), /the state of bot is undefined/],
  'a hook failed by itself': [
    (told) => Object.assign(told.commits[6]?.facts[0] ?? {}, { outcome: 'bot_failed', reason: 'exception' }),
    /bot failed at 7: exception/,
  ],
  'a view has a hole': [
    (told) => void viewOf(told).splice(3, 1),
    /was shown .*"id":5.* where the log has .*"id":4/,
  ],
  'a view has a repeat': [
    (told) => void viewOf(told).splice(3, 0, { ...(viewOf(told)[3] as object) } as never),
    /where the log has .*"id":5/,
  ],
  'a view ends too early': [(told) => void viewOf(told).pop(), /was shown nothing where the log has/],
  'a view has too much': [
    (told) => void viewOf(told).push({ id: 99, sender: '', kind: '', body: '' }),
    /1 too many/,
  ],
  'a view has another body': [(told) => Object.assign(viewOf(told)[2] ?? {}, { body: '{}' }), /was shown/],
  'a reply is not in the log': [
    (told) => Object.assign(told.ledger.replies[0] ?? {}, { id: 99 }),
    /a reply was/,
  ],
};

async function verdictOf({ commits, states, ledger }: Story) {
  const store = new MemoryStore();
  const attachments = states.map((text, at) => ({
    scope: 'chn/bot',
    version: at + 1,
    hash: sha256Label(text),
    text,
  }));
  for (const commit of commits) await store.append(encodeCommit(commit), attachments);
  return check(store, ['chn'], ledger);
}

describe('what the crash harness holds against the store', () => {
  it('finds nothing wrong with a log that is whole', async () => {
    expect(await verdictOf(story())).toMatchObject({
      violations: [],
      commits: 7,
      entries: 8,
      hooks: 3,
      lost: 0,
    });
  });

  it('counts a hook that lost its container twice, which its channel is told of, as no violation', async () => {
    const told = story();
    Object.assign(told.commits[6]?.facts[0] ?? {}, { outcome: 'bot_failed', reason: 'exit' });
    told.states.pop();
    expect(await verdictOf(told)).toMatchObject({ lost: 1 });
  });

  it.each(Object.entries(DOCTORED))('finds that %s', async (_what, [doctor, says]) => {
    const told = story();
    doctor(told);
    const { violations } = await verdictOf(told);
    expect(violations.join('\n')).toMatch(says);
  });
});
