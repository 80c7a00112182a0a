import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../control-plane/src/kernel/json/canonical.ts';
import type { Json } from '../../control-plane/src/kernel/json/value.ts';
import { openChannels, refusal, refused } from '../support/channels.ts';
import { echo, HeldHook, ok } from '../support/fake-sandbox.ts';
import { ECHO, openTable } from './support.ts';

const hash = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const OTHER = 'class Other:\n    pass\n';
const PRESET = {
  name: 'DealerBot',
  version: '2.1',
  summary: 'Deals.',
  class_name: 'DealerBot',
  file: 'dealer_bot.py',
  hooks: ['on_init'],
  params: { cards: { type: 'integer' as const, default: 5, min: 1, max: 9, description: 'How many.' } },
  env: { LANGUAGE: 'en' },
  network: 'off' as const,
  source: 'class DealerBot:\n    cards = "♠ 𝄞"\n',
};

describe('a new channel', () => {
  it('shows its slots in the order given, each with an id, and one invite per invite slot', async () => {
    await using channels = openChannels();
    const { created, channel_id } = await openTable(channels, {
      slots: ['invite:North', 'bot:Referee', 'invite:Süd 2'],
    });
    expect(channel_id).toMatch(/^chn_[a-z2-7]{16}$/);
    expect(created.view.slots).toEqual([
      { slot_id: 's0', kind: 'invite', label: 'North', filled_by: null, admin: false },
      { slot_id: 's1', kind: 'bot', label: 'Referee', filled_by: 'bot:Referee', admin: false },
      { slot_id: 's2', kind: 'invite', label: 'Süd 2', filled_by: null, admin: false },
    ]);
    expect(created.invite_slots.map(({ slot_id }) => slot_id)).toEqual(['s0', 's2']);
    expect(created.invites).toEqual(created.invite_slots.map(({ invite_code }) => invite_code));
    for (const code of created.invites) expect(code).toMatch(new RegExp(`^inv_${channel_id.slice(4)}_`));
  });

  it('begins with the announcement: all bots, then hash and manifest of each, then what on_init posts', async () => {
    await using channels = openChannels();
    channels.sandbox.script(OTHER, echo);
    const { channel_id } = await openTable(channels, {
      slots: ['bot:One', 'bot:Two', 'invite:A'],
      bots: [
        { inline_code: ECHO, name: 'First' },
        { inline_code: OTHER, name: 'Second' },
      ],
    });
    const bodies = (await channels.bodies(channel_id)) as { type: string; bot_id?: string }[];
    expect(bodies.map(({ type, bot_id }) => [type, bot_id])).toEqual([
      ['bots_announced', undefined],
      ['bot:attach', 'bot_First_0'],
      ['bot:manifest', 'bot_First_0'],
      ['bot:attach', 'bot_Second_1'],
      ['bot:manifest', 'bot_Second_1'],
      ['echo', expect.stringMatching(/^bot_(First_0|Second_1)$/)],
      ['echo', expect.stringMatching(/^bot_(First_0|Second_1)$/)],
    ]);
    expect(bodies[0]).toEqual({
      type: 'bots_announced',
      bots: [
        { slot_id: 's0', name: 'First', version: '1.0', summary: '' },
        { slot_id: 's1', name: 'Second', version: '1.0', summary: '' },
      ],
    });
  });

  it('announces hashes that anyone can recompute: of the source pages, and of the manifest', async () => {
    await using channels = openChannels();
    const source = `class Long:\n    text = "${'𝄞♠x'.repeat(7_000)}"\n`;
    const { channel_id, alice } = await openTable(channels, {
      bots: [{ inline_code: source, params: { b: 1, a: [1.5, 'é'] }, env: { MODE: 'x' } }],
    });
    let joined = '';
    for (let offset: number | null = 0; offset !== null; ) {
      const page = await alice.get_bot_code({ channel_id, bot_id: 'bot_Referee_0', offset });
      expect(page.source.isWellFormed()).toBe(true);
      expect(JSON.stringify(page.source).length).toBeLessThan(10_100);
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(25_000);
      joined += page.source;
      offset = page.next_offset;
    }
    expect(joined).toBe(source);
    const [, attach, manifest] = (await channels.bodies(channel_id)) as Record<string, Json>[];
    expect(attach).toMatchObject({ code_hash: hash(source) });
    expect(attach).toMatchObject({ manifest_hash: hash(canonicalJson(manifest!['manifest_excerpt']!)) });
    const code = await alice.get_bot_code({ channel_id, bot_id: 'bot_Referee_0' });
    expect(code.manifest).toEqual(manifest!['manifest_excerpt']);
    expect(code).toMatchObject({ code_hash: attach!['code_hash'], manifest_hash: attach!['manifest_hash'] });
    expect(code.manifest).toMatchObject({
      params: { b: 1, a: [1.5, 'é'] },
      env: { MODE: 'x' },
      network: 'off',
      runtime: channels.sandbox.digest,
      limits: { hook_wall_ms: 5_000 },
      chance: { commitment: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
    });
  });

  it('runs a preset with its defaults, the same way as inline code', async () => {
    await using channels = openChannels({ presets: [PRESET] });
    for (const bot_preset of ['DealerBot', 'builtin://DealerBot']) {
      const { created, channel_id, alice } = await openTable(channels, { bot_preset });
      expect(created.bots).toMatchObject([
        { name: 'DealerBot', version: '2.1', code_hash: hash(PRESET.source) },
      ]);
      const code = await alice.get_bot_code({ channel_id, bot_id: 'bot_DealerBot_0' });
      expect(code).toMatchObject({
        code_ref: 'builtin://DealerBot',
        inline_code: null,
        source: PRESET.source,
        manifest: { params: { cards: 5 }, env: { LANGUAGE: 'en' } },
      });
    }
    expect(channels.sandbox.runs[0]?.program).toMatchObject({ params: { cards: 5 }, source: PRESET.source });
  });

  it('puts each bot into the slot that it names, by label or id, and the rest into the first empty ones', async () => {
    await using channels = openChannels();
    const { created } = await openTable(channels, {
      slots: ['bot:A', 'bot:B', 'invite:P', 'bot:C'],
      bot_code: ECHO,
      bots: [
        { slot: 's3', inline_code: OTHER, name: 'ById' },
        { slot: 'B', inline_code: OTHER, name: 'ByLabel' },
      ],
    });
    expect(created.view.slots.map(({ filled_by }) => filled_by)).toEqual([
      'bot:A',
      'bot:ByLabel',
      null,
      'bot:ById',
    ]);
  });

  it('is told of in an answer of bounded size, however much its bots announce', async () => {
    await using channels = openChannels();
    const bots = Array.from({ length: 31 }, () => ({
      inline_code: ECHO,
      params: { p: 'x'.repeat(16_000) },
      manifest: { summary: 's'.repeat(500) },
    }));
    const slots = [...bots.map((_bot, at) => `bot:B${at}`), 'invite:A'];
    const { created, channel_id, alice } = await openTable(channels, { slots, bots });
    expect(created.bots).toHaveLength(31);
    expect(JSON.stringify(await alice.get_channel_info({ channel_id })).length).toBeLessThan(50_000);
    const { manifest } = await alice.get_bot_code({ channel_id, bot_id: 'bot_B30_30' });
    expect(manifest).toMatchObject({ params: bots[0]!.params });
  });

  it('does not wait for on_init', async () => {
    await using channels = openChannels();
    const held = new HeldHook();
    channels.sandbox.script(OTHER, held.script);
    const alice = channels.as('acc_alice');
    const { channel_id, bots } = await alice.create_channel({ name: 'n', slots: ['bot:R'], bot_code: OTHER });
    expect(bots).toMatchObject([{ status: 'working' }]);
    await held.started();
    held.end(ok());
    await channels.settled(channel_id);
  });

  it('may have no bot at all', async () => {
    await using channels = openChannels();
    const alice = channels.as('acc_alice');
    const { channel_id } = await alice.create_channel({ name: 'n', slots: ['invite:A'] });
    expect(await alice.sync_messages({ channel_id, timeout_ms: 0 })).toMatchObject({
      messages: [],
      cursor: 0,
      head: 0,
    });
  });
});

describe('a creation that is refused', () => {
  const base = { name: 'n', slots: ['bot:R', 'invite:A'] };
  const REFUSED = [
    ['a slot of no kind', { ...base, slots: ['R'] }, 'BAD_SLOT', 'slots.0'],
    ['a slot without a label', { ...base, slots: ['bot:R', 'invite:'] }, 'BAD_SLOT', 'slots.1'],
    ['a label with a line break', { ...base, slots: ['invite:a\nb'] }, 'BAD_SLOT', 'slots.0'],
    ['a label with a bidi control', { ...base, slots: ['invite:a\u202eb'] }, 'BAD_SLOT', 'slots.0'],
    ['an unknown preset', { ...base, bot_preset: 'NoBot' }, 'UNKNOWN_PRESET', 'bot_preset'],
    [
      'a preset and code',
      { ...base, bot_preset: 'DealerBot', bot_code: ECHO },
      'INVALID_REQUEST',
      'bot_preset',
    ],
    ['parameters of no bot', { ...base, bot_params: {} }, 'INVALID_REQUEST', 'bot_params'],
    ['neither code nor preset', { ...base, bots: [{}] }, 'INVALID_REQUEST', 'bots.0'],
    [
      'more bots than slots',
      { ...base, bot_code: ECHO, bots: [{ inline_code: ECHO }] },
      'BOT_SLOT_MISSING',
      'bots.0',
    ],
    [
      'a bot for an invite slot',
      { ...base, bots: [{ slot: 'A', inline_code: ECHO }] },
      'BOT_SLOT_MISSING',
      'bots.0',
    ],
    [
      'a slot asked for twice',
      {
        ...base,
        bots: [
          { slot: 'R', inline_code: ECHO },
          { slot: 's0', inline_code: ECHO },
        ],
      },
      'BOT_SLOT_MISSING',
      'bots.1',
    ],
    [
      'a parameter of the wrong type',
      { ...base, bot_preset: 'DealerBot', bot_params: { cards: 'x' } },
      'INVALID_REQUEST',
      'bot_params.cards',
    ],
    [
      'a parameter out of range',
      { ...base, bot_preset: 'DealerBot', bot_params: { cards: 10 } },
      'INVALID_REQUEST',
      'bot_params.cards',
    ],
    [
      'a parameter that the preset has not',
      { ...base, bot_preset: 'DealerBot', bot_params: { dice: 1 } },
      'INVALID_REQUEST',
      'bot_params',
    ],
    ['code over 64 KiB', { ...base, bot_code: 'x'.repeat(65_537) }, 'TOO_LARGE', undefined],
    [
      'parameters over 16 KiB',
      { ...base, bot_code: ECHO, bot_params: { p: 'x'.repeat(16_384) } },
      'TOO_LARGE',
      undefined,
    ],
    ['code that does not compile', { ...base, bot_code: 'def' }, 'INVALID_BOT_CODE', undefined],
    [
      'one bad bot among good ones',
      { name: 'n', slots: ['bot:A', 'bot:B'], bots: [{ inline_code: ECHO }, { inline_code: 'def' }] },
      'INVALID_BOT_CODE',
      undefined,
    ],
    ['a sandbox that is away', { ...base, bot_code: 'away' }, 'SANDBOX_UNAVAILABLE', undefined],
  ] as const;

  it.each(REFUSED)('for %s creates nothing and leaves no container', async (_why, input, code, field) => {
    await using channels = openChannels({ presets: [PRESET] });
    channels.sandbox.checks('def', { outcome: 'refused', line: 3, message: 'invalid syntax' });
    channels.sandbox.checks('away', { outcome: 'not_run', detail: 'no engine', noCapacity: false });
    const alice = channels.as('acc_alice');
    const error = await refused(alice.create_channel({ ...input, idempotency_key: 'k' } as never));
    expect([error.code, error.details.field]).toEqual([code, field]);
    expect(error.details.line).toBe(code === 'INVALID_BOT_CODE' ? 3 : undefined);
    expect(channels.sandbox.containers).toEqual(new Set());
    expect((await alice.list_channels({})).channels).toEqual([]);
    // The key is free still: nothing was remembered under it.
    expect(await alice.create_channel({ ...base, idempotency_key: 'k' })).toMatchObject({ bots: [] });
  });

  it('by the store leaves no container either', async () => {
    await using channels = openChannels();
    channels.store.append = () => Promise.reject(new Error('disk full'));
    const alice = channels.as('acc_alice');
    expect(await refusal(alice.create_channel({ ...base, bot_code: ECHO }))).toBe('STORE_UNAVAILABLE');
    expect(channels.sandbox.containers).toEqual(new Set());
  });
});
