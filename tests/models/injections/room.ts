import { createHash } from 'node:crypto';
import { NOTICE } from '../../../control-plane/src/channels/view.ts';
import { canonicalJson } from '../../../control-plane/src/kernel/json/canonical.ts';
import type { JsonObject } from '../../../control-plane/src/kernel/json/value.ts';
import { ok } from '../../support/fake-sandbox.ts';
import { type Edge, type Models, startModels } from '../support.ts';

const BOT = 'bot_Referee_0';
const hash = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** A channel of alice's whose bot is, announces and says one text; she sits in s1, and s2 is free. */
export async function openRoom(edge: Edge, text: string) {
  const models = await startModels();
  models.channels.sandbox.script(text, ({ hook }) => {
    if (hook === 'on_message') return ok([{ body: { text } }]);
    return hook === 'on_private_message' ? ok([{ to_slot: 's2', body: { [text]: text } }]) : ok();
  });
  const alice = models.as('alice', edge);
  const bot = { slot: 'Referee', inline_code: text, params: { note: text }, env: { NOTE: text } };
  const created = await alice.call('create_channel', {
    name: 'Room',
    slots: ['bot:Referee', 'invite:one', 'invite:two'],
    bots: [{ ...bot, manifest: { summary: text } }],
  });
  const { channel_id, invites } = created as { channel_id: string; invites: readonly string[] };
  await alice.call('join_channel', { invite_code: invites[0] });
  await models.channels.settled(channel_id);
  return {
    models,
    alice,
    bob: models.as('bob', edge),
    channel_id,
    invite: invites[1] ?? '',
    expected: await expectations(models, channel_id, text),
    [Symbol.asyncDispose]: () => models[Symbol.asyncDispose](),
  };
}

/** Every answer to the last field, as it must be whatever the text is. */
async function expectations({ channels }: Models, channel_id: string, text: string) {
  const ts = new Date(channels.clock.now()).toISOString();
  const seat = (slot_id: string, label: string, filled: boolean, admin: boolean) => ({
    ...{ slot_id, kind: 'invite', label, filled_by: filled ? 'member' : null, admin },
  });
  const referee = { slot_id: 's0', kind: 'bot', label: 'Referee', filled_by: 'bot:Referee', admin: false };
  const view = {
    channel_id,
    name: 'Room',
    slots: [referee, seat('s1', 'one', true, true), seat('s2', 'two', true, false)],
    created_at: ts,
    visibility: 'private',
    bots_policy: 'frozen',
    bots_frozen: true,
    strict_seats: false,
    closed: false,
  };
  const [, , announced] = (await channels.bodies(channel_id)) as JsonObject[];
  const manifest = announced?.['manifest_excerpt'] as JsonObject;
  const hashes = { code_hash: hash(text), manifest_hash: hash(canonicalJson(manifest)) };
  const bot = {
    ...{ bot_id: BOT, slot_id: 's0', name: 'Referee', version: '1.0', manifest, ...hashes },
    ...{ created_at: ts, state_version: 0, status: 'ready' },
  };
  const entry = (id: number, rest: object) => ({ id, channel_id, ts, ...rest });
  const said = (body: object) => ({ sender: 's2', sender_kind: 'member', kind: 'user', body });
  const answered = (body: object) => ({
    ...{ sender: BOT, sender_kind: 'bot', kind: 'bot' },
    body: { ...body, bot_id: BOT, state_version: 0 },
  });
  return {
    view,
    bot,
    manifest,
    hashes,
    notice: NOTICE,
    settled: (msg_id: number, replies: readonly object[], remaining: number) => ({
      ...{ msg_id, ts, bots: 'settled', replies, notice: NOTICE, you: { slot_id: 's2', label: 'two' } },
      loop_guard: { remaining, per_minute: 60_000 },
      next: 'Call sync_messages with your last cursor to wait for the others.',
    }),
    post: (id: number) => entry(id, said({ text })),
    reply: (id: number) => entry(id, answered({ text })),
    strange: (id: number) => entry(id, { ...said({ [text]: text }), to_slot: 's0' }),
    secret: (id: number) => entry(id, { ...answered({ [text]: text }), to_slot: 's2' }),
  };
}
