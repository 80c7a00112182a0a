import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Arguments } from '../../clients/typescript/client/tools.ts';
import type { Resolver } from '../../control-plane/src/egress/resolve.ts';
import { startTestServer } from '../support/server.ts';
import { type Client, connect } from './support/edges.ts';
import { CHAIN, ROOT, startSite } from './support/site.ts';

/** Every name leads to this machine: nothing that a bot says leaves it. */
const HERE: Resolver = { resolve: async () => ['127.0.0.1'] };
const parts = { resolver: HERE, allowAddress: (address: string) => address === '127.0.0.1' };
const PAGE = '{"data": {"amount": "114609.375"}}';

type Bot = NonNullable<Arguments<'create_channel'>['bots']>[number];

/** A channel with one bot, and its creator in the seat. */
async function seatWith(client: Client, bot: Bot) {
  const creation = { name: 'Online', slots: ['bot:it', 'invite:me'], bots: [bot] };
  const { channel_id, invites } = await client.call('create_channel', creation);
  await client.call('join_channel', { invite_code: invites[0] ?? '' });
  return {
    say: async (body: string) => {
      const { replies } = await client.call('post_message', { channel_id, body, wait_ms: 20_000 });
      return replies.map((reply) => reply.body as Record<string, unknown>);
    },
    connections: async () => {
      const { bots } = await client.call('get_channel_info', { channel_id });
      return bots[0]?.connections;
    },
  };
}

describe('PriceBot in a container', () => {
  it('fetches over https through the pipe, and the admin and the metrics see the connection', async () => {
    await using site = await startSite(PAGE);
    await using server = await startTestServer({}, parts);
    await using alice = await connect('MCP', server.url, 'Alice');
    const seat = await seatWith(alice, {
      code_ref: 'builtin://PriceBot',
      params: { url: `https://site.test:${site.port}/{symbol}`, symbol: 'XAU', ca_pem: ROOT },
      network: [`site.test:${site.port}`],
    });
    expect(await seat.say('price, please')).toMatchObject([
      {
        type: 'price',
        text: 'XAU: 114609.375',
        price: '114609.375',
        url: `https://site.test:${site.port}/XAU`,
        sha256: createHash('sha256').update(PAGE).digest('hex'),
      },
    ]);
    expect(site.asked).toEqual(['/XAU']);
    const [made, ...rest] = (await seat.connections()) ?? [];
    expect(rest).toEqual([]);
    expect(made).toMatchObject({ host: 'site.test', port: site.port, address: '127.0.0.1' });
    expect(['closed', 'cut']).toContain(made?.outcome);
    expect(made?.bytes_in).toBeGreaterThan(PAGE.length);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain(`egress_connections_total{outcome="${made?.outcome}"} 1`);
    expect(metrics).toContain(`egress_bytes_total{direction="in"} ${made?.bytes_in}`);
  });

  it('stays polite where its network does not lead, and nothing arrives', async () => {
    await using site = await startSite(PAGE);
    await using server = await startTestServer({}, parts);
    await using alice = await connect('REST', server.url, 'Alice');
    const seat = await seatWith(alice, {
      code_ref: 'builtin://PriceBot',
      params: { url: `https://site.test:${site.port}/`, ca_pem: ROOT },
    });
    expect(await seat.say('price')).toMatchObject([
      { type: 'price_error', text: expect.stringContaining('does not allow') },
    ]);
    expect(await seat.connections()).toMatchObject([
      {
        host: 'site.test',
        port: site.port,
        address: null,
        outcome: 'denied_host',
        bytes_in: 0,
        bytes_out: 0,
      },
    ]);
    expect(site.asked).toEqual([]);
  });
});

describe('CertBot in a container', () => {
  it('tells the chain of a host as it was sent, and that no public root vouches for it', async () => {
    await using site = await startSite(PAGE);
    await using server = await startTestServer({}, parts);
    await using alice = await connect('MCP', server.url, 'Alice');
    const network = [`*:${site.port}`];
    const seat = await seatWith(alice, { code_ref: 'builtin://CertBot', network });
    const [report] = await seat.say(`cert site.test:${site.port}`);
    expect(report).toMatchObject({
      type: 'certificate',
      host: 'site.test',
      verified: false,
      trusted: false,
      problem: expect.stringContaining('certificate'),
    });
    const iso = (date: Date) => date.toISOString().replace('.000Z', 'Z');
    const sent = CHAIN.map((certificate) => ({
      sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      not_before: iso(certificate.validFromDate),
      not_after: iso(certificate.validToDate),
    }));
    expect(report?.['chain']).toMatchObject([
      { subject: 'C=XX, O=Tést, CN=site.test', issuer: 'O=Test, CN=Test Root', ...sent[0] },
      { subject: 'O=Test, CN=Test Root', issuer: 'O=Test, CN=Test Root', ...sent[1] },
    ]);
  });
});

describe('a bot that fails', () => {
  const BOT = `
class Failing:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_message(self, msg):
        print('I was asked', msg['body']['text'])
        return 1 / 0
`;

  it('leaves what it printed and its traceback to the admin, and a line to the others', async () => {
    await using server = await startTestServer();
    await using alice = await connect('MCP', server.url, 'Alice');
    await using bob = await connect('REST', server.url, 'Bob');
    const creation = { name: 'n', slots: ['bot:it', 'invite:a', 'invite:b'], bot_code: BOT };
    const { channel_id, invites } = await alice.call('create_channel', creation);
    await alice.call('join_channel', { invite_code: invites[0] ?? '' });
    await bob.call('join_channel', { invite_code: invites[1] ?? '' });
    const { replies } = await alice.call('post_message', { channel_id, body: 'hello', wait_ms: 20_000 });
    expect(replies).toMatchObject([
      {
        body: {
          type: 'bot:error',
          line: 8,
          output: 'I was asked hello\n',
          trace: expect.stringContaining('ZeroDivisionError'),
        },
      },
    ]);
    const { messages } = await bob.call('sync_messages', { channel_id, max_tokens: 20_000 });
    const seen = messages.map((message) => message.body as Record<string, unknown>);
    expect(seen.find(({ type }) => type === 'bot:error')).toMatchObject({ line: 8 });
    expect(JSON.stringify(seen)).not.toContain('ZeroDivision');
    expect(JSON.stringify(seen)).not.toContain('I was asked');
  });
});
