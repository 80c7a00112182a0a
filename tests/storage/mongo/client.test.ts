import { MongoBulkWriteError, MongoNetworkError, MongoServerError } from 'mongodb';
import { describe, expect, it, test } from 'vitest';
import { clientOf, databaseOf } from '../../../control-plane/src/storage/mongo/client.ts';
import { askedTwice, isDuplicate, patiently } from '../../../control-plane/src/storage/mongo/failure.ts';
import { MongoStore } from '../../../control-plane/src/storage/mongo/store.ts';

const codes = {
  'a duplicate key': 11_000,
  'a document that is too large': 10_334,
  'a wait for the majority that ended': 64,
  'a primary that stepped down': 189,
  'no primary any more': 10_107,
  'a server that shuts down': 11_600,
  'a bad value': 2,
} as const;

const failed = (code: number) => new MongoServerError({ code, message: `code ${code}` });

describe('what makes writing durable', () => {
  it.each([
    '',
    '?w=1',
    '?w=0',
    '?journal=false',
    '?readConcernLevel=local',
    '?readPreference=secondaryPreferred',
    '?w=1&journal=false&wtimeoutMS=1&readConcernLevel=available&retryWrites=true',
  ])('stays with the options %o in the URL', async (options) => {
    const url = `mongodb://127.0.0.1/games${options}`;
    await using client = clientOf(url);
    const commits = databaseOf(client, url).collection('commits');
    expect(commits.dbName).toBe('games');
    expect(commits.writeConcern).toMatchObject({ w: 'majority', journal: true, wtimeoutMS: 10_000 });
    expect(commits.readConcern?.level).toBe('majority');
    expect(commits.readPreference?.mode).toBe('primary');
  });

  it.each([
    ['mongodb://a', 'multiplayer'],
    ['mongodb://a/', 'multiplayer'],
    ['mongodb://a/?w=1', 'multiplayer'],
    ['mongodb://u:p@a:1,b:2/my%2Dgames?replicaSet=rs0', 'my-games'],
    ['mongodb+srv://a.example/games', 'games'],
  ])('is in the database that %s names', async (url, name) => {
    await using client = clientOf(url);
    expect(databaseOf(client, url).databaseName).toBe(name);
  });
});

test.each([
  'mongodb://user:hunter2@',
  'mongodb://user:a@hunter2@host/games',
  'mongodb://user:a/hunter2@host/games',
  'mongodb://user:a?hunter2@host/games',
  'mongodb://user:a#hunter2@host/games',
  'mongodb://user:%hunter2@host/games',
  'mongodb://user:hunter2@host:99999999/games',
  'mongodb://user:hunter2@host/games?song=hey',
  'mongodb+srv://user:hunter2@host:1/games',
  'postgres://user:hunter2@host/games',
  'user:hunter2@host',
])('the URL %s is refused, and its password is not told', async (url) => {
  const refused: unknown = await MongoStore.open({ url }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(String(refused)).toMatch(/^CodedError: The store at .+ was not opened: .+\.$/);
  expect(JSON.stringify(refused) + String(refused)).not.toContain('hunter2');
});

describe('a failure of the driver', () => {
  /** How often an operation is asked that fails once. */
  async function asks(error: Error): Promise<number> {
    let count = 0;
    await askedTwice(() => (++count === 1 ? Promise.reject(error) : Promise.resolve())).catch(
      () => undefined,
    );
    return count;
  }

  it.each([
    ['the connection', new MongoNetworkError('cut'), 2],
    ...Object.entries(codes).map(
      ([what, code]) => [what, failed(code), [189, 10_107, 11_600].includes(code) ? 2 : 1] as const,
    ),
    ['a mistake of our own', new TypeError('x is not a function'), 1],
  ] as const)('of %s: asked as often as may help', async (_what, error, expected) => {
    expect(await asks(error)).toBe(expected);
  });

  it('is tried through while a server starts beside others, not for ever, and nothing else is', async () => {
    let count = 0;
    const started = patiently(() =>
      ++count < 4 ? Promise.reject(new MongoNetworkError('cut')) : Promise.resolve('started'),
    );
    expect(await started).toBe('started');
    await expect(patiently(() => Promise.reject(new MongoNetworkError('cut')))).rejects.toThrow('cut');
    count = 0;
    const refused = patiently(() => {
      count++;
      return Promise.reject(new Error('refused'));
    });
    await expect(refused).rejects.toThrow('refused');
    expect(count).toBe(1);
  });

  it.each([
    [[11_000], true],
    [[11_000, 11_000], true],
    [[11_000, 10_334], false],
    [[10_334, 11_000], false],
  ])('of several documents with the codes %o: all of them are there already: %o', (all, expected) => {
    const writeErrors = all.map((code, index) => ({ code, index, errmsg: '' }));
    const error = new MongoBulkWriteError(
      { code: all[0] ?? 0, message: '', writeErrors } as never,
      { getWriteErrors: () => writeErrors } as never,
    );
    expect(isDuplicate(error)).toBe(expected);
  });
});
