import tls from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { ofType } from '../../clients/typescript/demo/log.ts';
import { type Client, connect } from '../e2e/support/edges.ts';
import { proofOf, type Range, readUntil, type Seated } from '../e2e/support/guessing.ts';
import { STACK_HERE } from './support/compose.ts';
import { type Stack, startStack } from './support/stack.ts';

/** So many numbers that no game is over before the last harm is done. */
const ALL: Range = { low: 1, high: 1_000_000 };
/** Looks at TRUSTED_PROXIES from inside of the server's container. */
const WHO_IS_TRUSTED = `
  import { lookup } from 'node:dns/promises';
  import { TrustedProxies } from './control-plane/src/http/proxies/trusted.ts';
  const proxies = new TrustedProxies(process.env.TRUSTED_PROXIES.split(','));
  await proxies.look();
  const { address } = await lookup('caddy');
  const gateway = address.replace(/[.][0-9]+$/, '.1');
  console.log(JSON.stringify({ caddy: proxies.trusts(address), gateway: proxies.trusts(gateway) }));
`;
const PATIENCE = { timeout: 150_000, interval: 200 };

/** What a client does that gives up only after some tries: a line may die without a word. */
const patiently = <T>(call: () => Promise<T>): Promise<T> => vi.waitFor(call, PATIENCE);

async function startGame(clients: readonly [Client, Client]): Promise<readonly [Seated, Seated]> {
  const slots = ['bot:referee', 'invite:a', 'invite:b'];
  const game = { name: 'Game', slots, bot_preset: 'GuessBot', bot_params: { max: ALL.high } };
  const { invites } = await clients[0].call('create_channel', game);
  const seated = await Promise.all(
    clients.map(async (client, index): Promise<Seated> => {
      const joined = await client.call('join_channel', { invite_code: invites[index] ?? '' });
      const { channel_id, slot_id, rejoin_token: seat } = joined;
      return { client, channel_id, slot_id, seat };
    }),
  );
  const [a, b] = seated as [Seated, Seated];
  await readUntil(a, (log) => ofType(log, 'bot:turn').length > 0);
  return [a, b];
}

/** A game whose players post, and read, until it was taken; each move counts once however often it is sent. */
class PatientGame {
  readonly #players: readonly [Seated, Seated];
  #left: Range | undefined = ALL;
  #moves = 0;

  constructor(players: readonly [Seated, Seated]) {
    this.#players = players;
  }

  /** Plays a move and waits for the verdict. */
  async move(): Promise<void> {
    const { low, high } = this.#left ?? ALL;
    const number = Math.floor((low + high) / 2);
    const turns = await this.log('bot:turn', this.#moves + 1);
    const next = turns[this.#moves]?.body['player'];
    const player = this.#players.find(({ slot_id }) => slot_id === next) ?? this.#players[0];
    const { client, channel_id, seat } = player;
    const post = { channel_id, seat, body: `guess ${number}`, wait_ms: 0 };
    await patiently(() => client.call('post_message', { ...post, idempotency_key: `move-${this.#moves}` }));
    const judged = await this.log('judge', this.#moves + 1);
    const result = judged[this.#moves]?.body['result'];
    this.#moves++;
    if (result === 'correct') this.#left = undefined;
    else this.#left = result === 'low' ? { low: number + 1, high } : { low, high: number - 1 };
  }

  async playToTheEnd(): Promise<void> {
    while (this.#left) await this.move();
  }

  /** What was written of a type, once there is so much of it. */
  async log(type: string, count: number) {
    const enough = (log: Parameters<typeof ofType>[0]) => ofType(log, type).length >= count;
    return ofType(await patiently(() => readUntil(this.#players[0], enough)), type);
  }
}

/** Lets this process trust Caddy's own authority. */
function trust(root: string): void {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), root]);
}

/** Two players through Caddy, each over another edge. */
async function openGame({ url, root }: Stack) {
  trust(root);
  const alice = await patiently(() => connect('MCP', url, 'Alice'));
  const bob = await patiently(() => connect('REST', url, 'Bob'));
  const players = await startGame([alice, bob]);
  return { players, game: new PatientGame(players) };
}

describe.skipIf(!STACK_HERE)('docker compose up', { timeout: 400_000 }, () => {
  it('serves a game over TLS, which goes on when a container of it is killed, one server or two', async () => {
    await using stack = await startStack();
    const { players, game } = await openGame(stack);
    await game.move();
    for (const service of ['control-plane', 'launcher', 'mongo', 'valkey', 'caddy']) {
      await stack.kill(service);
      await game.move();
    }

    // Numbers are for Prometheus, over a network of its own, and for this machine.
    expect((await fetch(`${stack.url}/metrics`)).status).toBe(404);
    expect((await fetch(`${stack.direct}/metrics`)).status).toBe(200);
    // Caddy is believed about who calls; the gateway of its network, whence published ports are reached, is not.
    const trust = ['node', '--input-type=module', '--eval', WHO_IS_TRUSTED];
    const trusted = await stack.compose('exec', '-T', 'control-plane', ...trust);
    expect(JSON.parse(trusted)).toEqual({ caddy: true, gateway: false });
    const asked = 'http://127.0.0.1:9090/api/v1/query?query=sum(posts_total)';
    const value = async () => {
      const answer = await stack.compose('exec', '-T', 'prometheus', 'wget', '-q', '-O', '-', asked);
      return Number(JSON.parse(answer).data.result[0]?.value[1]);
    };
    await vi.waitUntil(async () => (await value()) > 0, PATIENCE);

    await stack.scale();
    await vi.waitUntil(async () => (await stack.unwell()).length === 0, PATIENCE);
    await game.move();
    for (const number of [0, 1]) {
      await stack.kill('control-plane', number);
      await game.move();
    }
    await game.playToTheEnd();
    expect(await game.log('end', 1)).toHaveLength(1);
    const log = await readUntil(players[1], (entries) => ofType(entries, 'end').length > 0);
    expect(log.map(({ id }) => id)).toEqual(log.map((_, index) => index + 1));
    expect(ofType(log, 'bot:error')).toEqual([]);
    const { committed, revealed, computed } = proofOf(log);
    expect([revealed, computed]).toEqual([committed, committed]);

    const file = '/var/backups/multiplayer/test.mcpm.gz';
    const backup = ['node', 'control-plane/src/commands/backup.ts', '--to', file];
    const said = await stack.compose('exec', '-T', 'control-plane', ...backup);
    expect(said).toContain(`${file} holds 1 streams`);

    await stack.down();
    expect(await stack.leftovers()).toEqual([]);
  });
});
