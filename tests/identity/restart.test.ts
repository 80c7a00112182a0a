import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SqliteStore } from '../../control-plane/src/storage/sqlite/store.ts';
import { TestServer } from './support/server.ts';
import { connect, exchangeOf, refresh, type Session } from './support/session.ts';

interface Credentials {
  readonly client_id: string;
  readonly client_secret: string;
}

/** Runs a server on the file, as one process would. */
async function serve<T>(path: string, work: (server: TestServer) => Promise<T>): Promise<T> {
  await using store = await SqliteStore.open({
    path,
    onFatal: (error) => {
      throw error;
    },
  });
  await using server = new TestServer({ records: store.records });
  return await work(server);
}

it('keeps clients, tokens and what was spent over a restart on the embedded store', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'identity-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(directory, { recursive: true }));
  const path = join(directory, 'store.db');

  const before = await serve(path, async (server) => {
    const session: Session = await connect(server);
    const rotated = (await refresh(server, session.clientId, session.tokens.refresh_token)).json();
    const script: Credentials = (await server.register({})).json();
    return { session, rotated, script, account: await server.accountOf(session.tokens.access_token) };
  });

  await serve(path, async (server) => {
    const { session, rotated, script, account } = before;
    expect(account).toBeDefined();
    expect(await server.accountOf(rotated.access_token)).toBe(account);
    const basic = `${script.client_id}:${script.client_secret}`;
    expect((await server.form('/token', { grant_type: 'client_credentials' }, basic)).statusCode).toBe(200);
    expect((await refresh(server, session.clientId, rotated.refresh_token)).statusCode).toBe(200);
    const again = await server.form('/token', exchangeOf(session.clientId, session.code, session.verifier));
    expect(again.json()).toMatchObject({ error: 'invalid_grant' });
    expect(await server.accountOf(rotated.access_token)).toBeUndefined();
  });
});
