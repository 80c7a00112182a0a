import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { echo, type LocalServer, serve, TableResolver } from '../egress/support.ts';
import { type Client, connect } from '../e2e/support/edges.ts';
import { containersOf } from '../support/containers.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { NAMES, OPEN_ADDRESS, type Target, TARGETS } from './rows/egress.ts';
import { shown } from './support/attack.ts';
import { EgressCounts } from './support/egress-counts.ts';
import { Neighbour } from './support/neighbour.ts';
import { answers } from './support/row.ts';
import { openSeat, type Seat } from './support/seat.ts';

const BOT = `
import socket

class Bot:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_message(self, msg):
        try:
            with socket.create_connection((msg['body']['host'], msg['body']['port']), timeout=4) as s:
                s.sendall(b'hello')
                s.shutdown(socket.SHUT_WR)
                got = s.recv(5).decode() + s.recv(5).decode()
        except Exception as error:
            got = repr(error).split('(')[0]
        self.ctx.post('bot', {'got': got})
`;

const slow = (statement: string, port: number) => `
import socket, time

def go():
    return socket.create_connection(('${OPEN_ADDRESS}', ${port}))

class Bot:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_message(self, msg):
        if msg['body'] == {'text': 'look'}:
            self.ctx.post('bot', {'honest': True})
            return
        s = go()
        ${statement}
        self.ctx.post('bot', {'done': True})
`;
const NEIGHBOUR_MS = 5_000;

const SETTINGS = {
  LOOP_GUARD_PER_MINUTE: '100000',
  LOOP_GUARD_BURST: '100000',
  HOOK_WALL_MS: '4000',
  EGRESS_HOOK_MB_IN: '16',
};

/** Zeros for ever, as fast as they are taken. */
function endless(): Readable {
  return new Readable({
    read() {
      this.push(Buffer.alloc(65_536));
    },
  });
}

describe('egress, by a real bot:', { timeout: 60_000 }, () => {
  const stack = new AsyncDisposableStack();
  const resolver = new TableResolver(NAMES);
  let server: TestServer;
  let open: LocalServer;
  let flood: LocalServer;
  let silent: LocalServer;
  let client: Client;
  let neighbour: Neighbour;
  let counts: EgressCounts;
  const seats = new Map<string, Promise<Seat>>();

  beforeAll(async () => {
    open = stack.use(await serve(echo, OPEN_ADDRESS));
    flood = stack.use(await serve((socket) => void endless().pipe(socket), OPEN_ADDRESS));
    silent = stack.use(await serve(() => undefined, OPEN_ADDRESS));
    const parts = { resolver, allowAddress: (address: string) => address === OPEN_ADDRESS };
    server = await startTestServer(SETTINGS, parts);
    client = await connect('REST', server.url, 'Mallory');
    neighbour = await Neighbour.open(await connect('REST', server.url, 'Neighbour'), {
      bot_preset: 'EchoBot',
    });
    counts = new EgressCounts(server.url);
  });
  afterAll(async () => {
    await neighbour[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await stack.disposeAsync();
    expect(await containersOf(server.instance)).toEqual([]);
  });

  test('a server that the rules name is reached, by its name and its address', async () => {
    for (const host of ['open.test', OPEN_ADDRESS]) {
      const seat = await seatOf([`${host}:${open.port}`]);
      const before = await counts.read();
      expect(shown(await seat.post({ host, port: open.port }))).toEqual(answers({ got: 'hello' }));
      expect(await counts.since(before)).toEqual({ closed: 1 });
    }
    expect(open.arrivals).toEqual([OPEN_ADDRESS, OPEN_ADDRESS]);
  });

  test.each(TARGETS.map((target) => [target.host, target.port, target] as const))(
    '%s, port %s, is not',
    async (host, _port, target) => {
      const seat = await seatOf(target.network);
      const [before, arrived, slowest] = [await counts.read(), open.arrivals.length, neighbour.watch()];
      expect(shown(await seat.post({ host, port: portOf(target) }))).toEqual(answers({ got: target.sees }));
      const seen = target.network === 'off' ? {} : { [target.outcome]: 1 };
      expect(await counts.since(before)).toEqual(seen);
      expect(open.arrivals.length).toBe(arrived);
      expect(await slowest()).toBeLessThan(NEIGHBOUR_MS);
    },
  );

  test.each([
    [
      'reads from a server that sends without end',
      'while s.recv(65536): pass',
      // To the bot it is the end of what was sent; the connection's record tells that it was not.
      answers({ done: true }),
      { over_limit: 1 },
    ],
    ['waits for a server that is silent', 's.settimeout(None); s.recv(1)', { error: 'timeout' }, { cut: 1 }],
    [
      'opens sixteen floods and reads none',
      'kept = [s] + [go() for _ in range(15)]; time.sleep(0.3)',
      answers({ done: true }),
      { cut: 16 },
    ],
    [
      'opens more than it may',
      'kept = [s] + [go() for _ in range(16)]',
      { error: 'exception' },
      { ended: 16 },
    ],
  ])('a bot that %s', async (name, statement, shows, outcomes) => {
    const target = name.includes('silent') ? silent : flood;
    const seat = await openSeat(client, {
      bots: [{ inline_code: slow(statement, target.port), network: [`${OPEN_ADDRESS}:${target.port}`] }],
    });
    const [before, slowest] = [await counts.read(), neighbour.watch()];
    expect(shown(await seat.post('attack'))).toEqual(shows);
    expect(ended(await counts.since(before), 'ended' in outcomes)).toEqual(outcomes);
    const start = performance.now();
    expect(shown(await seat.post('look'))).toEqual(answers({ honest: true }));
    expect(performance.now() - start).toBeLessThan(NEIGHBOUR_MS);
    expect(await slowest()).toBeLessThan(NEIGHBOUR_MS);
    await seat.close();
  });

  test('names that no rule allows were never looked up', () => {
    expect(resolver.asked.filter((name) => !Object.hasOwn(NAMES, name))).toEqual(['nowhere.test']);
  });

  /** One channel for each set of rules. */
  function seatOf(network: Target['network']): Promise<Seat> {
    const key = JSON.stringify(network);
    const bots = [{ inline_code: BOT, network: typeof network === 'string' ? network : [...network] }];
    const seat = seats.get(key) ?? openSeat(client, { bots });
    seats.set(key, seat);
    return seat;
  }

  function portOf({ port }: Target): number {
    if (port === 'open') return open.port;
    return port === 'own' ? Number(new URL(server.url).port) : port;
  }
});

/** Outcomes of connections; where a bot ends by itself, it may close them before they are cut. */
function ended(
  outcomes: Readonly<Record<string, number>>,
  together: boolean,
): Readonly<Record<string, number>> {
  const { closed = 0, cut = 0, ...rest } = outcomes;
  return together ? { ...rest, ended: closed + cut } : outcomes;
}
