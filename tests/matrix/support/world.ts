import { pino } from 'pino';
import { joinPeople } from '../../../control-plane/src/assembly/people.ts';
import { readConfig } from '../../../control-plane/src/config/config.ts';
import { buildApp } from '../../../control-plane/src/http/app.ts';
import { identityRoutes } from '../../../control-plane/src/http/oauth/identity-routes.ts';
import { parseForm } from '../../../control-plane/src/identity/parameters.ts';
import { noMetrics } from '../../../control-plane/src/kernel/metrics.ts';
import { pkce } from '../../identity/support/server.ts';
import { openChannels } from '../../support/channels.ts';
import { UNLIMITED } from '../../support/unlimited.ts';
import { MemoryRecords } from '../../support/memory-records.ts';

const HERE = 'https://play.example';
const ELSEWHERE = 'https://other.example';
const KEY = Buffer.alloc(32, 7);
const BOT = 'class Bot:\n    pass\n';
const CALLBACK = 'https://client.example/callback';

/** The whole server in accounts mode, its people with a token each, and as many channels as are asked for. */
export type World = Awaited<ReturnType<typeof openWorld>>;

export async function openWorld() {
  await using stack = new AsyncDisposableStack();
  const channels = stack.use(openChannels());
  const records = new MemoryRecords();
  const here = peopleOf(HERE, records, channels.clock);
  const app = await buildApp({
    handlers: channels.handlers,
    agents: { ...channels.agents, callerOf: (key) => here.identity.callerOf(key) },
    authenticate: (bearer) => here.identity.authenticate(bearer),
    identityRoutes: identityRoutes({ ...here, publicUrl: HERE, key: KEY }),
    config: { publicUrl: HERE, allowedHosts: [], allowedOrigins: [] },
    budgets: UNLIMITED,
    metrics: noMetrics,
    logger: pino({ level: 'silent' }),
    readiness: {},
    version: '1.2.3',
  });
  stack.defer(() => app.close());
  const person = async (name: string) => {
    const account = await here.accounts.create({ name, login: `name:${name}` });
    if (!account) throw new Error(`There is a ${name} already.`);
    return { account: account.id, token: await tokenOf(here, account.id, HERE) };
  };
  const people = {
    admin: await person('admin'),
    member: await person('member'),
    double: await person('double'),
    evicted: await person('evicted'),
    stranger: await person('stranger'),
    banned: await person('banned'),
  };
  const revoked = await tokenOf(here, people.member.account, HERE);
  for (const { id } of await here.identity.connectionsOf(people.member.account))
    await here.identity.disconnect(people.member.account, id);
  people.member.token = await tokenOf(here, people.member.account, HERE);
  // The same records, as a server under another name reads them: its tokens are bound to it.
  const other = peopleOf(ELSEWHERE, records, channels.clock);
  const foreign = await tokenOf(other, people.member.account, ELSEWHERE);
  await here.care.ban(people.banned.account);
  const ownerless = await clientCredentials(app);
  const held = stack.move();
  return {
    app,
    channels,
    tokens: { revoked, foreign, ownerless, ...mapValues(people, ({ token }) => token) },
    /** A channel with a bot, an empty bot slot, four seats taken, one of which is another's by now, and one free. */
    channel: () =>
      openChannel(
        channels,
        mapValues(people, ({ account }) => account),
      ),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

export type Channel = Awaited<ReturnType<World['channel']>>;

function peopleOf(publicUrl: string, records: MemoryRecords, clock: { now(): number }) {
  const config = readConfig({ AUTH_MODE: 'accounts', PUBLIC_URL: publicUrl });
  return joinPeople({ config, records, clock, key: KEY });
}

async function tokenOf({ identity }: ReturnType<typeof peopleOf>, account: string, origin: string) {
  const { client_id } = await identity.register({
    redirect_uris: [CALLBACK],
    token_endpoint_auth_method: 'none',
  });
  const { verifier, challenge } = pkce();
  const query = {
    response_type: 'code',
    client_id,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource: `${origin}/mcp`,
  };
  const read = await identity.readAuthorization(parseForm(new URLSearchParams(query).toString()), origin);
  if (typeof read === 'string') throw new Error(read);
  const location = await identity.approve(read, account, origin);
  const code = new URL(location).searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', client_id, code, code_verifier: verifier };
  const parameters = parseForm(new URLSearchParams(form).toString());
  return (await identity.token({ parameters, authorization: undefined }, origin)).access_token;
}

/** What a client that registered by itself gets by its own credentials; its secret, where that is no token. */
async function clientCredentials(app: Awaited<ReturnType<typeof buildApp>>): Promise<string> {
  const registration = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'client_secret_post' };
  const registered = await app.inject({ method: 'POST', url: '/register', payload: registration });
  const { client_id, client_secret } = registered.json();
  const payload = { grant_type: 'client_credentials', client_id, client_secret };
  const answer = await app.inject({ method: 'POST', url: '/token', payload });
  return answer.json().access_token ?? client_secret;
}

async function openChannel(
  channels: ReturnType<typeof openChannels>,
  accounts: Readonly<Record<'admin' | 'member' | 'double' | 'evicted', string>>,
) {
  const admin = channels.as(accounts.admin);
  const labels = ['invite:member', 'invite:one', 'invite:two', 'invite:evicted', 'invite:free'];
  const slots = ['bot:Bot', 'bot:spare', ...labels];
  const made = await admin.create_channel({ name: 'Matrix', slots, bot_code: BOT, bots_policy: 'open' });
  const { channel_id, invites } = made;
  const join = (account: string, n: number) =>
    channels.as(account).join_channel({ invite_code: invites[n] ?? '' });
  const member = await join(accounts.member, 0);
  const [one, two] = [await join(accounts.double, 1), await join(accounts.double, 2)];
  const evicted = await join(accounts.evicted, 3);
  await admin.update_channel({ channel_id, ops: [{ type: 'evict', slot_id: evicted.slot_id }] });
  await channels.settled(channel_id);
  return {
    channel_id,
    bot_id: made.bots[0]?.bot_id ?? '',
    invite: invites[4] ?? '',
    freeSlot: made.invite_slots[4]?.slot_id ?? '',
    handles: {
      member: member.rejoin_token,
      one: one.rejoin_token,
      two: two.rejoin_token,
      evicted: evicted.rejoin_token,
    },
    slots: { member: member.slot_id, one: one.slot_id, two: two.slot_id, evicted: evicted.slot_id },
  };
}

function mapValues<K extends string, V, W>(given: Readonly<Record<K, V>>, of: (value: V) => W): Record<K, W> {
  return Object.fromEntries(Object.entries<V>(given).map(([key, value]) => [key, of(value)])) as Record<K, W>;
}
