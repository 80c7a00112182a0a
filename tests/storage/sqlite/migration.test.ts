import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { authorize } from '../../../clients/typescript/client/oauth.ts';
import { Session } from '../../../clients/typescript/client/session.ts';
import { ofType } from '../../../clients/typescript/demo/log.ts';
import { openDatabase } from '../../../control-plane/src/storage/sqlite/database.ts';
import { readPragma } from '../../../control-plane/src/storage/sqlite/pragmas.ts';
import { createSchema } from '../../../control-plane/src/storage/sqlite/schema.ts';
import { playOn, readUntil, type Seated } from '../../e2e/support/guessing.ts';
import { testEnv } from '../../support/server-env.ts';
import { ServerProcess } from '../../support/server-process.ts';
import { tempDir } from '../../support/temp-dir.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));

/** A game that was begun on a server whose store had version 1: written by that server, kept here. */
interface OldGame {
  readonly channel_id: string;
  readonly seats: readonly [string, string];
  readonly left: { readonly low: number; readonly high: number };
  readonly messages: readonly { readonly id: number; readonly kind: string; readonly body: unknown }[];
}

const game = JSON.parse(readFileSync(`${FIXTURES}v1.json`, 'utf8')) as OldGame;
const oldFile = (): Buffer => gunzipSync(readFileSync(`${FIXTURES}v1.sqlite.gz`));

/** Names and texts of everything that the schema says. */
function schemaOf(db: DatabaseSync) {
  return db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all();
}

describe('a store of version 1', () => {
  it('is migrated on start, and its game goes on to the end', async () => {
    await using data = await tempDir();
    writeFileSync(data.file('multiplayer.sqlite'), oldFile(), { mode: 0o600 });
    const server = await ServerProcess.start(testEnv(data.path));
    await using stack = new AsyncDisposableStack();
    stack.use(server);
    const sit = async (seat: string): Promise<Seated> => {
      const client = stack.use(await Session.connect(server.url, await authorize(server.url, 'old'), 'old'));
      const { channel_id, slot_id, rejoin_token } = await client.call('join_channel', { invite_code: seat });
      return { client, channel_id, slot_id, seat: rejoin_token };
    };
    const players = [await sit(game.seats[0]), await sit(game.seats[1])] as const;
    await playOn(players, game.left, 1);
    const log = await readUntil(players[1], (read) => ofType(read, 'end').length > 0);
    const before = log.slice(0, game.messages.length).map(({ id, kind, body }) => ({ id, kind, body }));
    expect(before).toEqual(game.messages);
    await server.stop();
    expect(readFileSync(data.file('multiplayer.sqlite')).readUInt32BE(60)).toBe(2);
  });

  it('has the same schema afterwards as one that was made anew', async () => {
    await using data = await tempDir();
    writeFileSync(data.file('old'), oldFile());
    using migrated = openDatabase({ path: data.file('old'), lockWaitMs: 50 });
    using fresh = new DatabaseSync(':memory:');
    createSchema(fresh);
    const plain = (rows: ReturnType<typeof schemaOf>) =>
      rows.map(({ type, name, sql }) => [type, name, String(sql).replaceAll(/\s+/g, ' ')]);
    expect(plain(schemaOf(migrated))).toEqual(plain(schemaOf(fresh)));
    expect(readPragma(migrated, 'user_version')).toBe(2);
  });

  it('that is killed while it is migrated is whole, of one version or the other, and then goes on', async () => {
    await using data = await tempDir();
    const seen = new Set<number>();
    for (let delay = 0; delay < 12; delay++) {
      const path = data.file(`old-${delay}`);
      writeFileSync(path, oldFile());
      const opening = new URL('./open-and-stay.ts', import.meta.url).pathname;
      const child = spawn(process.execPath, [opening, path, String(delay)], { stdio: 'ignore' });
      await once(child, 'exit');
      using db = new DatabaseSync(path);
      expect(readPragma(db, 'quick_check')).toBe('ok');
      seen.add(Number(readPragma(db, 'user_version')));
      db.close();
      using again = openDatabase({ path, lockWaitMs: 50 });
      expect(readPragma(again, 'user_version')).toBe(2);
      expect(again.prepare('SELECT count(*) AS n FROM commits').get()).toMatchObject({
        n: expect.any(Number),
      });
    }
    expect([...seen].toSorted((a, b) => a - b)).toEqual([1, 2]);
  });
});
