import { pino } from 'pino';
import { OPERATIONS } from '../../../control-plane/src/channels/operations/index.ts';
import { buildApp } from '../../../control-plane/src/http/app.ts';
import { oauthRoutes } from '../../../control-plane/src/http/oauth/routes.ts';
import { Identity } from '../../../control-plane/src/identity/identity.ts';
import { noMetrics } from '../../../control-plane/src/kernel/metrics.ts';
import { openChannels } from '../../support/channels.ts';
import { MemoryRecords } from '../../support/memory-records.ts';
import { UNLIMITED } from '../../support/unlimited.ts';
import { ECHO, seatTwo } from '../support.ts';

const PUBLIC_URL = 'http://127.0.0.1';

/** A whole server on a free loopback port: the real services and tokens, bots scripted. */
export async function startServer() {
  const channels = openChannels();
  const identity = new Identity({
    records: new MemoryRecords(),
    clock: channels.clock,
    publicUrl: PUBLIC_URL,
  });
  const config = { publicUrl: PUBLIC_URL, allowedHosts: [], allowedOrigins: [] };
  const app = await buildApp({
    handlers: channels.handlers,
    agents: { ...channels.agents, callerOf: (key) => identity.callerOf(key) },
    authenticate: (bearer) => identity.authenticate(bearer),
    identityRoutes: oauthRoutes(identity, config),
    config,
    budgets: UNLIMITED,
    metrics: noMetrics,
    logger: pino({ level: 'silent' }),
    readiness: {},
    version: '1.2.3',
  });
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    channels,
    base,
    identity,
    async [Symbol.asyncDispose]() {
      await app.close();
      await channels[Symbol.asyncDispose]();
    },
  };
}

/** Registers a client: its token, and the account that the token stands for. */
export async function register({
  base,
  identity,
}: Pick<Awaited<ReturnType<typeof startServer>>, 'base' | 'identity'>) {
  const answer = await fetch(`${base}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'test', redirect_uris: ['https://client.example/callback'] }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const caller = await identity.authenticate(token);
  if (!caller) throw new Error('The token of a registration must be good.');
  return { token, account: caller.account };
}

/** A server with two channels of alice's: one she shares with bob, one that is hers alone; carol is a stranger. */
export async function openWorld() {
  const server = await startServer();
  const { channels } = server;
  const [alice, bob, carol] = [await register(server), await register(server), await register(server)];
  const accounts = { alice: alice.account, bob: bob.account };
  const table = await seatTwo(channels, { bots_policy: 'open', invite_ttl_s: 3_600 }, accounts);
  const frozen = await seatTwo(channels, { slots: ['bot:R', 'bot:T', 'invite:A', 'invite:B'] }, accounts);
  const admin = channels.as(alice.account);
  const own = await admin.create_channel({
    name: 'Own',
    slots: ['invite:A', 'invite:B', 'invite:C'],
    invite_ttl_s: 60,
  });
  await admin.update_channel({ channel_id: own.channel_id, ops: [{ type: 'revoke_invite', slot_id: 's1' }] });
  channels.clock.forward(60_000);
  const closed = await seatTwo(channels, { slots: ['invite:A', 'invite:B', 'invite:C'], bots: [] }, accounts);
  await admin.update_channel({ channel_id: closed.channel_id, ops: [{ type: 'close' }] });
  channels.sandbox.checks('def', { outcome: 'refused', line: 3, message: 'invalid syntax' });
  const ids = [table, frozen, own, closed].map(({ channel_id }) => channel_id);
  /** Everything that a call could change. */
  const traces = async () => ({
    heads: await Promise.all(ids.map((id) => channels.head(id))),
    channels: (await admin.list_channels({ limit: 50 })).channels.length,
    carols: (await channels.as(carol.account).list_channels({})).channels.length,
    containers: [...channels.sandbox.containers].sort(),
    waiting: channels.wakeups.size,
  });
  return {
    ...server,
    tokens: { alice: alice.token, bob: bob.token, carol: carol.token },
    table,
    frozen,
    own,
    closed,
    traces,
    ECHO,
  };
}

export type World = Awaited<ReturnType<typeof openWorld>>;
export type Who = keyof World['tokens'];

/** What an edge said to a call that it refused. */
export interface Refused {
  readonly status: number;
  readonly error: { readonly code: string; readonly message: string; readonly field?: string };
}

const METHODS = new Map(OPERATIONS.map(({ name, method }) => [name as string, method]));

/** Calls over REST; `args` is JSON text, so that it may be wrong in any way. */
export async function overRest(
  base: string,
  name: string,
  args: string,
  token: string | undefined,
): Promise<Refused> {
  const headers = { 'content-type': 'application/json', ...bearer(token) };
  if (METHODS.get(name) === 'POST')
    return refusedBy(await fetch(`${base}/${name}`, { method: 'POST', headers, body: args }));
  const query = Object.entries(JSON.parse(args) as Record<string, unknown>).map(
    ([key, value]) => [key, String(value)] as [string, string],
  );
  return refusedBy(
    await fetch(`${base}/${name}?${new URLSearchParams(query).toString()}`, { headers: bearer(token) }),
  );
}

async function refusedBy(answer: Response): Promise<Refused> {
  const { error } = (await answer.json()) as { error: Refused['error'] };
  return { status: answer.status, error };
}

/** Calls the tool over MCP, as raw JSON-RPC. */
export async function overMcp(
  base: string,
  name: string,
  args: string,
  token: string | undefined,
): Promise<Refused> {
  const answer = await fetch(`${base}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-06-18',
      ...bearer(token),
    },
    body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${name}","arguments":${args}}}`,
  });
  return { status: answer.status, error: errorIn(await answer.text()) };
}

/** The error of a tool's answer, of a message that was not understood, or of a caller who is not let in. */
function errorIn(text: string): Refused['error'] {
  const data = text.split('\n').findLast((line) => line.startsWith('data: {'));
  const message = JSON.parse(data ? data.slice('data: '.length) : text);
  return message.result?.structuredContent?.error ?? message.error?.data?.error ?? message.error;
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
