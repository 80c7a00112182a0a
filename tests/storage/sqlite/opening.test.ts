import { symlink } from 'node:fs/promises';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../../control-plane/src/storage/sqlite/database.ts';
import { readPragma } from '../../../control-plane/src/storage/sqlite/pragmas.ts';
import { openSqlite } from '../../support/sqlite-store.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { commit } from '../contract/samples.ts';

/** A pin: a change to what durability stands on is to be seen as a change to this table. */
const SETTINGS = {
  application_id: 0x4d43506d,
  user_version: 2,
  locking_mode: 'exclusive',
  journal_mode: 'wal',
  synchronous: 2,
  fullfsync: 1,
  checkpoint_fullfsync: 1,
  foreign_keys: 1,
  trusted_schema: 0,
  cell_size_check: 1,
  temp_store: 2,
  cache_size: -16_384,
  journal_size_limit: 67_108_864,
  busy_timeout: 50,
  page_size: 4096,
};

describe('an opened database', () => {
  test('reads back every setting that durability stands on, new and opened again', async () => {
    await using dir = await tempDir();
    for (const _ of ['new', 'again']) {
      using db = openDatabase({ path: dir.file('store.db'), lockWaitMs: 50 });
      const read = Object.keys(SETTINGS).map((name) => [name, readPragma(db, name)]);
      expect(Object.fromEntries(read)).toEqual(SETTINGS);
    }
  });

  test('is refused when a setting does not take', async () => {
    await using dir = await tempDir();
    const testPragmas = [{ name: 'synchronous', set: 'OFF', reads: 2 }];
    await expect(openSqlite(dir.file('store.db'), { testPragmas })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('PRAGMA synchronous reads 0 where 2 is needed'),
    });
  });

  test('lies in a directory that is made for it, and only its owner may read it', async () => {
    await using dir = await tempDir();
    const path = dir.file('made/for/store.db');
    await using store = await openSqlite(path);
    await store.commits.append(commit('a', 0));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
  });

  test('has no second owner in the same process either, by whatever path', async () => {
    await using dir = await tempDir();
    await symlink(dir.file('store.db'), dir.file('link.db'));
    await using store = await openSqlite(dir.file('store.db'));
    for (const name of ['store.db', 'link.db']) {
      await expect(openSqlite(dir.file(name))).rejects.toMatchObject({
        message: expect.stringContaining('this process holds it already'),
      });
    }
    expect(await store.commits.append(commit('a', 0))).toBe('appended');
  });

  test('can be opened again once it is closed', async () => {
    await using dir = await tempDir();
    for (const n of [0, 1, 2]) {
      await using store = await openSqlite(dir.file('store.db'));
      expect((await store.commits.read('a', 0, 9)).length).toBe(n);
      await store.commits.append(commit('a', n));
    }
  });
});

describe('closing', () => {
  test('finishes what was asked before, and only that', async () => {
    await using dir = await tempDir();
    {
      await using store = await openSqlite(dir.file('store.db'));
      const before = [0, 1, 2].map((n) => store.commits.append(commit('a', n)));
      const closed = store.commits.close();
      await expect(store.commits.append(commit('a', 3))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(await Promise.all(before)).toEqual(['appended', 'appended', 'appended']);
      await closed;
    }
    await using store = await openSqlite(dir.file('store.db'));
    expect((await store.commits.head('a'))?.n).toBe(2);
  });

  test('leaves one file, with everything in it', async () => {
    await using dir = await tempDir();
    {
      await using store = await openSqlite(dir.file('store.db'));
      await store.commits.append(commit('a', 0));
    }
    expect(readdirSync(dir.path)).toEqual(['store.db']);
  });
});

/** A file of ours with something in it, spoiled. */
async function ours(path: string, spoil: (db: DatabaseSync) => void): Promise<void> {
  {
    await using store = await openSqlite(path);
    for (let n = 0; n < 50; n += 1)
      await store.commits.append(commit('a', n, { payload: 'x'.repeat(2_000) }));
  }
  using db = new DatabaseSync(path);
  spoil(db);
}

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const content = readFileSync(path);
  content.set(bytes, at);
  writeFileSync(path, content);
}

/** A file of ours and its WAL, as a process leaves them that is killed; then spoiled. */
async function killed(path: string, spoil: () => void): Promise<void> {
  await ours(path, () => {});
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; INSERT INTO marks VALUES ('told', 'before the end')");
  const [file, wal] = [readFileSync(path), readFileSync(`${path}-wal`)];
  db.close();
  writeFileSync(path, file);
  writeFileSync(`${path}-wal`, wal);
  spoil();
}

const REFUSED: readonly (readonly [
  what: string,
  make: (path: string) => void | Promise<void>,
  why: string,
])[] = [
  [
    'of a newer schema',
    (path) => ours(path, (db) => db.exec('PRAGMA user_version = 3')),
    'its schema is version 3',
  ],
  [
    'of a newer schema that its WAL alone tells of',
    async (path) => {
      await ours(path, () => {});
      using db = new DatabaseSync(path);
      db.exec('PRAGMA journal_mode = WAL; PRAGMA user_version = 3');
      const [file, wal] = [readFileSync(path), readFileSync(`${path}-wal`)];
      db.close();
      writeFileSync(path, file);
      writeFileSync(`${path}-wal`, wal);
    },
    'its schema is version 3',
  ],
  [
    'without a version',
    (path) => ours(path, (db) => db.exec('PRAGMA user_version = 0')),
    'version is missing',
  ],
  ['of another program', (path) => new DatabaseSync(path).exec('CREATE TABLE t (a)'), 'another program'],
  [
    'of another program, in WAL mode',
    (path) => new DatabaseSync(path).exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)'),
    'another program',
  ],
  [
    'that is a text',
    (path) => writeFileSync(path, 'not a database, but long enough for a header. '.repeat(9)),
    'not a database',
  ],
  ['that is shorter than a header', (path) => writeFileSync(path, 'SQLite format 3\0'), 'not a database'],
  [
    'whose pages are spoiled',
    async (path) => {
      await ours(path, () => {});
      overwrite(path, 4096 * 3, new Uint8Array(4096 * 10).fill(0xa5));
    },
    'damaged',
  ],
  [
    'that was cut short',
    async (path) => {
      await ours(path, () => {});
      truncateSync(path, 4096 * 5);
    },
    'damaged',
  ],
  [
    'that was cut short beside its WAL',
    (path) => killed(path, () => truncateSync(path, 4096 * 5)),
    'damaged',
  ],
  [
    'that is empty beside its WAL',
    (path) => killed(path, () => truncateSync(path, 0)),
    'the file is empty, and its -wal is not',
  ],
  [
    'that is gone from beside its WAL',
    (path) => killed(path, () => rmSync(path)),
    'the file is empty, and its -wal is not',
  ],
];

describe('a path is refused', () => {
  test.each([
    ['that is a directory', (path: string) => mkdirSync(path), 'store.db'],
    ['below a file', (path: string) => writeFileSync(path, ''), 'store.db/store.db'],
  ])('%s', async (_what, make, name) => {
    await using dir = await tempDir();
    make(dir.file('store.db'));
    await expect(openSqlite(dir.file(name))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(`The store ${dir.file(name)} was not opened`),
    });
  });
});

describe('a file is refused, and not a byte of it written,', () => {
  test.each(REFUSED)('%s', async (_what, make, why) => {
    await using dir = await tempDir();
    const path = dir.file('store.db');
    await make(path);
    const files = [path, `${path}-wal`].filter((file) => existsSync(file));
    const before = files.map((file) => readFileSync(file));
    await expect(openSqlite(path)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(why),
    });
    expect(files.map((file, at) => readFileSync(file).equals(before[at] as Buffer))).toEqual(
      files.map(() => true),
    );
  });
});
