import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelModel } from '../../control-plane/src/channels/model.ts';
import type { ChannelState } from '../../control-plane/src/channels/state.ts';
import { CodedError } from '../../control-plane/src/kernel/errors.ts';
import { JsonError } from '../../control-plane/src/kernel/json/parse.ts';
import { emptyFold, type Folded, foldCommit } from '../../control-plane/src/log/fold.ts';
import type { CommitStore } from '../../control-plane/src/log/store.ts';
import { openChannels, type TestChannels } from '../support/channels.ts';
import { botFailed, counting, type HookScript, replied } from '../support/fake-sandbox.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { freshSqlite } from '../support/sqlite-store.ts';
import { BOT } from './support.ts';

const ACCOUNTS = ['acc_0', 'acc_1', 'acc_2'];
const account = fc.constantFrom(...ACCOUNTS);
const slot_id = fc.constantFrom('s1', 's2', 's3');
const bot_id = fc.constantFrom('bot_Bot_0', 'bot_Bot_1', 'bot_Bot_2');
const key = fc.option(fc.constantFrom('k1', 'k2'), { nil: undefined });

const op = fc.oneof(
  fc.record({ type: fc.constant('set_bot'), slot: fc.constant('Bot'), inline_code: fc.constant(BOT) }),
  fc.record({ type: fc.constantFrom('remove_bot', 'resume_bot'), bot_id }),
  fc.record({ type: fc.constantFrom('evict', 'issue_invite', 'revoke_invite'), slot_id }),
  fc.record({ type: fc.constant('set_admin'), slot_id, admin: fc.boolean() }),
  fc.record({
    type: fc.constant('rename'),
    name: fc.string({ minLength: 1, maxLength: 9, unit: 'grapheme' }),
  }),
  fc.record({ type: fc.constant('set_visibility'), visibility: fc.constantFrom('private', 'listed') }),
  fc.record({ type: fc.constantFrom('yield_slot') }),
);

const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('join'), account, code: fc.nat(40), rotate: fc.boolean(), key }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('regain'), account, slot_id }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('post'), account, body: fc.json(), key }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('dm'), account, bot_id }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('update'),
      account,
      ops: fc.array(op, { minLength: 1, maxLength: 3 }),
      key,
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('later'), ms: fc.nat(700_000) }) },
);

type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** Runs commands, each batch of them at once; refusals are part of life. */
class Play {
  readonly channels: TestChannels;
  readonly channel_id: string;
  /** Every code that was given out. */
  readonly #codes: string[];

  constructor(channels: TestChannels, channelId: string, codes: readonly string[]) {
    this.channels = channels;
    this.channel_id = channelId;
    this.#codes = [...codes];
  }

  async batch(commands: readonly Command[]): Promise<void> {
    const ended = await Promise.allSettled(commands.map((one) => this.#run(one as never)));
    for (const result of ended) {
      if (result.status === 'rejected' && !isRefusal(result.reason)) throw result.reason;
    }
  }

  async #run(one: {
    does: string;
    account: string;
    code: number;
    rotate: boolean;
    slot_id: string;
    body: string;
    bot_id: string;
    ops: never;
    ms: number;
    key?: string;
  }) {
    const { channel_id } = this;
    const who = this.channels.as(one.account);
    const idempotency = one.key === undefined ? {} : { idempotency_key: one.key };
    switch (one.does) {
      case 'join': {
        const invite_code = this.#codes[one.code % this.#codes.length]!;
        this.#codes.push(
          (await who.join_channel({ invite_code, rotate: one.rotate, ...idempotency })).rejoin_token,
        );
        return;
      }
      case 'regain':
        this.#codes.push((await who.join_channel({ channel_id, slot_id: one.slot_id })).rejoin_token);
        return;
      case 'post':
        await who.post_message({
          channel_id,
          body: { said: JSON.parse(one.body) },
          wait_ms: 0,
          ...idempotency,
        });
        return;
      case 'dm':
        await who.dm_bot({ channel_id, bot_id: one.bot_id, message: 'x', wait_ms: 0 });
        return;
      case 'update': {
        const { invites = [] } = await who.update_channel({ channel_id, ops: one.ops, ...idempotency });
        this.#codes.push(...invites.map(({ invite_code }) => invite_code));
        return;
      }
      default:
        this.channels.clock.forward(one.ms);
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof CodedError || error instanceof JsonError;
}

/** A bot that counts, and by its seed now and then fails or answers nonsense. */
const moody: HookScript = (call, program) => {
  const mood = Number.parseInt(call.seed.slice(0, 2), 16);
  if (mood < 60) return botFailed();
  return mood < 80 ? replied('nonsense') : counting(call, program);
};

async function startPlay(channels: TestChannels): Promise<Play> {
  channels.sandbox.script(BOT, moody);
  const { channel_id, invites } = await channels.as('acc_0').create_channel({
    name: 'Play',
    slots: ['bot:Bot', 'invite:A', 'invite:B', 'invite:C'],
    bot_code: BOT,
    bots_policy: 'open',
  });
  return new Play(channels, channel_id, invites);
}

describe('whatever happens in a channel', () => {
  it('folds from its commits alone to the state that is served, and numbers every entry once', async () => {
    expect.hasAssertions();
    await playAndCheck(() => new MemoryStore(), 100);
  });

  it('does so on a store on disk too', async () => {
    expect.hasAssertions();
    await using disk = await freshSqlite();
    await playAndCheck(() => disk.commits, 10);
  });
});

async function playAndCheck(store: () => CommitStore, numRuns: number): Promise<void> {
  const batches = fc.array(fc.array(command, { minLength: 1, maxLength: 5 }), { maxLength: 12 });
  const property = fc.asyncProperty(batches, async (plan) => {
    await using channels = openChannels({ store: store() });
    const play = await startPlay(channels);
    for (const batch of plan) await play.batch(batch);
    await channels.settled(play.channel_id);
    await checkLog(channels, play.channel_id);
  });
  await fc.assert(property, { numRuns });
}

async function checkLog(channels: TestChannels, channelId: string): Promise<void> {
  const commits = await channels.commits(channelId);
  let folded = emptyFold(channelModel, channelId);
  const middle = Math.floor(commits.length / 2);
  let fromSnapshot: Folded<ChannelState> | undefined;
  for (const commit of commits) {
    folded = foldCommit(channelModel, folded, commit);
    if (fromSnapshot) fromSnapshot = foldCommit(channelModel, fromSnapshot, commit);
    if (commit.n === middle) fromSnapshot = JSON.parse(JSON.stringify(folded));
  }
  const { folded: served } = await channels.streams.open(channelId);
  expect(folded).toEqual(served);
  expect(fromSnapshot).toEqual(served);
  const entries = commits.flatMap((commit) => commit.entries);
  expect(entries.map(({ id }) => id)).toEqual(entries.map((_, at) => at + 1));
  expect(commits.map(({ n }) => n)).toEqual(commits.map((_, at) => at));
  checkHooks(commits);
}

/** No hook has two ends, and each is a commit that names its cause. */
function checkHooks(commits: Awaited<ReturnType<TestChannels['commits']>>): void {
  const ends = commits.flatMap(({ cause, facts }) =>
    facts.filter(({ type }) => type === 'hook').map((fact) => ({ cause, fact })),
  );
  expect(ends.every(({ cause, fact }) => cause === fact['cause'])).toBe(true);
  const names = ends.map(({ fact }) => `${fact['bot_id'] as string}/${fact['cause'] as number}`);
  expect(new Set(names).size).toBe(names.length);
}
