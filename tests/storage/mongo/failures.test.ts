import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeCommit } from '../../../control-plane/src/log/codec.ts';
import { MongoStore } from '../../../control-plane/src/storage/mongo/store.ts';
import { openSharedTrails, say } from '../../support/counter-model.ts';
import { MONGO_HERE, startMongo, type TestMongo } from '../../support/mongo.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { commit } from '../contract/samples.ts';

const UNAVAILABLE = { code: 'STORE_UNAVAILABLE' };

describe.skipIf(!MONGO_HERE)(`the store over ${MONGO_HERE ?? 'MongoDB'}`, () => {
  let mongo: TestMongo;
  beforeAll(async () => {
    mongo = await startMongo();
  }, 120_000);
  afterAll(() => mongo[Symbol.asyncDispose]());

  it('killed with -9 in the middle of appends, has every commit that it acknowledged, and goes on', async () => {
    await using store = await MongoStore.open({ url: mongo.url() });
    const acknowledged: number[] = [];
    let stop = false;
    const writing = [0, 1, 2, 3].map(async (writer) => {
      for (let n = 0; !stop; n++) {
        const place = writer * 1_000_000 + n;
        const result = await store.commits.append(commit('a', place)).catch(() => undefined);
        if (result === 'appended') acknowledged.push(place);
        if (result === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    for (let kills = 0; kills < 3; kills++) {
      const before = acknowledged.length;
      while (acknowledged.length < before + 20) await new Promise(setImmediate);
      await mongo.kill();
      await mongo.restart();
    }
    const seen = acknowledged.length;
    while (acknowledged.length === seen) await new Promise(setImmediate);
    stop = true;
    await Promise.all(writing);
    const taken = await store.commits.taken(acknowledged.map((n) => ({ stream: 'a', n })));
    expect(taken).toHaveLength(acknowledged.length);
  });

  it('recognises its own commit when it was written and the answer was lost', async () => {
    const url = new URL(mongo.url());
    await using proxy = await TcpProxy.start(Number(url.port));
    url.port = String(proxy.port);
    await using store = await MongoStore.open({ url: url.href });
    const streams = openSharedTrails(store.commits);
    expect(await streams.submit('a', say('one'))).toBe(1);
    for (let n = 2; n <= 6; n++) {
      proxy.holdAnswers();
      const said = streams.submit('a', say(`text ${n}`));
      // The request arrives while its answer is held; then the connection is gone.
      await using direct = await MongoStore.open({ url: mongo.url(url.pathname.slice(1)) });
      while ((await direct.commits.taken([{ stream: 'a', n: n - 1 }])).length === 0);
      proxy.cut();
      expect(await said).toBe(n);
    }
    const bodies = (await store.commits.read('a', 0, 100)).flatMap((stored) => decodeCommit(stored).entries);
    expect(bodies.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('that is away answers STORE_UNAVAILABLE to every question, says nothing of passwords, and comes back', async () => {
    const url = new URL(mongo.url());
    await using store = await MongoStore.open({ url: url.href });
    await store.commits.append(commit('a', 0));
    await mongo.kill();
    const { commits, records, contents } = store;
    const questions: Readonly<Record<string, () => Promise<unknown>>> = {
      append: () => commits.append(commit('a', 1)),
      read: () => commits.read('a', 0, 10),
      taken: () => commits.taken([{ stream: 'a', n: 0 }]),
      head: () => commits.head('a'),
      streamsByTag: () => commits.streamsByTag('work', { limit: 1 }),
      attachment: () => commits.attachment('a', 1, 'x'),
      snapshot: () => commits.snapshot('a'),
      putMark: () => commits.putMark('a', 'b'),
      insert: () => records.insert({ kind: 'a', key: 'b', value: {} }, 0),
      take: () => records.take('a', 'b', 0),
      sweep: () => records.sweep(0, 1),
      streams: () => contents.streams(undefined, 1),
    };
    const answers = await Promise.all(
      Object.entries(questions).map(([name, ask]) =>
        ask().then(
          () => `${name} was answered`,
          (error: unknown) => (error as { code?: string }).code,
        ),
      ),
    );
    expect(answers).toEqual(Object.keys(questions).map(() => UNAVAILABLE.code));
    expect(await commits.ready()).toBe(false);
    url.username = 'someone';
    url.password = 'hunter2';
    const refused = await MongoStore.open({ url: url.href }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      ...UNAVAILABLE,
      message: expect.stringContaining(`at ${url.host} was not opened`),
    });
    expect(JSON.stringify(refused) + String(refused)).not.toContain('hunter2');
    await mongo.restart();
    expect(await commits.append(commit('a', 2))).toBe('appended');
    expect(await commits.ready()).toBe(true);
  }, 60_000);

  it('leaves out a snapshot that no document holds, and keeps the one before it', async () => {
    await using store = await MongoStore.open({ url: mongo.url() });
    const snapshot = { stream: 'a', n: 1, version: 1, text: 'small' };
    await store.commits.putSnapshot(snapshot);
    await store.commits.putSnapshot({ ...snapshot, n: 2, text: 'x'.repeat(16 * 1024 * 1024) });
    expect(await store.commits.snapshot('a')).toEqual(snapshot);
  });

  it.each([
    [
      'of another program',
      { _id: 'schema', program: 'another', version: 1 },
      'the database of another program',
    ],
    [
      'of a newer schema',
      { _id: 'schema', program: 'mcp-multiplayer', version: 2 },
      'its schema is version 2',
    ],
  ])('refuses a database %s, and writes nothing to it', async (_what, schema, says) => {
    const url = mongo.url();
    await using client = new MongoClient(url);
    const db = client.db(new URL(url).pathname.slice(1));
    await db.collection<{ _id: string }>('meta').insertOne({ ...schema });
    await expect(MongoStore.open({ url })).rejects.toMatchObject({ message: expect.stringContaining(says) });
    expect((await db.listCollections().toArray()).map(({ name }) => name)).toEqual(['meta']);
  });

  it('refuses a database whose collections hold what is not its own', async () => {
    const url = mongo.url();
    await using client = new MongoClient(url);
    const db = client.db(new URL(url).pathname.slice(1));
    await db.collection('records').insertOne({ song: 'Hey' });
    await expect(MongoStore.open({ url })).rejects.toMatchObject({
      message: expect.stringContaining('its collection records is of another program'),
    });
  });

  it('is made by several servers at once', async () => {
    const url = mongo.url();
    const opened = await Promise.all(Array.from({ length: 5 }, () => MongoStore.open({ url })));
    await Promise.all(opened.map((store, n) => store.commits.append(commit('a', n))));
    expect(await opened[0]?.commits.read('a', 0, 10)).toHaveLength(5);
    for (const store of opened) await store[Symbol.asyncDispose]();
  });
});
