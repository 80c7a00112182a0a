import { describe, expect, it } from 'vitest';
import { encodeCommit } from '../../control-plane/src/log/codec.ts';
import type { Commit, Entry } from '../../control-plane/src/log/commit.ts';
import { messageId } from '../../control-plane/src/agents/messages/message-id.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { AgentNotes, type Reading } from './agents/notes.ts';
import { checkAgents } from './check/agents.ts';

/** Streams as a server writes them, commit by commit. */
class Log {
  readonly commits: Commit[] = [];

  /** @returns the id of the first entry */
  add(stream: string, entries: readonly Partial<Entry>[], facts: readonly object[] = []): number {
    const before = this.of(stream);
    const first = 1 + before.flatMap((commit) => commit.entries).length;
    const at = 1_000 + this.commits.length;
    this.commits.push({
      stream,
      n: before.length,
      id: `commit-${this.commits.length}`,
      first,
      at,
      entries: entries.map((entry, index) => ({
        id: first + index,
        channel_id: stream,
        sender: 'system',
        sender_kind: 'member',
        kind: 'text',
        body: {},
        ts: new Date(at).toISOString(),
        salt: '',
        ...entry,
      })),
      facts: facts.map((fact) => ({ type: '', before: first, salt: '', ...fact })),
      tags: [],
    });
    return first;
  }

  of(stream: string): Commit[] {
    return this.commits.filter((commit) => commit.stream === stream);
  }
}

type Loose<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Anna writes to Ben, who reads over a socket, and to all; Ben is cut once, and is handed a message again that
 * he had not acknowledged. Guest has gone before the last broadcast, with a message unread.
 */
function story() {
  const log = new Log();
  const notes = new AgentNotes();
  const register = (agent_id: string) => {
    const since = 1 + log.of('agents').flatMap((commit) => commit.entries).length;
    log.add('agents', [], [{ type: 'agent_registered', agent_id, inbox: `inbox_${agent_id}`, since }]);
  };
  let n = 0;
  const write = (to: string, recipients: number) => {
    const text = `anna says ${n++}`;
    const [stream, message] = to === 'ALL' ? ['agents', { text }] : [`inbox_${to}`, text];
    const message_id = messageId(stream, log.add(stream, [{ sender: 'anna', body: { message } }]));
    notes.sent.push({ agent_id: 'anna', to, text, message_id, recipients, at: notes.now() });
    return { message_id, from: 'anna', to, message };
  };
  const hand = (reading: Reading, ...messages: readonly ReturnType<typeof write>[]) => {
    for (const message of messages) notes.hand(reading, message);
  };
  const receipt = (message_id: string, told: string) =>
    notes.receipts.push({ agent_id: 'anna', message_id, receipt: told, at: notes.now() });

  for (const agent of ['anna', 'ben', 'guest']) register(agent);
  const socket = notes.begin('ben', 'socket');
  const first = write('ben', 1);
  const toAll = write('ALL', 2);
  hand(socket, first, toAll);
  receipt(first.message_id, 'delivered');
  notes.acknowledge(socket);
  log.add('inbox_ben', [], [{ type: 'acknowledged', direct: 1, broadcast: 1 }]);
  receipt(first.message_id, 'acknowledged');
  const second = write('ben', 1);
  hand(socket, second);
  const again = notes.begin('ben', 'socket');
  hand(again, second);
  const unread = write('guest', 1);
  const poll = notes.begin('guest', 'poll');
  hand(poll, toAll);
  Object.assign(notes.acknowledge(poll), { known: notes.now() });
  log.add('inbox_guest', [], [{ type: 'acknowledged', direct: 0, broadcast: 1 }]);
  log.add('agents', [], [{ type: 'agent_left', agent_id: 'guest' }]);
  receipt(unread.message_id, 'dead');
  const last = write('ALL', 1);
  hand(again, last);
  notes.refused.push({ agent_id: 'anna', text: 'anna says nothing' });
  return { log, notes, socket, again, poll };
}

type Story = ReturnType<typeof story>;

const entryOf = ({ log }: Story, stream: string, id: number) =>
  log
    .of(stream)
    .flatMap((commit) => commit.entries)
    .find((entry) => entry.id === id) as Loose<Entry>;

const envelope = (message_id: string, text: string, to = 'ben') => ({
  message_id,
  from: 'anna',
  to,
  message: text,
});

const DOCTORED: Readonly<Record<string, readonly [doctor: (told: Story) => void, says: RegExp]>> = {
  'a commit of the directory is missing': [
    ({ log }) => void log.commits.splice(log.commits.indexOf(log.of('agents')[1] as Commit), 1),
    /agents: commit 2 stands in the place of commit 1/,
  ],
  'a commit of an inbox is missing': [
    ({ log }) => void log.commits.splice(log.commits.indexOf(log.of('inbox_ben')[1] as Commit), 1),
    /inbox_ben: commit 2 stands in the place of commit 1/,
  ],
  'an answered message is missing': [
    ({ notes }) => void Object.assign(notes.sent[0] ?? {}, { text: 'anna says more' }),
    /"anna says more", answered as msg_ben_1, is missing/,
  ],
  'a message is there twice': [
    ({ log }) => void log.add('inbox_ben', [{ sender: 'anna', body: { message: 'anna says 0' } }]),
    /"anna says 0" is there 2 times/,
  ],
  'a message is there in two inboxes': [
    ({ log }) => void log.add('inbox_guest', [{ sender: 'anna', body: { message: 'anna says 0' } }]),
    /"anna says 0" is there 2 times/,
  ],
  'a message was answered under another id': [
    ({ notes }) => void Object.assign(notes.sent[0] ?? {}, { message_id: 'msg_ben_7' }),
    /answered as msg_ben_7, is msg_ben_1/,
  ],
  'a message is of another sender': [
    (told) => void Object.assign(entryOf(told, 'inbox_ben', 1), { sender: 'guest' }),
    /is of guest, not of anna/,
  ],
  'a message stands with another agent': [
    ({ notes }) => void Object.assign(notes.sent[0] ?? {}, { to: 'guest' }),
    /stands in inbox_ben, not with guest/,
  ],
  'a refused message is there': [
    ({ notes }) => void notes.refused.push({ agent_id: 'anna', text: 'anna says 0' }),
    /"anna says 0" was refused, and is there/,
  ],
  'a broadcast was told to reach more than it did': [
    ({ notes }) => void Object.assign(notes.sent.at(-1) ?? {}, { recipients: 2 }),
    /was for 1, and told to be for 2/,
  ],
  'a broadcast reached who had gone': [
    ({ notes, poll }) => notes.hand(poll, envelope('msg_all_2', 'anna says 4', 'ALL')),
    /guest: was handed msg_all_2 .* which is not for it/,
  ],
  'a broadcast reached its sender': [
    ({ notes }) => notes.hand(notes.begin('anna', 'poll'), envelope('msg_all_1', 'anna says 1', 'ALL')),
    /anna: was handed msg_all_1 .* which is not for it/,
  ],
  'somebody was handed what is for another': [
    ({ notes, poll }) => notes.hand(poll, envelope('msg_ben_1', 'anna says 0')),
    /guest: was handed msg_ben_1 .* which is not for it/,
  ],
  'a message was shown otherwise than it is': [
    ({ socket }) => void Object.assign(socket.handed[0] ?? {}, { text: 'anna says x' }),
    /ben: was handed msg_ben_1 \("anna says x"\), which is not for it or not so in the store/,
  ],
  'a message was never handed over': [
    ({ socket, again }) => {
      socket.handed.pop();
      again.handed.shift();
    },
    /ben: was never handed msg_ben_2/,
  ],
  'a connection leaves out what was not acknowledged': [
    ({ again }) => void again.handed.shift(),
    /ben: was not handed msg_ben_2 .* beside later ones, and had not acknowledged it/,
  ],
  'a connection begins too late in a stream': [
    ({ log, notes, again }) => {
      again.handed.shift();
      log.add('inbox_ben', [{ sender: 'anna', body: { message: 'anna says 5' } }]);
      notes.hand(again, envelope('msg_ben_3', 'anna says 5'));
    },
    /ben: was not handed msg_ben_2 .* before msg_ben_3/,
  ],
  'a connection has a hole': [
    ({ log, notes, socket }) => {
      for (const n of [5, 6]) log.add('inbox_ben', [{ sender: 'anna', body: { message: `anna says ${n}` } }]);
      notes.hand(socket, envelope('msg_ben_4', 'anna says 6'));
    },
    /ben: was handed msg_ben_4 .* where msg_ben_3 .* was next/,
  ],
  'a connection has a repeat': [
    ({ notes, again }) => notes.hand(again, envelope('msg_ben_2', 'anna says 2')),
    /ben: was handed msg_ben_2 .* where nothing was next/,
  ],
  'what was acknowledged before a message that was seen comes again': [
    ({ notes }) => notes.hand(notes.begin('ben', 'socket'), envelope('msg_ben_1', 'anna says 0')),
    /ben: was handed msg_ben_1 .* again, which was known to be acknowledged/,
  ],
  'what an answered call acknowledged comes again': [
    ({ notes }) => notes.hand(notes.begin('guest', 'poll'), envelope('msg_all_1', 'anna says 1', 'ALL')),
    /guest: was handed msg_all_1 .* again, which was known to be acknowledged/,
  ],
  'a sender’s messages came in another order': [
    ({ socket }) => void socket.handed.reverse(),
    /ben: was handed msg_all_1 \("anna says 1"\) after msg_ben_2/,
  ],
  'the store has acknowledged what its reader has not': [
    ({ log }) => void log.add('inbox_ben', [], [{ type: 'acknowledged', direct: 2, broadcast: 1 }]),
    /ben: has not acknowledged msg_ben_2 .*, and the store says so/,
  ],
  'somebody read who was never registered': [
    ({ notes }) => notes.hand(notes.begin('nobody', 'poll'), envelope('msg_ben_1', 'anna says 0')),
    /nobody read, and was never registered/,
  ],
  'a receipt says delivered before it was': [
    ({ notes }) => void Object.assign(notes.receipts[0] ?? {}, { at: 1 }),
    /anna was told that msg_ben_1 is delivered/,
  ],
  'a receipt says acknowledged before it was': [
    ({ notes, socket }) => void Object.assign(notes.receipts[1] ?? {}, { at: socket.acknowledged[0]?.at }),
    /anna was told that msg_ben_1 is acknowledged/,
  ],
  'a receipt says that a message is dead whose recipient lives': [
    ({ notes }) => void Object.assign(notes.receipts[0] ?? {}, { receipt: 'dead' }),
    /anna was told that msg_ben_1 is dead/,
  ],
  'a receipt says that a message is dead that was acknowledged': [
    ({ log }) => void log.add('inbox_guest', [], [{ type: 'acknowledged', direct: 1, broadcast: 1 }]),
    /anna was told that msg_guest_1 is dead/,
  ],
  'a receipt of a message to all says more than stored': [
    ({ notes }) => void Object.assign(notes.receipts[0] ?? {}, { message_id: 'msg_all_1' }),
    /anna was told that msg_all_1 is delivered/,
  ],
};

async function verdictOf({ log, notes }: Story) {
  const store = new MemoryStore();
  for (const commit of log.commits) await store.append(encodeCommit(commit));
  return checkAgents(store, notes);
}

describe('what the crash harness holds against the store of agents', () => {
  it('finds nothing wrong with messages that are whole', async () => {
    expect(await verdictOf(story())).toEqual({
      violations: [],
      messages: 5,
      broadcasts: 2,
      handed: 6,
      repeats: 1,
    });
  });

  it('takes what comes again whose acknowledgement may not have been written', async () => {
    const told = story();
    const { log, notes, again } = told;
    notes.acknowledge(again);
    log.add('inbox_ben', [], [{ type: 'acknowledged', direct: 2, broadcast: 2 }]);
    notes.hand(notes.begin('ben', 'socket'), envelope('msg_ben_2', 'anna says 2'));
    expect(await verdictOf(told)).toMatchObject({ violations: [], repeats: 2 });
  });

  it.each(Object.entries(DOCTORED))('finds that %s', async (_what, [doctor, says]) => {
    const told = story();
    doctor(told);
    const { violations } = await verdictOf(told);
    expect(violations.join('\n')).toMatch(says);
  });
});
