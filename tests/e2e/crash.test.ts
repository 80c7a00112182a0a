import { describe, expect, it } from 'vitest';
import { ofType } from '../../clients/typescript/demo/log.ts';
import { containersOf } from '../support/containers.ts';
import { testEnv } from '../support/server-env.ts';
import { ServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { authorize } from '../../clients/typescript/client/oauth.ts';
import { Session } from '../../clients/typescript/client/session.ts';
import { guess, playOn, proofOf, readUntil, type Seated, startGame } from './support/guessing.ts';

const over = (log: Parameters<typeof ofType>[0]) => ofType(log, 'end').length > 0;

/** A token survives the server; a connection does not. */
async function sitAgain(url: string, token: string, seated: Seated): Promise<Seated> {
  return { ...seated, client: await Session.connect(url, token, 'again') };
}

describe('a server that is killed with -9 in the middle of a game', () => {
  it('has lost no acknowledged entry when it is started again, and the game goes on', async () => {
    await using data = await tempDir();
    const env = testEnv(data.path);
    await using first = await ServerProcess.start(env);
    const tokens = await Promise.all(['Alice', 'Bob'].map((name) => authorize(first.url, name)));
    const [a = '', b = ''] = tokens;
    await using alice = await Session.connect(first.url, a, 'Alice');
    await using bob = await Session.connect(first.url, b, 'Bob');
    const players = await startGame([alice, bob]);
    const left = await guess(players[0], { low: 1, high: 100 });
    const before = await readUntil(players[0], (log) => ofType(log, 'judge').length === 1);
    // A post that nobody waits for: its hook may or may not have run when the server dies.
    const { channel_id, seat } = players[1];
    const chat = await bob.call('post_message', { channel_id, seat, body: 'a word', wait_ms: 0 });
    await first.kill();

    await using second = await ServerProcess.start(env);
    const again = [
      await sitAgain(second.url, a, players[0]),
      await sitAgain(second.url, b, players[1]),
    ] as const;
    const after = await readUntil(again[0], (log) => log.length >= chat.msg_id);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.find(({ id }) => id === chat.msg_id)?.body).toEqual({ text: 'a word' });
    // The first guess may have been the number.
    if (left) await playOn(again, left, 1);

    const log = await readUntil(again[1], over);
    const { committed, revealed, computed } = proofOf(log);
    expect([revealed, computed]).toEqual([committed, committed]);
    expect(log.map(({ id }) => id)).toEqual(log.map((_, index) => index + 1));
    for (const { client } of again) await client[Symbol.asyncDispose]();
    expect(await second.stop()).toBe(0);
    expect(await containersOf(env.INSTANCE_ID)).toEqual([]);
  });
});
