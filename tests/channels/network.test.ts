import { describe, expect, it } from 'vitest';
import type { Preset } from '../../control-plane/src/bots/presets.ts';
import { manifestHash } from '../../control-plane/src/bots/announce.ts';
import { networkOf } from '../../control-plane/src/bots/network.ts';
import type { JsonObject } from '../../control-plane/src/kernel/json/value.ts';
import { openChannels, refused } from '../support/channels.ts';
import { ECHO, openTable } from './support.ts';

const ONLINE = 'import socket\nclass Online:\n    pass\n';
const PRESET: Preset = {
  name: 'OnlineBot',
  version: '1',
  summary: '',
  class_name: 'OnlineBot',
  file: 'online_bot.py',
  hooks: [],
  params: {},
  env: {},
  network: ['prices.example.com'],
  source: ONLINE,
};

const usesNetwork = { outcome: 'ok', className: 'Online', usesNetwork: true } as const;

describe("a bot's network", () => {
  const IMPLIED = 'implied by the imports';
  it.each([
    ['nothing said, nothing imported', { inline_code: ECHO }, 'off', IMPLIED],
    ['nothing said, a network module imported', { inline_code: ONLINE }, 'public', IMPLIED],
    ['off, a network module imported', { inline_code: ONLINE, network: 'off' }, 'off', 'manifest'],
    ['public, nothing imported', { inline_code: ECHO, network: 'public' }, 'public', 'manifest'],
    [
      'a list',
      { inline_code: ONLINE, network: ['a.example.com', '*.b.example.com:8443'] },
      ['a.example.com', '*.b.example.com:8443'],
      'manifest',
    ],
    ['an empty list', { inline_code: ONLINE, network: [] }, [], 'manifest'],
    ['in the manifest', { inline_code: ONLINE, manifest: { network: 'off' } }, 'off', 'manifest'],
    [
      'in both, where the field counts',
      { inline_code: ONLINE, network: ['c.example.com'], manifest: { network: 'off' } },
      ['c.example.com'],
      'manifest',
    ],
    ["a preset's", { code_ref: 'builtin://OnlineBot' }, ['prices.example.com'], 'manifest'],
    [
      'another one for a preset',
      { code_ref: 'builtin://OnlineBot', network: ['d.example.com'] },
      ['d.example.com'],
      'manifest',
    ],
  ])('%s: is announced, hashed, and what hooks get', async (_what, bot, network, source) => {
    await using channels = openChannels({ presets: [PRESET] });
    channels.sandbox.checks(ONLINE, usesNetwork);
    const { channel_id, created } = await openTable(channels, { bots: [bot as never] });
    const [view] = created.bots;
    expect(view?.manifest).toMatchObject({ network, network_source: source });
    expect(view?.manifest_hash).toBe(manifestHash(view?.manifest as JsonObject));
    const bodies = (await channels.bodies(channel_id)) as { manifest_excerpt?: unknown }[];
    expect(bodies.find((body) => body.manifest_excerpt)?.manifest_excerpt).toEqual(view?.manifest);
    expect(channels.sandbox.runs.map(({ program }) => program.network)).toEqual([network]);
  });

  it.each([
    ['a private address', ['10.0.0.1:x'], '.0'],
    ['a URL', ['ok.example.com', 'https://example.com'], '.1'],
    ['the port of mail', ['example.com:25'], '.0'],
    ['a port that is none', ['example.com:70000'], '.0'],
    ['a name of this machine', ['ok.example.com', 'localhost'], '.1'],
  ])('is refused with the place of the item: %s', async (_what, network, at) => {
    await using channels = openChannels();
    const alice = channels.as('acc_alice');
    const { channel_id } = await alice.create_channel({ name: 'n', slots: ['bot:R', 'bot:S', 'invite:A'] });
    const bot = { inline_code: ECHO, network };
    const inManifest = { inline_code: ECHO, manifest: { network } };
    const calls = {
      'bots.1.network': () =>
        alice.create_channel({ name: 'n', slots: ['bot:R', 'bot:S'], bots: [{ inline_code: ECHO }, bot] }),
      'bots.0.manifest.network': () =>
        alice.create_channel({ name: 'n', slots: ['bot:R'], bots: [inManifest] }),
      network: () => alice.attach_bot({ channel_id, ...bot }),
      'ops.0.network': () =>
        alice.update_channel({ channel_id, ops: [{ type: 'set_bot', slot: 'S', ...bot }] }),
    };
    const head = await channels.head(channel_id);
    for (const [field, call] of Object.entries(calls)) {
      const error = await refused(call());
      expect([error.code, error.details.field]).toEqual(['INVALID_REQUEST', `${field}${at}`]);
      expect(error.message).not.toContain(network.at(-1));
    }
    expect(await channels.head(channel_id)).toBe(head);
    expect(channels.sandbox.containers.size).toBe(0);
  });

  it('in the manifest must be of a known form', async () => {
    await using channels = openChannels();
    const alice = channels.as('acc_alice');
    for (const network of ['lan', 7, null, [7], {}]) {
      const bots = [{ inline_code: ECHO, manifest: { network } }];
      const error = await refused(alice.create_channel({ name: 'n', slots: ['bot:R'], bots }));
      expect([error.code, error.details.field]).toEqual(['INVALID_REQUEST', 'bots.0.manifest.network']);
    }
  });

  it.each([
    ['that was announced before bots had one', { network: 'off', network_requested: 'public' }, 'off'],
    ['that is missing', {}, 'off'],
    ['of a form that is not known', { network: 'lan' }, 'off'],
    ['that is public', { network: 'public' }, 'public'],
  ])('%s stays what was announced', (_what, manifest, network) => {
    expect(networkOf(manifest as JsonObject)).toBe(network);
  });
});

describe('whose turn a bot takes at the containers', () => {
  it("is its channel creator's, for all channels together", async () => {
    await using channels = openChannels();
    const alice = channels.as('acc_alice');
    const bob = channels.as('acc_bob');
    for (const account of [alice, alice, bob]) {
      const { channel_id } = await account.create_channel({ name: 'n', slots: ['bot:R'], bot_code: ECHO });
      await channels.settled(channel_id);
    }
    const groups = channels.sandbox.runs.map(({ program }) => program.group);
    expect(groups[0]).toBe(groups[1]);
    expect(groups[2]).not.toBe(groups[0]);
  });
});

describe('a bot that finds all containers at work', () => {
  it('is not attached: CAPACITY says when to ask again, and nothing is left', async () => {
    await using channels = openChannels();
    const busy = { outcome: 'not_run', detail: 'all at work', noCapacity: true } as const;
    const alice = channels.as('acc_alice');
    const { channel_id } = await alice.create_channel({ name: 'n', slots: ['bot:R', 'invite:A'] });
    channels.sandbox.checks(ECHO, busy);
    const head = await channels.head(channel_id);
    const bot = { inline_code: ECHO };
    const calls = [
      alice.create_channel({ name: 'n', slots: ['bot:R'], bot_code: ECHO, idempotency_key: 'k' }),
      alice.attach_bot({ channel_id, ...bot }),
      alice.update_channel({ channel_id, ops: [{ type: 'set_bot', slot: 'R', ...bot }] }),
    ];
    for (const call of calls) {
      const error = await refused(call);
      expect([error.code, error.status]).toEqual(['CAPACITY', 503]);
      expect(error.details.retry_after_s).toBeGreaterThan(0);
    }
    expect(await channels.head(channel_id)).toBe(head);
    expect(channels.sandbox.containers.size).toBe(0);
    channels.sandbox.checks(ECHO, { ...usesNetwork, usesNetwork: false });
    await alice.create_channel({ name: 'n', slots: ['bot:R'], bot_code: ECHO, idempotency_key: 'k' });
  });
});
